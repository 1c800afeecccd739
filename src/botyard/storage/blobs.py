"""Files by the SHA-256 of their content: in the data folder, or in an object store named by an address.

A file is complete or absent: it is written aside, made durable, and only then put under its name. What is read
is checked against its name before the first byte is handed out.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import logging
import os
import re
import secrets
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol, Self
from urllib.parse import urlsplit

from botyard.base.exceptions import Busy, Invalid, NotFound

log = logging.getLogger("botyard.storage")

CHUNK = 1024 * 1024
GRACE_SECONDS = 24 * 3600.0
_SWEEP_BATCH = 500
_DIGEST = re.compile(r"[0-9a-f]{64}")

Referenced = Callable[[Sequence[str]], Awaitable[set[str]]]


@dataclass(frozen=True, slots=True)
class Blob:
    """A stored file."""

    digest: str
    size: int


class Location(Protocol):
    """Settings that name a place for files."""

    @property
    def blobs(self) -> str | None:
        """The address of an object store, or None for the data folder."""


class Shelf(Protocol):
    """A place where finished files are kept under their digest."""

    def keep(self, file: Path, digest: str) -> None:
        """Move a durable temporary file under its name, durably."""

    def fetch(self, digest: str, spool: Path) -> BinaryIO:
        """Return the content, open for reading; `spool` may be used for a copy. Raises FileNotFoundError."""

    def size(self, digest: str) -> int:
        """Return the size in bytes. Raises FileNotFoundError."""

    def delete(self, digest: str, *, older_than: float | None = None) -> bool:
        """Remove a file, only when it was written before `older_than` if given; say whether it is gone."""

    def older(self, than: float) -> list[str]:
        """Return the digests of files written before a moment in seconds."""


class Blobs:
    """The files of one installation."""

    def __init__(self, shelf: Shelf, spool: Path) -> None:
        self._shelf = shelf
        self._spool = spool

    @classmethod
    def open(cls, where: Location | str | None, *, data: Path) -> Blobs:
        """Open the store at `where`: None for the folder `blobs` in `data`, or an address such as s3://bucket/prefix.

        Raises Invalid for an address of a kind that is not known.
        """
        url = where if isinstance(where, str) or where is None else where.blobs
        folder = data / "blobs"
        spool = folder / "incoming"
        spool.mkdir(mode=0o700, parents=True, exist_ok=True)
        if url is None or urlsplit(url).scheme in ("", "file"):
            return cls(FolderShelf(Path(urlsplit(url).path) if url else folder), spool)
        from botyard.storage.object_store import ObjectShelf

        return cls(ObjectShelf(url), spool)

    async def put(self, chunks: AsyncIterator[bytes], *, limit: int) -> Blob:
        """Store what `chunks` bring and return it once it is durable.

        Raises Invalid (code "too_large") past `limit` bytes, and Busy when the disk is full.
        """
        path = self._spool / f"{secrets.token_hex(16)}.part"
        digest = hashlib.sha256()
        size = 0
        try:
            file = await _guarded(_create, path)
            try:
                async for block in _blocks(chunks):
                    size += len(block)
                    if size > limit:
                        raise Invalid(f"The file is larger than {limit} bytes.", hint="Send less.", code="too_large")
                    await _guarded(_append, file, block, digest)
                await _guarded(_flush, file)
            finally:
                file.close()
            name = digest.hexdigest()
            await _guarded(self._shelf.keep, path, name)
        except BaseException:
            with contextlib.suppress(OSError):
                await asyncio.shield(asyncio.to_thread(path.unlink))
            raise
        return Blob(name, size)

    async def read(self, digest: str) -> AsyncIterator[bytes]:
        """Return the content in chunks, already checked. Raises NotFound; code "damaged" when the check fails."""
        _check_name(digest)
        spool = self._spool / f"{secrets.token_hex(16)}.copy"
        try:
            file = await _guarded(_open_checked, self._shelf, digest, spool)
        except FileNotFoundError:
            raise _missing(digest) from None
        return Content(file)

    async def size(self, digest: str) -> int:
        """Return the size in bytes. Raises NotFound."""
        _check_name(digest)
        try:
            size: int = await _guarded(self._shelf.size, digest)
        except FileNotFoundError:
            raise _missing(digest) from None
        return size

    async def delete(self, digest: str) -> None:
        """Remove a file; one that does not exist is fine."""
        _check_name(digest)
        await _guarded(self._shelf.delete, digest)

    async def sweep(self, referenced: Referenced, *, grace_seconds: float = GRACE_SECONDS) -> int:
        """Remove files older than the grace that no row refers to, and return how many.

        `referenced` gets digests and returns those still in use; it is asked after the files were listed, so that
        a file stored and referred to meanwhile stays.
        """
        before = time.time() - grace_seconds
        await asyncio.to_thread(_sweep_folder, self._spool, before)
        old = await _guarded(self._shelf.older, before)
        removed = 0
        for start in range(0, len(old), _SWEEP_BATCH):
            batch = old[start : start + _SWEEP_BATCH]
            used = await referenced(batch)
            for digest in batch:
                if digest not in used:
                    removed += await _guarded(_remove_old, self._shelf, digest, before)
        if removed:
            log.info("blobs.swept", extra={"removed": removed})
        return removed


class Content:
    """The chunks of an open file, once; it is closed at the end, or when it is dropped halfway."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        block = await asyncio.to_thread(self._file.read, CHUNK)
        if not block:
            self._file.close()
            raise StopAsyncIteration
        return block

    def __del__(self) -> None:
        self._file.close()


