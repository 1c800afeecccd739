"""Servers that answer byte for byte what a test says."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Scripted:
    """A server on loopback; what it was asked, connection by connection."""

    def __init__(self, script: Script | bytes) -> None:
        self.port = 0
        self.connections: list[list[bytes]] = []
        self._script = script
        self._running = set[asyncio.Task[None]]()

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def requests(self) -> list[bytes]:
        """Return the heads of all requests."""
        return [head for heads in self.connections for head in heads]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads = list[bytes]()
        self.connections.append(heads)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            try:
                if isinstance(self._script, bytes):
                    while True:
                        heads.append(await read_request(reader))
                        writer.write(self._script)
                else:
                    recording = _Recording(reader, heads)
                    await self._script(recording, writer)  # type: ignore[arg-type] # it reads in the same way
            finally:
                writer.close()


class _Recording:
    def __init__(self, reader: asyncio.StreamReader, heads: list[bytes]) -> None:
        self._reader = reader
        self._heads = heads

    async def readuntil(self, separator: bytes) -> bytes:
        head = await self._reader.readuntil(separator)
        self._heads.append(head)
        return head

    async def readexactly(self, size: int) -> bytes:
        return await self._reader.readexactly(size)

    async def read(self, size: int = -1) -> bytes:
        return await self._reader.read(size)

    async def readline(self) -> bytes:
        return await self._reader.readline()


@contextlib.asynccontextmanager
async def scripted(
    script: Script | bytes, *, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Scripted]:
    """Run a server that answers every request with the same bytes, or does what the script does."""
    server = Scripted(script)
    tasks = set[asyncio.Task[None]]()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(server._serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    listening = await asyncio.start_server(accept, host, port, ssl=tls, limit=2**20)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """Read a request with its body; return its head."""
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b": ")
        if name.lower() == b"content-length":
            await reader.readexactly(int(value))
    return head


async def until(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)


def answer(body: bytes = b"", *, status: str = "200 OK", headers: tuple[str, ...] = ()) -> bytes:
    """Return the bytes of an answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body
