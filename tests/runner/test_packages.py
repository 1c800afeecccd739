"""Packages in the runner's cache."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from botyard.runner.environment import PreparationFailed
from botyard.runner.packages import Packages
from botyard.runner.platform import current
from botyard.sdk.native import AsyncClient


def archive_of(files: dict[str, bytes]) -> bytes:
    """Return a zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.fixture
async def nobody() -> AsyncIterator[AsyncClient]:
    """Yield a client of an address where no server is."""
    async with AsyncClient("http://127.0.0.1:9", "token", timeout=1.0) as client:
        yield client


def keep(cache: Path, content: bytes) -> tuple[Packages, str]:
    """Return a cache that holds a package, and its digest."""
    packages = Packages(cache, current())
    digest = hashlib.sha256(content).hexdigest()
    (cache / "packages" / f"{digest}.zip").write_bytes(content)
    return packages, digest


async def test_a_kept_package_is_unpacked_without_the_server(tmp_path: Path, nobody: AsyncClient) -> None:
    packages, digest = keep(tmp_path, archive_of({"top/main.py": b"print(1)", "top/data/x.txt": b"x"}))
    target = tmp_path / "job"
    target.mkdir()
    listing = await packages.unpack(nobody, digest, target)
    assert listing.folder == "top"
    assert (target / "main.py").read_bytes() == b"print(1)"
    assert (target / "data" / "x.txt").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "files",
    [
        {"../outside.py": b""},
        {"/etc/outside.py": b""},
        {"main.py": b"", "MAIN.PY": b""},
        {"a\\b.py": b""},
    ],
)
async def test_a_hostile_archive_is_refused_and_writes_nothing_outside(
    tmp_path: Path, nobody: AsyncClient, files: dict[str, bytes]
) -> None:
    packages, digest = keep(tmp_path / "cache", archive_of(files))
    target = tmp_path / "job"
    target.mkdir()
    with pytest.raises(PreparationFailed, match="The package was refused"):
        await packages.unpack(nobody, digest, target)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "job"]
    assert not list(target.iterdir())


async def test_a_link_in_an_archive_is_refused(tmp_path: Path, nobody: AsyncClient) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    packages, digest = keep(tmp_path / "cache", buffer.getvalue())
    (tmp_path / "job").mkdir()
    with pytest.raises(PreparationFailed, match="links and devices"):
        await packages.unpack(nobody, digest, tmp_path / "job")


async def test_wrong_bytes_are_never_unpacked(tmp_path: Path, nobody: AsyncClient) -> None:
    packages, digest = keep(tmp_path, archive_of({"main.py": b"right"}))
    path = tmp_path / "packages" / f"{digest}.zip"
    path.write_bytes(path.read_bytes().replace(b"right", b"wrong"))
    (tmp_path / "job").mkdir()
    with pytest.raises(PreparationFailed, match="could not be fetched"):
        await packages.unpack(nobody, digest, tmp_path / "job")
    assert not path.exists()
    assert not list((tmp_path / "job").iterdir())
