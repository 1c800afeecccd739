"""What the client sends, and which answers it takes."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator

import msgspec
import pytest

from botyard.upstream import Refused, Upstream
from tests.support.scripted import answer, read_request, scripted
from tests.upstream.calls import POLICY, fetch


class TestSending:
    async def test_a_request_carries_what_was_given_and_what_http_needs(self, upstream: Upstream) -> None:
        async with (
            scripted(answer(b"ok", headers=("X-Thing: one", "X-Thing: two"))) as server,
            upstream.send(
                "post", f"{server.url}/a?b=c#d", policy=POLICY, headers={"X-Key": "k", "Host": "evil"}, content=b"hello"
            ) as got,
        ):
            assert (got.status, got.url) == (200, f"{server.url}/a?b=c")
            assert got.headers.get("X-THING") == "one"
            assert got.headers.get_all("x-thing") == ["one", "two"]
            assert await got.read() == b"ok"
        head = server.requests[0].decode()
        assert head.startswith("POST /a?b=c HTTP/1.1\r\n")
        assert f"Host: 127.0.0.1:{server.port}\r\n" in head
        assert "Content-Length: 5\r\n" in head
        assert "X-Key: k\r\n" in head
        assert "evil" not in head
        assert "User-Agent: botyard/" in head

    async def test_a_body_may_be_sent_in_chunks(self, upstream: Upstream) -> None:
        received = bytearray()

        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            assert b"Transfer-Encoding: chunked" in await reader.readuntil(b"\r\n\r\n")
            while size := int(await reader.readline(), 16):
                received.extend(await reader.readexactly(size))
                await reader.readexactly(2)
            writer.write(answer(b"got it"))

        async def body() -> AsyncIterator[bytes]:
            for _ in range(100):
                yield b"x" * 20_000
            yield b""

        async with scripted(script) as server:
            assert await fetch(upstream, server.url, method="PUT", content=body()) == b"got it"
        assert len(received) == 2_000_000

    async def test_sending_stops_when_the_answer_is_there_already(self, upstream: Upstream) -> None:
        sent = 0

        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer(b"too much", status="413 Too Large"))
            await writer.drain()
            await reader.read()

        async def body() -> AsyncIterator[bytes]:
            nonlocal sent
            for _ in range(10_000):
                sent += 1
                yield b"x" * 50_000
                await asyncio.sleep(0)

        async with scripted(script) as server, upstream.send("POST", server.url, policy=POLICY, content=body()) as got:
            assert (got.status, await got.read()) == (413, b"too much")
        assert sent < 10_000

    @pytest.mark.parametrize("name", ["", "A B", "A:", "A\r\nB", "\u00e9", "A\0"])
    async def test_header_names_that_would_break_the_request_are_refused(self, upstream: Upstream, name: str) -> None:
        with pytest.raises(Refused, match="header"):
            await fetch(upstream, "http://127.0.0.1:9/", headers={name: "x"})

    @pytest.mark.parametrize("value", ["a\r\nB: c", "a\nb", "a\0", "\x7f"])
    async def test_header_values_that_would_break_the_request_are_refused(self, upstream: Upstream, value: str) -> None:
        with pytest.raises(Refused, match="X-Key"):
            await fetch(upstream, "http://127.0.0.1:9/", headers={"X-Key": value})

    @pytest.mark.parametrize("method", ["", "GET /x", "CONNECT", "trace", "G\r\nX", "\u00c9"])
    async def test_methods_that_are_none_are_refused(self, upstream: Upstream, method: str) -> None:
        with pytest.raises(Refused, match="method"):
            await fetch(upstream, "http://127.0.0.1:9/", method=method)


class TestAnswers:
    @pytest.mark.parametrize(
        ("raw", "body"),
        [
            (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\nX: y\r\n\r\n",
                b"abc",
            ),
            (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", b"until the end"),
            (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", b"ok"),
            (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" + answer(b"ok"), b"ok"),
            (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
            (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99999999\r\n\r\n", b""),
            (b"HTTP/1.1 200 OK\r\nX-Name: \xe9\r\nContent-Length: 0\r\n\r\n", b""),
            (answer(b"ok", headers=("Content-Encoding: identity",)), b"ok"),
            (answer(b"", headers=("Content-Encoding: gzip",)), b""),
            (answer(gzip.compress(b"packed", mtime=0), headers=("Content-Encoding: gzip",)), b"packed"),
            (
                answer(
                    gzip.compress(b"a", mtime=0) + gzip.compress(b"b", mtime=0), headers=("Content-Encoding: X-GZIP",)
                ),
                b"ab",
            ),
            (answer(zlib.compress(b"packed"), headers=("Content-Encoding: deflate",)), b"packed"),
            (answer(zlib.compress(b"packed")[2:-4], headers=("Content-Encoding: deflate",)), b"packed"),
            (answer(gzip.compress(b"z" * 900_000, mtime=0), headers=("Content-Encoding: gzip",)), b"z" * 900_000),
        ],
    )
    async def test_answers_of_every_form_are_read(self, upstream: Upstream, raw: bytes, body: bytes) -> None:
        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_request(reader)
            writer.write(raw)

        async with scripted(script) as server:
            assert await fetch(upstream, server.url) == body

    async def test_a_head_request_has_no_body_whatever_its_length_says(self, upstream: Upstream) -> None:
        async with scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 500000000\r\n\r\n") as server:
            for _ in range(2):
                async with upstream.send("HEAD", server.url, policy=POLICY) as got:
                    assert got.headers.get("content-length") == "500000000"
                    assert await got.read() == b""
            assert len(server.connections) == 1

    async def test_headers_of_the_packed_body_are_gone_with_it(self, upstream: Upstream) -> None:
        async with (
            scripted(answer(gzip.compress(b"packed", mtime=0), headers=("Content-Encoding: gzip",))) as server,
            upstream.send("GET", server.url, policy=POLICY) as got,
        ):
            assert [name for name, _ in got.headers] == []

    async def test_bytes_come_when_they_are_sent_and_not_only_at_the_end(self, upstream: Upstream) -> None:
        more = asyncio.Event()

        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_request(reader)
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
            await more.wait()
            writer.write(b"6\r\nsecond\r\n0\r\n\r\n")

        async with scripted(script) as server, upstream.send("GET", server.url, policy=POLICY) as got:
            chunks = got.aiter_bytes()
            assert await anext(chunks) == b"first"
            more.set()
            assert [chunk async for chunk in chunks] == [b"second"]

    async def test_a_slow_reader_holds_the_sender_back(self, upstream: Upstream) -> None:
        written = 0

        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal written
            await read_request(reader)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n")
            for _ in range(500):
                writer.write(b"x" * 100_000)
                await writer.drain()
                written += 100_000

        async with scripted(script) as server:
            policy = msgspec.structs.replace(POLICY, max_bytes=50_000_000)
            async with upstream.send("GET", server.url, policy=policy) as got:
                before = -1
                while before != written:
                    before = written
                    await asyncio.sleep(0.05)
                assert written < 40_000_000
                assert sum([len(chunk) async for chunk in got.aiter_bytes()]) == 50_000_000
