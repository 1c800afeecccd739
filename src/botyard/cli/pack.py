"""Making a package of a folder: the same files always give the same bytes, whoever packs them and when."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

from botyard.sdk.errors import Refused

#: Folders that belong to a machine or a tool and not to the bot.
SKIPPED_FOLDERS = frozenset(
    {
        ".git",
        ".hg",
        ".svn",
        ".venv",
        "venv",
        "node_modules",
        "__pycache__",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
    }
)
_SKIPPED_FILES = frozenset({".DS_Store", "Thumbs.db"})
_SKIPPED_ENDINGS = (".pyc", ".pyo")
#: A folder with this file is a Bot Velocity project, whose builds are no part of it.
_BUILT_FOLDERS = {"bvproject.yaml": "dist"}
#: The oldest time a zip archive can hold.
_TIME = (1980, 1, 1, 0, 0, 0)
_MAX_FILES = 20_000


def pack(path: Path) -> bytes:
    """Return the zip archive of a folder, or a zip file as it is. Raises Refused when there is nothing to send."""
    if path.is_dir():
        return _pack_folder(path)
    if not path.exists():
        raise Refused(f"{path} does not exist.", hint="Give the folder of the bot, or a zip archive.")
    if not zipfile.is_zipfile(path):
        raise Refused(f"{path} is neither a folder nor a zip archive.", hint="Give the folder that holds bot.py.")
    return path.read_bytes()


def _pack_folder(folder: Path) -> bytes:
    buffer = io.BytesIO()
    files = 0
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for file, name in sorted(_files(folder), key=lambda found: found[1]):
            files += 1
            if files > _MAX_FILES:
                raise Refused(
                    f"{folder} holds more than {_MAX_FILES} files.", hint="Move what is not part of the bot elsewhere."
                )
            info = zipfile.ZipInfo(name, _TIME)
            info.create_system = 3
            executable = bool(file.stat().st_mode & stat.S_IXUSR)
            info.external_attr = (stat.S_IFREG | (0o755 if executable else 0o644)) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, file.read_bytes(), compresslevel=6)
    if not files:
        raise Refused(f"{folder} is empty.", hint="Give the folder that holds bot.py or main.py.")
    return buffer.getvalue()


def _files(folder: Path) -> Iterator[tuple[Path, str]]:
    skipped = SKIPPED_FOLDERS | {built for file, built in _BUILT_FOLDERS.items() if (folder / file).is_file()}
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in skipped]
        for name in [*folders, *names]:
            if (Path(place) / name).is_symlink():
                raise Refused(
                    f"{Path(place) / name} is a symbolic link, which a package cannot hold.",
                    hint="Replace it by the file that it points to.",
                )
        for name in names:
            file = Path(place) / name
            if name in _SKIPPED_FILES or name.endswith(_SKIPPED_ENDINGS) or not file.is_file():
                continue
            yield file, file.relative_to(folder).as_posix()
