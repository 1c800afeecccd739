"""Bytes that are no JSON: files to send, and files to fetch without holding them in memory."""

from __future__ import annotations

import os
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Self, TypeVar

if TYPE_CHECKING:
    from botyard.sdk.calls import Call
    from botyard.sdk.native import AsyncClient, Client

R = TypeVar("R")

#: What can be sent: bytes, the path of a file, an open file, or pieces as they come. Only the first two can be sent
#: again when the connection breaks. Pieces that come asynchronously are for `AsyncBotyard`.
Source = bytes | os.PathLike[str] | BinaryIO | Iterable[bytes] | AsyncIterable[bytes]

_PIECE = 256 * 1024


class Content:
    """Bytes that the server holds. Nothing is fetched before something is asked for.

    Iterating gives them piece by piece; a connection that breaks in between raises `Unavailable`. `read`, `text` and
    `save` begin again then, as long as the client is patient.
    """

    def __init__(self, client: Client, call: Call[None]) -> None:
        self._client = client
        self._call = call

    def __iter__(self) -> Iterator[bytes]:
        with self._client.stream(self._call) as pieces:
            yield from pieces

    def read(self) -> bytes:
        """Return all of it."""
        return self._client.patiently(self._call, lambda: b"".join(self))

    def text(self) -> str:
        """Return all of it, read as UTF-8."""
        return self.read().decode("utf-8", "replace")

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it to a file, which is there whole or not at all, and return the file's path."""
        target = Path(path)
        with _Draft(target) as draft:
            self._client.patiently(self._call, lambda: draft.write(self))
        return target

    def copy_to(self, file: BinaryIO) -> int:
        """Write it to an open file and return how many bytes that were."""
        return sum(file.write(piece) for piece in self)


class AsyncContent:
    """The same for an event loop: `async for`, and `await` before `read`, `text`, `save` and `copy_to`."""

    def __init__(self, client: AsyncClient, call: Call[None]) -> None:
        self._client = client
        self._call = call

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async with self._client.stream(self._call) as pieces:
            async for piece in pieces:
                yield piece

    async def read(self) -> bytes:
        """Return all of it."""
        return await self._client.patiently(self._call, self._joined)

    async def text(self) -> str:
        """Return all of it, read as UTF-8."""
        return (await self.read()).decode("utf-8", "replace")

    async def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it to a file, which is there whole or not at all, and return the file's path."""
        target = Path(path)
        with _Draft(target) as draft:
            await self._client.patiently(self._call, lambda: draft.awrite(self))
        return target

    async def copy_to(self, file: BinaryIO) -> int:
        """Write it to an open file and return how many bytes that were."""
        return sum([await _to_thread(file.write, piece) async for piece in self])

    async def _joined(self) -> bytes:
        return b"".join([piece async for piece in self])


class _Draft:
    """A file beside the one to write, which takes its place once it is whole."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._path = target.with_name(f".{target.name}.{os.getpid()}-{id(self):x}.part")

    def write(self, pieces: Iterable[bytes]) -> None:
        with self._path.open("wb") as file:
            for piece in pieces:
                file.write(piece)

    async def awrite(self, pieces: AsyncIterable[bytes]) -> None:
        file = await _to_thread(self._path.open, "wb")
        try:
            async for piece in pieces:
                await _to_thread(file.write, piece)
        finally:
            await _to_thread(file.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._path.replace(self._target)
        else:
            self._path.unlink(missing_ok=True)


def sent(source: Any) -> Any:
    """Return a source as a synchronous HTTP client sends it; None for none."""
    if isinstance(source, os.PathLike):
        return _file_pieces(Path(source))
    if isinstance(source, AsyncIterable):
        raise TypeError("Pieces that come asynchronously can be sent by AsyncBotyard only.")
    return _bytes_only(source)


def asent(source: Any) -> Any:
    """Return a source as an asynchronous HTTP client sends it; None for none."""
    if isinstance(source, os.PathLike):
        return _apieces(_file_pieces(Path(source)).__next__)
    source = _bytes_only(source)
    if source is None or isinstance(source, bytes | AsyncIterable):
        return source
    if hasattr(source, "read"):
        return _apieces(_pieces(source).__next__)
    return _apieces(iter(source).__next__)


def _bytes_only(source: Any) -> Any:
    if isinstance(source, str):
        raise TypeError("A text is no content: give bytes, or a pathlib.Path for a file.")
    return bytes(source) if isinstance(source, bytearray | memoryview) else source


async def _to_thread(operation: Callable[..., R], *args: Any) -> R:
    from asyncio import to_thread

    return await to_thread(operation, *args)


def _file_pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from _pieces(file)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(_PIECE):
        yield piece


async def _apieces(following: Callable[[], bytes]) -> AsyncIterator[bytes]:
    while piece := await _to_thread(_next, following):
        yield piece


def _next(following: Callable[[], bytes]) -> bytes:
    """Return the next piece that is not empty, b"" at the end."""
    try:
        while not (piece := following()):
            pass
    except StopIteration:
        return b""
    return piece
