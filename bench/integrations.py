"""Calls of integrations through one server, against an upstream on this machine.

    python -m bench.integrations
    python -m bench.integrations --postgres postgresql://postgres@127.0.0.1/postgres

`stream` makes 500 calls to an upstream that takes 100 ms each, 50 at a time: the last event is to come within 1.3 s,
the first within 200 ms. `memory` streams 500 answers of 200 KB to a reader that takes its time: the server is not to
grow by them. `overhead` is what one call costs more through the server than directly, at most 5 ms at the median.
Prints one JSON line a figure.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import re
import statistics
import time
from pathlib import Path
from typing import Any

import httpx2
import uvloop

from bench.yard import Yard, postgres_database, yard

CALLS = 500
CONCURRENCY = 50
BIG = 200_000
WORKSPACE = """
apps: [{{id: 130, slug: shop}}]
integrations:
  - id: bench
    name: Bench
    version: "1"
    base_url: http://127.0.0.1:{port}
    allow_private_network: true
    auth: {{kind: api_key, scheme: Bearer}}
    connections: [{{name: me, key: k-1, apps: [130], concurrency: 50}}]
"""


class Upstream(asyncio.Protocol):
    """Answers every request after as many milliseconds, with as many bytes, as its path says: /100/20/..."""

    def __init__(self) -> None:
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        _, wait, size, *_ = data.split(b" ", 2)[1].split(b"/")
        body = b'{"text":"' + b"x" * int(size) + b'"}'
        answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
            len(body),
            body,
        )
        if int(wait):
            asyncio.get_running_loop().call_later(int(wait) / 1000, self.transport.write, answer)
        else:
            self.transport.write(answer)


def serve(ports: Any) -> None:
    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Upstream, "127.0.0.1", 0, backlog=512)
        ports.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(run())


def resident(pid: int, name: str = "VmRSS") -> int:
    found = re.search(rf"{name}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) // 1024 if found else 0


async def stream(client: httpx2.AsyncClient, path: str, pause: float = 0.0) -> tuple[float, float, int]:
    """Return the seconds to the first event and to the last, and how many came."""
    items = [{"url_params": {"n": number}} for number in range(CALLS)]
    body = {"method": "GET", "endpoint": path, "data_list": items, "streaming": True}
    began, first, count = time.perf_counter(), 0.0, 0
    async with client.stream("POST", "/parallel_call/", json=body) as reply:
        async for line in reply.aiter_lines():
            if line.startswith("data: "):
                count += 1
                first = first or time.perf_counter() - began
                if pause:
                    await asyncio.sleep(pause)
    return first, time.perf_counter() - began, count


async def overhead(client: httpx2.AsyncClient, direct: str, rounds: int) -> dict[str, float]:
    through, straight = [], []
    for _ in range(rounds):
        began = time.perf_counter()
        reply = await client.post("/call/", json={"method": "GET", "endpoint": "/0/100/x"})
        through.append(time.perf_counter() - began)
        if not reply.json()["api_response"]["ok"]:
            raise SystemExit(reply.text)
        began = time.perf_counter()
        await client.get(f"{direct}/0/100/x")
        straight.append(time.perf_counter() - began)
    medians = statistics.median(through[20:]) * 1000, statistics.median(straight[20:]) * 1000
    return {"through_ms": round(medians[0], 2), "direct_ms": round(medians[1], 2)} | {
        "overhead_ms": round(medians[0] - medians[1], 2)
    }


async def measure(place: Yard, port: int, options: argparse.Namespace) -> None:
    token = place.cli("connect", "automio")["env"]["APP_TOKEN"]
    headers = {"Authorization": f"App-Token {token}"}
    database = "postgresql" if place.database else "sqlite"
    async with httpx2.AsyncClient(
        base_url=f"{place.url}/api/integrations/bench", headers=headers, timeout=60
    ) as client:
        await stream(client, "/0/20/{n}")
        runs = [await stream(client, "/100/20/{n}") for _ in range(options.runs)]
        best = min(runs, key=lambda run: run[1])
        figures = {"first_ms": round(best[0] * 1000), "seconds": round(best[1], 3), "events": best[2]}
        print(json.dumps({"figure": "stream", "database": database, **figures}))
        await stream(client, f"/0/{BIG}/{{n}}")
        before = resident(place.pid)
        await stream(client, f"/0/{BIG}/{{n}}", pause=0.004)
        grown = resident(place.pid) - before
        print(json.dumps({"figure": "memory", "database": database, "before_mib": before, "grown_mib": grown}))
        found = await overhead(client, f"http://127.0.0.1:{port}", options.rounds)
        print(json.dumps({"figure": "overhead", "database": database, **found}))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--postgres", help="a PostgreSQL server on which databases may be created")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=300)
    options = parser.parse_args()
    ports: Any = multiprocessing.Queue()
    upstream = multiprocessing.Process(target=serve, args=(ports,), daemon=True)
    upstream.start()
    port = ports.get(timeout=10)
    with yard(None) as place:
        _begin(place, port, options)
    if options.postgres:
        with postgres_database(options.postgres) as address, yard(address) as place:
            _begin(place, port, options)
    upstream.terminate()


def _begin(place: Yard, port: int, options: argparse.Namespace) -> None:
    file = place.data / "workspace.yaml"
    file.write_text(WORKSPACE.format(port=port))
    place.cli("apply", str(file))
    asyncio.run(measure(place, port, options))


if __name__ == "__main__":
    main()
