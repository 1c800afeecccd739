"""A package on its way in: judged whole before any of it is stored."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

from botyard.base.exceptions import Invalid
from botyard.core import packages
from botyard.storage import Blob
from botyard.web.request import Request
from botyard.wire import archive

_CHUNK = 256 * 1024


async def store_archive(
    request: Request, chunks: AsyncGenerator[bytes], *, dialect: str | None
) -> tuple[packages.Manifest, Blob]:
    """Return what the archive that comes in `chunks` holds, with its bytes in the file store.

    `dialect` None means what its files say. Raises Invalid for an archive that could not be run.
    """
    with tempfile.TemporaryFile() as file:
        async with aclosing(chunks) as source:
            async for chunk in source:
                await asyncio.to_thread(file.write, chunk)
        manifest = await asyncio.to_thread(packages.read_archive, file, dialect=dialect)
        limit = request.tools.settings.max_package_bytes
        return manifest, await request.blobs.put(_chunks(file), limit=limit)


async def text_of(request: Request, digest: str, name: str) -> str:
    """Return a file of at most a megabyte of a stored archive, as text; empty when the archive has no such file.

    Raises Invalid over that size.
    """
    with tempfile.TemporaryFile() as file:
        async for chunk in await request.blobs.read(digest):
            await asyncio.to_thread(file.write, chunk)
        try:
            content = await asyncio.to_thread(archive.read, file, name)
        except archive.ArchiveError as error:
            raise Invalid(str(error), hint="Split it into modules.", code="bad_archive") from None
    return (content or b"").decode("utf-8", "replace").replace("\0", "\ufffd")


async def _chunks(file: Any) -> AsyncIterator[bytes]:
    await asyncio.to_thread(file.seek, 0)
    while chunk := await asyncio.to_thread(file.read, _CHUNK):
        yield chunk
