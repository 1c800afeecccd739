"""A folder becomes the same bytes each time, without what belongs to a machine."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from botyard.cli.pack import pack
from botyard.sdk.errors import Refused
from botyard.wire import archive


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    folder = tmp_path / "bot"
    for name in ("bot.py", "lib/a.py", "data/Übersicht.csv", "run.sh"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (folder / "run.sh").chmod(0o755)
    return folder


def names(content: bytes) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(content)).namelist()


def test_the_same_files_give_the_same_bytes_whenever_they_are_packed(bot: Path) -> None:
    first = pack(bot)
    for file in bot.rglob("*"):
        os.utime(file, (1_000_000_000, 1_000_000_000))
    (bot / "lib" / "a.py").chmod(0o600)
    assert pack(bot) == first
    (bot / "lib" / "a.py").write_text("changed")
    assert pack(bot) != first


def test_what_is_packed_is_an_archive_that_a_server_accepts(bot: Path) -> None:
    listing = archive.inspect(io.BytesIO(pack(bot)))
    assert [member.path for member in listing.members] == ["bot.py", "data/Übersicht.csv", "lib/a.py", "run.sh"]
    assert [member.executable for member in listing.members] == [False, False, False, True]


def test_the_builds_of_a_bot_velocity_project_stay_out(bot: Path) -> None:
    (bot / "dist").mkdir()
    (bot / "dist" / "bot-1.0.0.bvpackage").write_text("x")
    assert "dist/bot-1.0.0.bvpackage" in names(pack(bot))
    (bot / "bvproject.yaml").write_text("x")
    assert "dist/bot-1.0.0.bvpackage" not in names(pack(bot))


def test_folders_of_tools_stay_out(bot: Path) -> None:
    for folder in (".git", ".venv", "node_modules", "__pycache__", "lib/__pycache__"):
        (bot / folder).mkdir(parents=True)
        (bot / folder / "x").write_text("x")
    (bot / "lib" / "a.pyc").write_text("x")
    assert names(pack(bot)) == ["bot.py", "data/Übersicht.csv", "lib/a.py", "run.sh"]


def test_a_zip_archive_is_sent_as_it_is(tmp_path: Path, bot: Path) -> None:
    file = tmp_path / "bot.zip"
    file.write_bytes(pack(bot))
    assert pack(file) == file.read_bytes()


def test_a_link_is_refused_by_its_name(bot: Path) -> None:
    (bot / "passwords").symlink_to("/etc/passwd")
    with pytest.raises(Refused, match="passwords"):
        pack(bot)


def test_what_is_no_package_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text").write_text("x")
    for path in ("empty", "text", "absent"):
        with pytest.raises(Refused, match=path):
            pack(tmp_path / path)
