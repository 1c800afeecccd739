"""`botyard.sdk` and `botyard.bot` for bots whose requirements do not name them: copied from the runner's installation.

No package registry is asked. The copy lies in `<cache>/client/<key>`, made once for each version, and what runs in an
environment finds it behind all that is installed there: a bot that names `botyard-sdk`, or another version of something
that this needs, gets its own.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import re
import shutil
import sysconfig
import threading
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import botyard
from botyard.runner.interpreters import Interpreter, own
from botyard.runner.platform import Platform

log = logging.getLogger("botyard.runner")

#: What belongs to the client side of our package; the wheel of botyard-sdk holds the same.
PARTS = ("__init__.py", "py.typed", "wire", "sdk", "bot")
#: What it depends on, with all that these depend on.
NEEDED = ("httpx2", "msgspec")
#: Python reads files of this ending at its start, and looks into the folders that they name last of all.
_POINTER = "botyard-client.pth"
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_UNUSED_SECONDS = 30 * 24 * 3600


class ClientSide:
    """The copy below one cache folder."""

    def __init__(self, cache: Path, platform: Platform) -> None:
        self._folder = platform.private_folder(cache / "client")
        self._lock = threading.Lock()
        self._copy: Path | None = None

    def offer(self, environment: Path, python: Interpreter) -> None:
        """Let what runs in an environment find the client side; nothing for one of another Python than the runner's.

        Where that cannot be done, bots that need it say that it is missing, and all others run.
        """
        if python.identity != own().identity:
            return
        try:
            with self._lock:
                self._copy = self._copy or self._made()
            os.utime(self._copy)
            packages = Path(sysconfig.get_path("purelib", "venv", vars={"base": str(environment)}))
            pointer, content = packages / _POINTER, f"{self._copy}\n"
            if not pointer.is_file() or pointer.read_text("utf-8") != content:
                draft = packages / f".{_POINTER}.{os.getpid()}.{time.monotonic_ns()}"
                draft.write_text(content, "utf-8")
                draft.replace(pointer)
        except OSError as error:
            log.warning("client.not_offered", extra={"reason": str(error)})

    def remove_unused(self) -> None:
        """Remove copies of versions that no attempt was given for a month."""
        for copy in self._folder.iterdir():
            if time.time() - copy.stat().st_mtime > _UNUSED_SECONDS:
                shutil.rmtree(copy, ignore_errors=True)

    def _made(self) -> Path:
        files = dict(_files())
        copy = self._folder / _key(files)
        if copy.is_dir():
            return copy
        draft = copy.with_name(f"{copy.name}.{os.getpid()}.part")
        shutil.rmtree(draft, ignore_errors=True)
        for name, source in files.items():
            target = draft / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        with contextlib.suppress(OSError):  # another runner was faster
            draft.rename(copy)
        shutil.rmtree(draft, ignore_errors=True)
        return copy


def _key(files: dict[str, Path]) -> str:
    told = hashlib.sha256(own().identity.encode())
    for name, source in sorted(files.items()):
        stat = source.stat()
        told.update(f"\0{name}\0{stat.st_size}\0{stat.st_mtime_ns}".encode())
    return told.hexdigest()[:32]


def _files() -> Iterator[tuple[str, Path]]:
    """Yield every file by its place in the copy."""
    package = Path(botyard.__file__).parent
    for part in PARTS:
        path = package / part
        found = [path] if path.is_file() else sorted(path.rglob("*"))
        for file in found:
            if file.is_file() and "__pycache__" not in file.parts:
                yield f"{package.name}/{file.relative_to(package).as_posix()}", file
    for distribution in _needed():
        for listed in distribution.files or ():
            file = Path(str(listed.locate()))
            if file.is_file() and ".." not in listed.parts and "__pycache__" not in listed.parts:
                yield listed.as_posix(), file


def _needed() -> list[metadata.Distribution]:
    """Return the installed distributions that the client side depends on."""
    found: dict[str, metadata.Distribution] = {}
    waiting = list(NEEDED)
    while waiting:
        name = waiting.pop()
        with contextlib.suppress(metadata.PackageNotFoundError):
            distribution = metadata.distribution(name)
            if distribution.metadata["Name"] not in found:
                found[distribution.metadata["Name"]] = distribution
                needs = [need for need in distribution.requires or () if "extra ==" not in need]
                waiting += [match[0] for need in needs if (match := _NAME.match(need))]
    return list(found.values())
