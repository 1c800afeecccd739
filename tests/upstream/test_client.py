"""The client: what it sends, which answers it takes, what it makes of bad ones, and when it gives up."""

from __future__ import annotations

import asyncio
import gc
import gzip
import time
import zlib
from collections.abc import AsyncIterator, Sequence

import msgspec
import pytest

from botyard.upstream import Failed, Policy, Refused, Upstream
from botyard.upstream.fetch import MOST_CALLS
from tests.upstream.scripted import answer, read_request, scripted, until

POLICY = Policy(max_bytes=1_000_000, timeout=5.0, allow_private=True)
QUICK = msgspec.structs.replace(POLICY, timeout=0.3)


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    upstream = Upstream()
    yield upstream
    await upstream.close()


async def fetch(
    upstream: Upstream, url: str, *, policy: Policy = POLICY, method: str = "GET", **given: object
) -> bytes:
    async with upstream.send(method, url, policy=policy, **given) as got:  # type: ignore[arg-type]
        return await got.read()


async def failure(upstream: Upstream, raw: bytes, policy: Policy = QUICK) -> Failed:
    """Return what comes of an answer of exactly these bytes, after which the connection is closed."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(raw)

    async with scripted(script) as server:
        with pytest.raises(Failed) as failed:
            await fetch(upstream, server.url, policy=policy)
    return failed.value


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
            (answer(gzip.compress(b"packed"), headers=("Content-Encoding: gzip",)), b"packed"),
            (answer(gzip.compress(b"a") + gzip.compress(b"b"), headers=("Content-Encoding: X-GZIP",)), b"ab"),
            (answer(zlib.compress(b"packed"), headers=("Content-Encoding: deflate",)), b"packed"),
            (answer(zlib.compress(b"packed")[2:-4], headers=("Content-Encoding: deflate",)), b"packed"),
            (answer(gzip.compress(b"z" * 900_000), headers=("Content-Encoding: gzip",)), b"z" * 900_000),
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
            scripted(answer(gzip.compress(b"packed"), headers=("Content-Encoding: gzip",))) as server,
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
            (answer(gzip.compress(b"abc")[:-6], headers=("Content-Encoding: gzip",)), "damaged"),
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
            answer(gzip.compress(b"x" * 2000), headers=("Content-Encoding: gzip",)),
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


class TestRedirects:
    @pytest.mark.parametrize(
        ("status", "method", "then"),
        [
            ("301 Moved", "POST", b"GET"),
            ("302 Found", "POST", b"GET"),
            ("303 See Other", "PUT", b"GET"),
            ("303 See Other", "HEAD", b"HEAD"),
            ("301 Moved", "PUT", b"PUT"),
            ("307 Temporary", "POST", b"POST"),
            ("308 Permanent", "PATCH", b"PATCH"),
        ],
    )
    async def test_method_and_body_follow_as_the_status_says(
        self, upstream: Upstream, status: str, method: str, then: bytes
    ) -> None:
        bodies = list[bytes]()

        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length:")), 0
                )
                bodies.append(await reader.readexactly(length))
                first = len(bodies) == 1
                writer.write(answer(status=status, headers=("Location: ../next?x",)) if first else answer(b""))

        async with (
            scripted(script) as server,
            upstream.send(method, f"{server.url}/a/b/c", policy=POLICY, content=b"body") as got,
        ):
            assert got.url == f"{server.url}/a/next?x"
        assert server.requests[1].startswith(then + b" /a/next?x HTTP/1.1\r\n")
        assert bodies == [b"body", b"body" if then not in (b"GET", b"HEAD") else b""]
        assert len(server.connections) == 1

    async def test_keys_stay_with_the_server_they_were_meant_for(self, upstream: Upstream) -> None:
        headers = {"Authorization": "Bearer s3cret", "X-Api-Key": "s3cret", "Cookie": "s3cret", "Accept": "text/csv"}
        async with (
            scripted(answer(b"there")) as other,
            scripted(answer(status="302 Found", headers=(f"Location: {other.url}/x",))) as first,
        ):
            assert await fetch(upstream, first.url, headers=headers) == b"there"
        assert first.requests[0].count(b"s3cret") == 3
        assert b"s3cret" not in other.requests[0]
        assert b"Accept: text/csv" in other.requests[0]

    async def test_keys_go_along_on_the_same_server(self, upstream: Upstream) -> None:
        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_request(reader)
            writer.write(answer(status="302 Found", headers=("Location: /x",)))
            await read_request(reader)
            writer.write(answer(b"ok"))

        async with scripted(script) as server:
            await fetch(upstream, server.url, headers={"X-Api-Key": "s3cret"})
        assert b"s3cret" in server.requests[1]

    async def test_a_redirect_to_another_server_is_refused_where_the_policy_says_so(self, upstream: Upstream) -> None:
        policy = msgspec.structs.replace(POLICY, same_origin_redirects=True)
        async with (
            scripted(answer(b"there")) as other,
            scripted(answer(status="307 X", headers=(f"Location: {other.url}/x",))) as first,
        ):
            with pytest.raises(Refused, match="redirects to another server"):
                await fetch(upstream, first.url, policy=policy)
        assert other.connections == []

    @pytest.mark.parametrize(
        "location",
        [
            "http://169.254.169.254/latest/meta-data/",
            "http://[::ffff:127.0.0.1]/",
            "//0x7f.1/",
            "file:///etc/passwd",
            "http://user:pw@127.0.0.1/",
            "gopher://127.0.0.1/",
            "http://127.0.0.1:25/",
            "http://[",
            "http://127.0.0.1:99999/",
            "\\\\127.0.0.1\\x",
        ],
    )
    async def test_a_redirect_to_what_is_refused_is_refused(self, upstream: Upstream, location: str) -> None:
        async with scripted(answer(status="302 Found", headers=(f"Location: {location}",))) as server:
            with pytest.raises(Refused) as refused:
                await fetch(upstream, server.url)
        assert len(server.requests) == 1
        assert refused.value.reason

    async def test_a_redirect_to_a_host_that_is_not_listed_is_refused(self, upstream: Upstream) -> None:
        policy = msgspec.structs.replace(POLICY, hosts=("127.0.0.1",))
        async with scripted(answer(status="302 Found", headers=("Location: http://127.0.0.2/",))) as server:
            with pytest.raises(Refused, match="not one of the hosts"):
                await fetch(upstream, server.url, policy=policy)

    async def test_a_loop_ends(self, upstream: Upstream) -> None:
        async with scripted(answer(status="302 Found", headers=("Location: /",))) as server:
            with pytest.raises(Failed) as failed:
                await fetch(upstream, server.url)
        assert failed.value.kind == "redirects"
        assert len(server.requests) == 6

    async def test_no_redirect_is_followed_where_none_may_be(self, upstream: Upstream) -> None:
        async with scripted(answer(b"there", status="302 Found", headers=("Location: /x",))) as server:
            policy = msgspec.structs.replace(POLICY, redirects=0)
            async with upstream.send("GET", server.url, policy=policy) as got:
                assert (got.status, got.headers.get("location"), await got.read()) == (302, "/x", b"there")

    async def test_a_redirect_without_an_address_is_an_answer(self, upstream: Upstream) -> None:
        async with scripted(answer(b"lost", status="302 Found")) as server:
            assert await fetch(upstream, server.url) == b"lost"

    async def test_a_stream_that_was_sent_is_not_sent_again(self, upstream: Upstream) -> None:
        async def body() -> AsyncIterator[bytes]:
            yield b"once"

        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"0\r\n\r\n")
            writer.write(answer(status="307 X", headers=("Location: /x",)))

        async with scripted(script) as server:
            with pytest.raises(Failed) as failed:
                await fetch(upstream, server.url, method="POST", content=body())
        assert failed.value.kind == "redirects"


class TestConnections:
    async def test_one_connection_serves_one_call_after_the_other(self, upstream: Upstream) -> None:
        async with scripted(answer(b"ok")) as server:
            for _ in range(10):
                assert await fetch(upstream, server.url) == b"ok"
            assert len(server.connections) == 1

    async def test_a_connection_serves_one_name_only(self) -> None:
        class Same:
            async def resolve(self, host: str) -> Sequence[str]:
                assert host.endswith(".example")
                return ["127.0.0.1"]

            def close(self) -> None:
                pass

        upstream = Upstream(Same())
        async with scripted(answer(b"ok")) as server:
            for host in ("a.example", "b.example", "a.example"):
                await fetch(upstream, f"http://{host}:{server.port}/")
            assert [len(heads) for heads in server.connections] == [2, 1]
        await upstream.close()

    async def test_a_name_that_may_no_longer_be_called_is_refused_though_a_connection_is_open(
        self, upstream: Upstream
    ) -> None:
        async with scripted(answer(b"ok")) as server:
            await fetch(upstream, server.url)
            with pytest.raises(Refused):
                await fetch(upstream, server.url, policy=Policy(max_bytes=1, timeout=1))
            assert len(server.requests) == 1

    @pytest.mark.parametrize(
        "raw",
        [
            answer(b"ok", headers=("Connection: close",)),
            b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
            answer(b"ok") + answer(b"for nobody"),
            answer(b"ok") + b"garbage",
        ],
    )
    async def test_a_connection_that_may_be_out_of_step_is_not_used_again(self, upstream: Upstream, raw: bytes) -> None:
        async with scripted(raw) as server:
            for _ in range(3):
                assert await fetch(upstream, server.url) == b"ok"
            assert len(server.connections) == 3

    async def test_bytes_that_nobody_asked_for_are_nobodys_answer(self, upstream: Upstream) -> None:
        late = asyncio.Event()

        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_request(reader)
            writer.write(answer(b"ok"))
            await late.wait()
            writer.write(answer(b"poison"))
            await reader.read()

        async with scripted(script) as server:
            assert await fetch(upstream, server.url) == b"ok"
            idle = next(iter(upstream._connections._idle.values()))[0]
            late.set()
            await until(lambda: idle.closed)
            assert await fetch(upstream, server.url) == b"ok"

    async def test_a_call_left_in_the_middle_takes_its_connection_along(self, upstream: Upstream) -> None:
        async with scripted(answer(b"x" * 500_000)) as server:
            for _ in range(2):
                async with upstream.send("GET", server.url, policy=POLICY) as got:
                    assert await anext(got.aiter_bytes())
            assert len(server.connections) == 2

    async def test_a_connection_closed_while_idle_is_no_failure(self, upstream: Upstream) -> None:
        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_request(reader)
            writer.write(answer(b"ok"))
            await read_request(reader)

        async with scripted(script) as server:
            for _ in range(3):
                assert await fetch(upstream, server.url) == b"ok"
        async with scripted(script) as server:
            assert await fetch(upstream, server.url, method="POST") == b"ok"
            with pytest.raises(Failed, match="without an answer"):
                # It may have had its effect: whether to repeat it is not for the client to decide.
                await fetch(upstream, server.url, method="POST")

    async def test_calls_beyond_the_most_wait_and_then_go_on(self, upstream: Upstream) -> None:
        async with scripted(answer(b"ok")) as server:
            got = await asyncio.gather(*(fetch(upstream, server.url) for _ in range(MOST_CALLS + 100)))
            assert set(got) == {b"ok"}
            assert len(server.connections) <= MOST_CALLS
        assert upstream._room._value == MOST_CALLS

    async def test_cancelled_calls_leave_nothing_behind(self, upstream: Upstream) -> None:
        arrived = asyncio.Semaphore(0)

        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_request(reader)
            arrived.release()
            await reader.read()

        async with scripted(script) as server:
            calls = [asyncio.ensure_future(fetch(upstream, server.url)) for _ in range(20)]
            for _ in calls:
                await arrived.acquire()
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)
        assert upstream._room._value == MOST_CALLS
        gc.collect()

    async def test_idle_connections_are_closed_after_a_while(
        self, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("botyard.upstream.connections.IDLE_SECONDS", 0.05)
        async with scripted(answer(b"ok")) as server:
            await fetch(upstream, server.url)
            assert upstream._connections._count == 1
            await until(lambda: not upstream._connections._idle)
        assert upstream._connections._count == 0
