"""What the client makes of bad answers, and when it gives up."""

from __future__ import annotations

import asyncio
import gzip
import time
import zlib
from collections.abc import AsyncIterator, Sequence

import msgspec
import pytest

from botyard.upstream import Failed, Upstream
from tests.support.scripted import answer, read_request, scripted
from tests.upstream.calls import POLICY, QUICK, failure, fetch


class TestBadAnswers:
    @pytest.mark.parametrize(
        ("raw", "reason"),
        [
            (b"", "without an answer"),
            (b"SSH-2.0-OpenSSH_9.2\r\n", "not an answer of HTTP"),
            (b"\x16\x03\x01\x02\x00", "not an answer of HTTP"),
            (b"220 mail.example ESMTP\r\n", "not an answer of HTTP"),
            (b"HTTP/1.1 200 OK\r\n", "in the middle"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", "in the middle"),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", "in the middle"),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "not an answer of HTTP"),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nxyz\r\n", "transfer encoding"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "not an answer of HTTP"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "not an answer of HTTP"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nab", "not an answer of HTTP"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nab", "not an answer of HTTP"),
            (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nab", "not an answer to the request"),
            (b"HTTP/1.1 000 No\r\n\r\n", "not an answer to the request"),
            (b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 70_000, "bytes of headers"),
            (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 300 + b"\r\n", "200 headers"),
            (b"HTTP/1.1 100 Continue\r\n\r\n" * 4000, "bytes of headers"),
            (answer(b"not packed", headers=("Content-Encoding: gzip",)), "damaged"),
            (answer(b"not packed", headers=("Content-Encoding: deflate",)), "damaged"),
            (answer(gzip.compress(b"abc", mtime=0)[:-6], headers=("Content-Encoding: gzip",)), "damaged"),
            (answer(b"abc", headers=("Content-Encoding: br",)), "content encoding"),
            (answer(b"abc", headers=("Content-Encoding: gzip, gzip",)), "content encoding"),
        ],
    )
    async def test_garbage_is_a_failure_that_says_what_it_is(self, upstream: Upstream, raw: bytes, reason: str) -> None:
        failed = await failure(upstream, raw)
        assert failed.kind == "protocol"
        assert reason in failed.reason
        assert failed.reason.startswith(("127.0.0.1 ", "The compressed answer of 127.0.0.1"))

    async def test_random_bytes_are_a_failure(self, upstream: Upstream) -> None:
        for number in range(40):
            raw = zlib.compress(bytes([number]) * 10) * number
            assert (await failure(upstream, raw)).kind == "protocol"

    @pytest.mark.parametrize(
        "raw",
        [
            answer(b"x" * 2000),
            b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\nx",
            b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 2000,
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" + b"x" * 2000 + b"\r\n0\r\n\r\n",
            answer(gzip.compress(b"x" * 2000, mtime=0), headers=("Content-Encoding: gzip",)),
            answer(zlib.compress(b"x" * 2000), headers=("Content-Encoding: deflate",)),
        ],
    )
    async def test_what_is_too_large_is_a_failure_however_it_is_sent(self, upstream: Upstream, raw: bytes) -> None:
        failed = await failure(upstream, raw, msgspec.structs.replace(POLICY, max_bytes=1999))
        assert (failed.kind, failed.reason) == ("too_large", "The answer of 127.0.0.1 is larger than 1999 bytes.")

    async def test_a_gzip_bomb_is_unpacked_only_up_to_the_limit(self, upstream: Upstream) -> None:
        packer = zlib.compressobj(9, wbits=31)
        bomb = b"".join(packer.compress(b"\0" * 10_000_000) for _ in range(40)) + packer.flush()
        async with (
            scripted(answer(bomb, headers=("Content-Encoding: gzip",))) as server,
            upstream.send("GET", server.url, policy=POLICY) as got,
        ):
            sizes = list[int]()

            async def unpack() -> None:
                async for chunk in got.aiter_bytes():
                    sizes.append(len(chunk))

            with pytest.raises(Failed, match="larger than"):
                await unpack()
        assert max(sizes) <= 64 * 1024
        assert sum(sizes) <= POLICY.max_bytes


