"""Packages by digest, kept on this machine: fetched once, checked before every use."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from botyard.runner.environment import PreparationFailed
from botyard.runner.platform import Platform
from botyard.sdk import exchange
from botyard.sdk.concepts import automations
from botyard.sdk.errors import Refused, Unavailable
from botyard.sdk.native import AsyncClient
from botyard.wire import archive

log = logging.getLogger("botyard.runner")

_UNUSED_SECONDS = 14 * 24 * 3600
_CHUNK = 1 << 20
_DOWNLOAD_ATTEMPTS = 8


class Packages:
    """The packages below one cache folder."""

    def __init__(self, cache: Path, platform: Platform) -> None:
        self._folder = platform.private_folder(cache / "packages")

    async def unpack(self, client: AsyncClient, digest: str, target: Path) -> archive.Listing:
        """Write the files of the package with this digest below `target`. Raises PreparationFailed.

        The bytes that are checked are the bytes that are unpacked: both come from the same open file, and a copy
        that is damaged is fetched again.
        """
        listing = await asyncio.to_thread(self._unpack_kept, digest, target)
        if listing is None:
            await self._fetch(client, digest)
            listing = await asyncio.to_thread(self._unpack_kept, digest, target)
        if listing is None:
            raise PreparationFailed("The package arrived damaged: its bytes do not match its digest.")
        return listing

    def remove_unused(self) -> None:
        """Remove packages that have not been used for two weeks, and what broken downloads left."""
        for path in self._folder.iterdir():
            if time.time() - path.stat().st_mtime > _UNUSED_SECONDS:
                path.unlink(missing_ok=True)

    def _unpack_kept(self, digest: str, target: Path) -> archive.Listing | None:
        path = self._folder / f"{digest}.zip"
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return None
        with file:
            if _digest_of(file) != digest:
                log.warning("package.damaged", extra={"digest": digest})
                path.unlink(missing_ok=True)
                return None
            os.utime(path)
            file.seek(0)
            try:
                return archive.extract(file, target)
            except archive.ArchiveError as error:
                raise PreparationFailed(f"The package was refused: {error}") from None

    async def _fetch(self, client: AsyncClient, digest: str) -> None:
        draft = self._folder / f"{digest}.{os.getpid()}.{time.monotonic_ns()}.part"
        try:
            await _download(client, digest, draft)
            draft.replace(self._folder / f"{digest}.zip")
        except Refused as error:
            raise PreparationFailed(f"The package could not be fetched: {error}") from None
        finally:
            draft.unlink(missing_ok=True)


async def _download(client: AsyncClient, digest: str, path: Path) -> None:
    for attempt, delay in enumerate(exchange.backoff(most=2.0), start=1):
        try:
            with path.open("wb") as file:
                async with client.stream(automations.Packages.content(digest)) as pieces:
                    async for piece in pieces:
                        file.write(piece)
        except Unavailable as error:
            if attempt == _DOWNLOAD_ATTEMPTS:
                raise PreparationFailed(f"The package could not be fetched: {error}") from None
            await asyncio.sleep(max(delay, error.retry_after or 0.0))
        else:
            return


def _digest_of(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    read: Callable[[], bytes] = lambda: file.read(_CHUNK)  # noqa: E731
    for piece in iter(read, b""):
        digest.update(piece)
    return digest.hexdigest()
