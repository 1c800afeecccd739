"""What a guarded call costs, beside plain httpx2 and httpcore2 against the same server, and how many fit side by side.

    python -m bench.upstream [--calls 2000] [--slow-calls 500] [--delay 0.1]

The other side is a small server in a process of its own that answers 2 KB of JSON. One JSON line a figure: the time of
a call in µs, one after the other and 50 at once; then how long 500 calls take that the other side keeps for 0.1 s each,
50 at once (1 s at best; the target for a whole parallel call of an integration is 1.3 s).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import statistics
import time
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection

import httpcore2
import httpx2
import uvloop

from botyard.upstream import Policy, Upstream

POLICY = Policy(allow_private=True, max_bytes=10_000_000, timeout=30.0)
CONTENT = json.dumps({"customer": "ACME", "invoice": 184467}).encode()
HEADERS = {"Content-Type": "application/json", "Authorization": "Bearer k"}
BODY = json.dumps({"rows": [{"id": number, "name": "x" * 40} for number in range(30)]}).encode()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
AT_ONCE = 50

Fetch = Callable[[], Awaitable[None]]


class Answering(asyncio.Protocol):
    """Answers each request after the time that its path asks for."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, mark, rest = self._received.partition(b"\r\n\r\n")
        length = len(CONTENT) if head.startswith(b"POST") else 0
        if not mark or len(rest) < length:
            return
        self._received = b""
        delay = float(head.split(b" ", 2)[1].rpartition(b"/")[2] or b"0")
        asyncio.get_running_loop().call_later(delay, self._transport.write, HEAD % len(BODY) + BODY)  # type: ignore[attr-defined]


def serve(ready: Connection) -> None:
    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0, backlog=500)
        ready.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(run())


async def measure(fetch: Fetch, calls: int, at_once: int) -> tuple[float, float]:
    """Return the median and the mean time of a call, in µs."""
    for _ in range(10):
        await fetch()
    left = iter(range(calls))
    times = list[float]()

    async def work() -> None:
        for _ in left:
            begun = time.perf_counter()
            await fetch()
            times.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(at_once)))
    return statistics.median(times) * 1e6, (time.perf_counter() - begun) / calls * 1e6


async def compare(url: str, arguments: argparse.Namespace) -> None:
    upstream = Upstream()
    limits = httpx2.Limits(max_connections=200, max_keepalive_connections=200)
    async with httpx2.AsyncClient(limits=limits) as plain, httpcore2.AsyncConnectionPool(max_connections=200) as core:

        async def ours(path: str = "/0") -> None:
            async with upstream.send("POST", url + path, policy=POLICY, headers=HEADERS, content=CONTENT) as answer:
                assert len(await answer.read()) == len(BODY)

        async def named() -> None:
            by_name = url.replace("127.0.0.1", "localhost")
            async with upstream.send("POST", by_name + "/0", policy=POLICY, headers=HEADERS, content=CONTENT) as answer:
                assert len(await answer.read()) == len(BODY)

        async def httpx(path: str = "/0") -> None:
            answer = await plain.post(url + path, headers=HEADERS, content=CONTENT)
            assert len(answer.content) == len(BODY)

        async def httpcore() -> None:
            headers = {"Host": "127.0.0.1", **HEADERS, "Content-Length": str(len(CONTENT))}
            answer = await core.request("POST", url + "/0", headers=list(headers.items()), content=CONTENT)
            assert len(answer.content) == len(BODY)

        cases: dict[str, Fetch] = {"upstream": ours, "by name": named, "httpx2": httpx, "httpcore2": httpcore}
        for at_once in (1, AT_ONCE):
            for name, fetch in cases.items():
                median, mean = await measure(fetch, arguments.calls, at_once)
                print(json.dumps({"client": name, "at_once": at_once, "median_us": round(median), "us": round(mean)}))
        for name, slow in (("upstream", ours), ("httpx2", httpx)):
            begun = time.perf_counter()
            await measure(lambda slow=slow: slow(f"/{arguments.delay}"), arguments.slow_calls, AT_ONCE)  # type: ignore[misc]
            seconds = time.perf_counter() - begun - 10 * arguments.delay
            print(json.dumps({"client": name, "slow_calls": arguments.slow_calls, "seconds": round(seconds, 3)}))
    await upstream.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--slow-calls", type=int, default=500)
    parser.add_argument("--delay", type=float, default=0.1)
    arguments = parser.parse_args()
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    try:
        uvloop.run(compare(f"http://127.0.0.1:{ours.recv()}", arguments))
    finally:
        server.terminate()


if __name__ == "__main__":
    main()
