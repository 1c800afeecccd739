"""Redirects: what follows, what stays, what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from botyard.upstream import Failed, Refused, Upstream
from tests.support.scripted import answer, read_request, scripted
from tests.upstream.calls import POLICY, fetch


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

    @pytest.mark.parametrize(("status", "fails"), [("302 Found", True), ("303 See Other", True), ("308 Moved", False)])
    async def test_a_redirect_to_another_call_fails_where_the_call_must_stay(
        self, upstream: Upstream, status: str, fails: bool
    ) -> None:
        policy = msgspec.structs.replace(POLICY, keep_method=True)
        async with (
            scripted(answer(b"login page")) as other,
            scripted(answer(status=status, headers=(f"Location: {other.url}/x",))) as server,
        ):
            call = fetch(upstream, server.url, method="POST", content=b"x", policy=policy)
            if fails:
                with pytest.raises(Failed, match="does not want to be sent the same"):
                    await call
            else:
                assert await call == b"login page"
        assert bool(other.requests) is not fails

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
