"""Connections are used again only where that is safe."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Sequence

import pytest

from botyard.upstream import Failed, Policy, Refused, Upstream
from botyard.upstream.fetch import MOST_CALLS
from tests.support.scripted import answer, read_request, scripted, until
from tests.upstream.calls import POLICY, fetch


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
