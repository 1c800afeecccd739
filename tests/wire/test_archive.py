"""Archives are untrusted: whatever they hold, nothing outside of the target folder is written."""

from __future__ import annotations

import contextlib
import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from botyard.wire import archive


def make_zip(entries: dict[str, bytes], *, modes: dict[str, int] | None = None) -> io.BytesIO:
    """Return a zip that holds `entries` under exactly those names; `modes` are the Unix modes of some."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in entries.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (modes or {}).get(name, stat.S_IFREG | 0o644) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, content)
    buffer.seek(0)
    return buffer


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_files_are_written_with_private_modes(tmp_path: Path) -> None:
    source = make_zip({"bot.py": b"print()", "tools/run.sh": b"#!"}, modes={"tools/run.sh": stat.S_IFREG | 0o755})
    archive.extract(source, tmp_path)
    assert tree(tmp_path) == {"bot.py": b"print()", "tools/run.sh": b"#!"}
    assert (tmp_path / "bot.py").stat().st_mode & 0o077 == 0
    assert (tmp_path / "tools/run.sh").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "tools").stat().st_mode & 0o777 == 0o700


def test_one_extra_top_folder_is_taken_away(tmp_path: Path) -> None:
    listing = archive.extract(make_zip({"invoices/bot.py": b"1", "invoices/data/a.csv": b"2"}), tmp_path)
    assert listing.folder == "invoices"
    assert tree(tmp_path) == {"bot.py": b"1", "data/a.csv": b"2"}


def test_what_a_mac_adds_is_left_out(tmp_path: Path) -> None:
    source = make_zip({"bot/bot.py": b"1", "__MACOSX/bot/._bot.py": b"x", "bot/.DS_Store": b"x"})
    archive.extract(source, tmp_path)
    assert tree(tmp_path) == {"bot.py": b"1"}


@pytest.mark.parametrize(
    "name",
    [
        "../evil.py",
        "a/../../evil.py",
        "/etc/evil",
        "C:/evil",
        "a\\evil",
        "a//b",
        "./a",
        "a/.",
        "a\x01b",
        "trailing./x",
        "trailing ",
        "a/" * 20 + "deep",
        "x" * 256,
    ],
)
def test_paths_that_could_lead_elsewhere_are_refused(name: str, tmp_path: Path) -> None:
    source = make_zip({"main.py": b"", name: b"evil"})
    with pytest.raises(archive.ArchiveError):
        archive.extract(source, tmp_path)
    assert tree(tmp_path) == {}


def test_a_name_that_hides_behind_a_nul_is_refused() -> None:
    data = make_zip({"bot.pyX../evil": b""}).getvalue().replace(b"bot.pyX../evil", b"bot.py\0../evil")
    with pytest.raises(archive.ArchiveError):
        archive.inspect(io.BytesIO(data))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK])
def test_links_and_devices_are_refused(kind: int) -> None:
    with pytest.raises(archive.ArchiveError, match="not a regular file"):
        archive.inspect(make_zip({"link": b"/etc/passwd"}, modes={"link": kind | 0o777}))


@pytest.mark.parametrize(
    "names", [["Bot.py", "bot.py"], ["A/x", "a/y"], ["a", "a/b"], ["caf\u00e9.py", "cafe\u0301.py"]]
)
def test_names_that_collide_on_other_systems_are_refused(names: list[str]) -> None:
    with pytest.raises(archive.ArchiveError):
        archive.inspect(make_zip({"main.py": b"", **dict.fromkeys(names, b"")}))


def test_a_bomb_is_refused_by_its_ratio_before_it_is_inflated() -> None:
    with pytest.raises(archive.ArchiveError, match="200 times"):
        archive.inspect(make_zip({"main.py": b"\0" * 50_000_000}), inflate=False)


def test_a_file_that_lies_about_its_size_is_refused() -> None:
    data = bytearray(make_zip({"main.py": b"a" * 5000}).getvalue())
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<L", 100)
    with pytest.raises(archive.ArchiveError):
        archive.inspect(io.BytesIO(data))


def test_entries_that_share_bytes_are_refused() -> None:
    data = make_zip({"main.py": b"a" * 5000, "b.py": b"a" * 5000}).getvalue()
    first, second = data.index(b"PK\x01\x02"), data.rindex(b"PK\x01\x02")
    changed = bytearray(data)
    changed[second + 42 : second + 46] = data[first + 42 : first + 46]
    with pytest.raises(archive.ArchiveError):
        archive.inspect(io.BytesIO(changed))


def test_too_many_entries_are_refused_without_reading_them() -> None:
    data = bytearray(make_zip({f"{number}": b"" for number in range(20_001)}).getvalue())
    with pytest.raises(archive.ArchiveError, match="entries"):
        archive.inspect(io.BytesIO(data))
    at = data.rindex(b"PK\x05\x06")
    data[at + 8 : at + 12] = struct.pack("<2H", 1, 1)
    with pytest.raises(archive.ArchiveError, match="entries"):
        archive.inspect(io.BytesIO(data))


def test_an_encrypted_entry_is_refused() -> None:
    data = bytearray(make_zip({"main.py": b"1"}).getvalue())
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(archive.ArchiveError, match="encrypted"):
        archive.inspect(io.BytesIO(data))


@pytest.mark.parametrize("data", [b"", b"PK", b"not a zip" * 100, b"PK\x05\x06" + b"\xff" * 18, b"PK\x05\x06" * 40])
def test_what_is_no_zip_is_refused(data: bytes) -> None:
    with pytest.raises(archive.ArchiveError):
        archive.inspect(io.BytesIO(data))


def test_a_damaged_byte_anywhere_is_an_archive_error_or_harmless() -> None:
    data = make_zip({"bot.py": b"print('hello')\n" * 40, "lib/a.py": b"x = 1\n"}).getvalue()
    for at in range(len(data)):
        for value in (0x00, 0xFF, data[at] ^ 0x01):
            changed = bytearray(data)
            changed[at] = value
            with contextlib.suppress(archive.ArchiveError):
                archive.inspect(io.BytesIO(changed))


def test_reading_one_file_respects_the_limit() -> None:
    source = make_zip({"main.py": b"", "pyproject.toml": b"x" * 100})
    assert archive.read(source, "pyproject.toml") == b"x" * 100
    assert archive.read(source, "absent") is None
    with pytest.raises(archive.ArchiveError, match="larger"):
        archive.read(source, "pyproject.toml", limit=99)


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("mine")
    with pytest.raises(FileExistsError):
        archive.extract(make_zip({"main.py": b"theirs"}), tmp_path)
    assert (tmp_path / "main.py").read_text() == "mine"