class TestTime:
    async def test_a_server_that_never_answers_times_out(self, upstream: Upstream) -> None:
        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()

        async with scripted(script) as server:
            begun = time.monotonic()
            with pytest.raises(Failed) as failed:
                await fetch(upstream, server.url, policy=QUICK)
        assert failed.value.kind == "timeout"
        assert "within 0.3 seconds" in failed.value.reason
        assert time.monotonic() - begun < 3

    @pytest.mark.parametrize(
        "begin", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"]
    )
    async def test_a_slow_drip_does_not_prolong_the_time(self, upstream: Upstream, begin: bytes) -> None:
        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_request(reader)
            writer.write(begin)
            while True:
                writer.write(b"H" if begin else b"\r\n")
                await writer.drain()
                await asyncio.sleep(0.02)

        async with scripted(script) as server:
            begun = time.monotonic()
            with pytest.raises(Failed) as failed:
                await fetch(upstream, server.url, policy=QUICK)
        assert failed.value.kind in ("timeout", "protocol")
        assert time.monotonic() - begun < 3

    @pytest.mark.parametrize("begin", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nx"])
    async def test_silence_ends_a_call_long_before_its_time(self, upstream: Upstream, begin: bytes) -> None:
        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_request(reader)
            writer.write(begin)
            await reader.read()

        async with scripted(script) as server:
            with pytest.raises(Failed) as failed:
                await fetch(upstream, server.url, policy=msgspec.structs.replace(POLICY, timeout=100.0, silence=0.2))
        assert (failed.value.kind, failed.value.reason) == ("timeout", "127.0.0.1 sent nothing for 0.2 seconds.")

    async def test_a_drip_is_no_silence_and_neither_is_a_slow_reader(self, upstream: Upstream) -> None:
        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_request(reader)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000010\r\n\r\n")
            for _ in range(10):
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.06)
            writer.write(b"x" * 1_000_000)

        policy = msgspec.structs.replace(POLICY, max_bytes=2_000_000, silence=0.3)
        async with scripted(script) as server, upstream.send("GET", server.url, policy=policy) as got:
            size = 0
            async for chunk in got.aiter_bytes():
                size += len(chunk)
                if len(chunk) > 1000:
                    await asyncio.sleep(0.1)
        assert size == 1_000_010

    async def test_redirects_share_one_time(self, upstream: Upstream) -> None:
        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while True:
                await read_request(reader)
                await asyncio.sleep(0.1)
                writer.write(answer(status="302 Found", headers=("Location: /again",)))

        async with scripted(script) as server:
            with pytest.raises(Failed) as failed:
                await fetch(upstream, server.url, policy=msgspec.structs.replace(QUICK, redirects=50))
        assert failed.value.kind == "timeout"

    async def test_a_server_that_takes_no_body_times_out(self, upstream: Upstream) -> None:
        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(60)

        async def endless() -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 100_000

        async with scripted(script) as server:
            with pytest.raises(Failed) as failed:
                await fetch(upstream, server.url, policy=QUICK, method="POST", content=endless())
        assert failed.value.kind == "timeout"

    async def test_a_name_service_that_hangs_times_out(self) -> None:
        class Hanging:
            async def resolve(self, host: str) -> Sequence[str]:
                await asyncio.sleep(60)
                return [host]

            def close(self) -> None:
                pass

        upstream = Upstream(Hanging())
        with pytest.raises(Failed) as failed:
            await fetch(upstream, "http://example.com/", policy=QUICK)
        assert failed.value.kind == "timeout"

    async def test_nobody_listening_is_a_failure_to_connect(self, upstream: Upstream) -> None:
        async with scripted(b"") as server:
            pass
        with pytest.raises(Failed) as failed:
            await fetch(upstream, server.url)
        assert failed.value.kind == "connect"
        assert "127.0.0.1" in failed.value.reason

    async def test_an_unknown_host_is_a_failure_of_the_name_service(self, upstream: Upstream) -> None:
        with pytest.raises(Failed) as failed:
            await fetch(upstream, "http://no-such-host.invalid/")
        assert failed.value.kind == "dns"
        assert "no-such-host.invalid" in failed.value.reason