class FolderShelf:
    """Files in a folder of this machine, in 256 subfolders."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # Between seeing that a file is old and removing it, the same content must not arrive anew.
        self._changing = threading.Lock()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def keep(self, file: Path, digest: str) -> None:
        """Move a durable temporary file under its name, durably."""
        target = self._path(digest)
        if not target.parent.is_dir():
            target.parent.mkdir(mode=0o700, exist_ok=True)
            _sync_folder(self._folder)
        with self._changing:
            file.replace(target)
        _sync_folder(target.parent)

    def fetch(self, digest: str, spool: Path) -> BinaryIO:
        """Return the content, open for reading. Raises FileNotFoundError."""
        del spool
        return self._path(digest).open("rb")

    def size(self, digest: str) -> int:
        """Return the size in bytes. Raises FileNotFoundError."""
        return self._path(digest).stat().st_size

    def delete(self, digest: str, *, older_than: float | None = None) -> bool:
        """Remove a file, only when it was written before `older_than` if given; say whether it is gone."""
        path = self._path(digest)
        with self._changing:
            try:
                if older_than is not None and path.stat().st_mtime >= older_than:
                    return False
                path.unlink()
            except FileNotFoundError:
                return False
        return True

    def older(self, than: float) -> list[str]:
        """Return the digests of files written before a moment in seconds."""
        return [
            path.name
            for path in self._folder.glob("[0-9a-f][0-9a-f]/*")
            if _DIGEST.fullmatch(path.name) and _written_before(path, than)
        ]

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest


def _check_name(digest: str) -> None:
    if not _DIGEST.fullmatch(digest):
        raise _missing(digest[:64])


def _missing(digest: str) -> NotFound:
    return NotFound(f"The stored file {digest} does not exist.", hint="It may have been removed; upload it again.")


async def _blocks(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Join small chunks, since each block costs a hop to a thread; cut none."""
    waiting: list[bytes] = []
    size = 0
    async for chunk in chunks:
        waiting.append(chunk)
        size += len(chunk)
        if size >= CHUNK:
            yield b"".join(waiting)
            waiting, size = [], 0
    if size:
        yield b"".join(waiting)


def _create(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=0)


def _append(file: BinaryIO, block: bytes, digest: Any) -> None:
    digest.update(block)
    view = memoryview(block)
    while view:
        view = view[file.write(view) :]


def _flush(file: BinaryIO) -> None:
    os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _open_checked(shelf: Shelf, digest: str, spool: Path) -> BinaryIO:
    file = shelf.fetch(digest, spool)
    try:
        _check_content(file, digest)
    except BaseException:
        file.close()
        raise
    return file


def _check_content(file: BinaryIO, digest: str) -> None:
    actual = hashlib.sha256()
    while block := file.read(CHUNK):
        actual.update(block)
    if actual.hexdigest() != digest:
        log.error("blob.damaged", extra={"digest": digest, "actual": actual.hexdigest()})
        raise NotFound(
            f"The stored file {digest} is damaged and is not handed out.",
            hint="Restore it from a backup, or upload it again.",
            code="damaged",
        )
    file.seek(0)


def _remove_old(shelf: Shelf, digest: str, before: float) -> bool:
    return shelf.delete(digest, older_than=before)


def _sweep_folder(folder: Path, before: float) -> None:
    for path in folder.iterdir():
        if _written_before(path, before):
            path.unlink(missing_ok=True)


def _written_before(path: Path, moment: float) -> bool:
    try:
        return path.stat().st_mtime < moment
    except FileNotFoundError:
        return False


async def _guarded(fn: Callable[..., Any], *args: Any) -> Any:
    """Run `fn` in a thread; say what to do when the disk refuses."""
    try:
        return await asyncio.to_thread(fn, *args)
    except FileNotFoundError:
        raise
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        log.error("blob.refused", exc_info=error)  # noqa: TRY400 - the traceback is there
        raise Busy(
            "The disk for files is full." if full else "The store for files does not work now.",
            hint="Free space; storing goes on by itself." if full else "Check the disk or the object store.",
            code="storage_full" if full else "storage_unavailable",
            retry_after=5.0,
        ) from error
