"""Clients that misbehave on the wire."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from types import SimpleNamespace

import pytest

from botyard.server import connections
from botyard.server.connections import BODY_SECONDS, HEAD_SECONDS, Connection
from botyard.server.serve import http_server, listen
from botyard.web import Application

Talk = Callable[[bytes], Awaitable[bytes]]


@pytest.fixture
def backend() -> str:
    """Return the one database that these tests use: nothing here depends on which."""
    return "sqlite"


@pytest.fixture
async def port(app: Application) -> AsyncIterator[int]:
    """Yield the port of a server in this process."""
    sock = listen("127.0.0.1", 0)
    server = http_server(app)
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    yield sock.getsockname()[1]
    server.should_exit = True
    await serving


@pytest.fixture
def talk(port: int) -> Talk:
    """Return a function that sends bytes on a connection of its own and returns what comes back."""

    async def send(data: bytes) -> bytes:
        async with connected(port) as (reader, writer):
            with contextlib.suppress(ConnectionError):
                writer.write(data)
                await writer.drain()
            with contextlib.suppress(ConnectionError, TimeoutError):
                async with asyncio.timeout(3):
                    return await reader.read(65536)
        return b""

    return send


async def flood(writer: asyncio.StreamWriter) -> None:
    """Send for ever."""
    while True:
        writer.write(bytes(65536))
        await writer.drain()


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


class TestHead:
    async def test_of_a_usual_size_is_answered(self, talk: Talk) -> None:
        assert (await talk(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")).startswith(b"HTTP/1.1 200 ")

    @pytest.mark.parametrize(
        "head",
        [
            b"GET /healthz HTTP/1.1\r\nx: " + b"a" * 20_000 + b"\r\n\r\n",
            b"GET /healthz HTTP/1.1\r\n" + b"x: y\r\n" * 20_000 + b"\r\n",
            b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
            b"GET /healthz HTTP/1.1\r\nx: " + b"a" * 2_000_000,
            b"GET /" + b"a" * 2_000_000,
        ],
    )
    async def test_that_is_too_large_is_refused_before_it_ends(self, talk: Talk, head: bytes) -> None:
        reply = await talk(head)
        # A client that is still sending may see the connection closed before it reads the answer.
        assert reply == b"" or reply.startswith(b"HTTP/1.1 431 ")

    @pytest.mark.parametrize(
        "head",
        [
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            b"GET\r\n\r\n",
            b"GET /healthz HTTP/9.9\r\n\r\n",
            b"GET /\xff\xfe HTTP/1.1\r\n\r\n",
            b"GET http:// HTTP/1.1\r\nhost: x\r\n\r\n",
            b"GET /a HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
            b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            b"POST /a HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
            b"GET /a HTTP/1.1\r\nx y: z\r\n\r\n",
            b"GET /a HTTP/1.1\r\nx: a\x00b\r\n\r\n",
        ],
    )
    async def test_that_is_malformed_never_fails_the_server(self, talk: Talk, head: bytes) -> None:
        reply = await talk(head)
        assert reply == b"" or reply.split(b" ", 1)[1][:1] == b"4", reply[:200]
        assert (await talk(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")).startswith(b"HTTP/1.1 200 ")

    async def test_may_follow_a_large_body_on_the_same_connection(self, talk: Talk) -> None:
        body = b"x" * 60_000
        first = b"POST /nothing HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)
        reply = await talk(first + b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        assert reply.startswith(b"HTTP/1.1 4")


class TestStalled:
    def connection(self, *, in_head: bool, more_body: bool = False, answered: bool = False) -> Connection:
        made = Connection.__new__(Connection)
        made._in_head = in_head
        made._head_since = made._heard = 100.0
        made._ending = False
        made.cycle = SimpleNamespace(more_body=more_body, response_complete=answered)  # type: ignore[assignment]
        return made

    def test_is_a_client_that_does_not_finish_its_head(self) -> None:
        connection = self.connection(in_head=True)
        assert not connection.is_stalled(100 + HEAD_SECONDS)
        assert connection.is_stalled(101 + HEAD_SECONDS)

    def test_is_a_client_that_stops_in_its_body(self) -> None:
        connection = self.connection(in_head=False, more_body=True)
        assert not connection.is_stalled(100 + BODY_SECONDS)
        assert connection.is_stalled(101 + BODY_SECONDS)

    def test_is_not_one_that_waits_for_its_answer_or_rests(self) -> None:
        assert not self.connection(in_head=False).is_stalled(10_000)
        assert not self.connection(in_head=False, more_body=True, answered=True).is_stalled(10_000)

    async def test_is_cut_off_within_its_time(self, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)
        async with connected(port) as (reader, writer):
            writer.write(b"GET /heal")
            await writer.drain()
            async with asyncio.timeout(10):
                assert await reader.read() == b""


async def test_a_client_that_sends_a_huge_body_before_it_listens_reads_why_it_is_refused(port: int) -> None:
    size = 8 * 1024 * 1024
    head = f"POST /api/v1/tasks HTTP/1.1\r\nhost: x\r\ncontent-length: {size}\r\nconnection: close\r\n\r\n"
    async with connected(port) as (reader, writer), asyncio.timeout(10):
        writer.write(head.encode())
        for _ in range(size // 65536):
            writer.write(bytes(65536))
            await writer.drain()
        answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 4")


async def test_a_body_without_end_is_cut_off(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MAX_UNWANTED_BYTES", 1024 * 1024)
    head = b"POST /api/v1/tasks HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\nconnection: close\r\n\r\n"
    async with connected(port) as (_, writer), asyncio.timeout(10):
        writer.write(head)
        with pytest.raises(ConnectionError):
            await flood(writer)
