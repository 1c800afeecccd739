"""Queue items: whole cycles, sets of 32, eight consumers, and a queue of many items, against S in the same minute.

    python -m bench.queues core                                         the operations alone, on SQLite
    python -m bench.queues http                                         over HTTP with authentication, one server
    python -m bench.queues depth --items 1000000                        reading a large queue over HTTP
    python -m bench.queues http --postgres postgresql://postgres@127.0.0.1/postgres

A cycle pushes, pulls and reports one item: three requests, three durable changes. The dialect's cycle is a BotCity
client's; sets go through the native protocol. Prints one JSON line a figure.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bench.limits import single_row_commits
from bench.wire import Connection
from bench.yard import Yard, postgres_database, yard
from botyard.base import clock
from botyard.core import queues, workspaces
from botyard.core.queues import Holder, NewItem, Pull, Push, Report, Reports
from botyard.storage import Database

VALUES = {"customer": "ACME Robotics GmbH", "invoice": 184467, "path": "inbox/2026/11/0001.pdf", "net": 1190.5}
Cycle = Callable[[int], Awaitable[int]]


async def rate(callers: int, seconds: float, cycle: Cycle) -> float:
    """Return items a second by `callers` that each repeat a cycle."""
    stop = time.perf_counter() + seconds
    started = time.perf_counter()

    async def repeat(number: int) -> int:
        done = 0
        while time.perf_counter() < stop:
            done += await cycle(number)
        return done

    done = await asyncio.gather(*(repeat(number) for number in range(callers)))
    return sum(done) / (time.perf_counter() - started)


async def core(url: str | None, callers: int, seconds: float, size: int) -> float:
    """Return items a second through the set operations, `size` a request, without HTTP."""
    with tempfile.TemporaryDirectory() as folder:
        db = await Database.open(url, data=Path(folder))
        label = f"bench-{time.time_ns()}"
        workspace = await db.write(workspaces.create, label=label, name=label, now=clock.now())
        where: dict[str, Any] = {"workspace_id": workspace.id, "queue": label}
        await db.write(queues.create, workspace_id=workspace.id, label=label, actor="bench", now=clock.now())
        new = [NewItem(values=VALUES)] * size

        async def cycle(number: int) -> int:
            holder = Holder(name=f"key:{number}")
            await db.write_set(queues.push_many, Push(**where, items=new, actor="bench", now=clock.now()))
            pull = Pull(**where, holder=holder, count=size, now=clock.now())
            items = await db.write_set(queues.pull_many, pull)
            told = [Report(item_id=item.id, outcome="done") for item in items]
            reports = Reports(workspace_id=workspace.id, holder=holder, reports=told, actor="bench", now=clock.now())
            await db.write_set(queues.report_many, reports)
            return len(items)

        try:
            return await rate(callers, seconds, cycle)
        finally:
            await db.close()


async def dialect(place: Yard, callers: int, seconds: float) -> float:
    """Return BotCity cycles a second: push, pull, report, one item each."""
    token = _botcity_token(place)
    await _ok(Connection(place.url, token).call("POST", "/api/v2/datapool", {"label": "cycle"}))
    connections = [Connection(place.url, token) for _ in range(callers)]

    async def cycle(number: int) -> int:
        call = connections[number].call
        await _ok(call("POST", "/api/v2/datapool/cycle/push", {"priority": 0, "values": VALUES}))
        entry = await _ok(call("GET", "/api/v2/datapool/cycle/pull"))
        if not entry:
            return 0
        entry["state"] = "DONE"
        await _ok(call("POST", f"/api/v2/datapool/cycle/entry/{entry['id']}", entry))
        return 1

    return await rate(callers, seconds, cycle)


async def sets(place: Yard, callers: int, seconds: float, size: int, *, combined: bool) -> float:
    """Return items a second through the native protocol, `size` a request; `combined` reports and pulls in one."""
    label = await _queue(place, "combined" if combined else "sets")
    connections = [Connection(place.url, place.admin_token()) for _ in range(callers)]
    held: list[list[dict[str, Any]]] = [[] for _ in range(callers)]
    new = {"items": [{"values": VALUES}] * size}

    async def cycle(number: int) -> int:
        call = connections[number].call
        await _ok(call("POST", f"/api/v1/queues/{label}/items", new))
        told = [{"item": item["id"], "outcome": "done"} for item in held[number]]
        if combined:
            body = {"reports": told, "count": size}
            answer = await _ok(call("POST", f"/api/v1/queues/{label}/report-and-pull", body))
            held[number] = answer["items"]
            return len(told)
        held[number] = (await _ok(call("POST", f"/api/v1/queues/{label}/pull", {"count": size})))["items"]
        told = [{"item": item["id"], "outcome": "done"} for item in held[number]]
        await _ok(call("POST", f"/api/v1/queues/{label}/report", {"reports": told}))
        return len(told)

    return await rate(callers, seconds, cycle)


async def consumers(place: Yard, total: int, callers: int = 8) -> dict[str, Any]:
    """Let callers pull one by one until nothing is left; return how many items were taken once, and not once."""
    token = _botcity_token(place)
    label = await _queue(place, "consumers")
    await _fill(place, label, total)
    taken: Counter[str] = Counter()

    async def consume() -> None:
        connection = Connection(place.url, token)
        while entry := await _ok(connection.call("GET", f"/api/v2/datapool/{label}/pull")):
            taken[entry["id"]] += 1

    started = time.perf_counter()
    await asyncio.gather(*(consume() for _ in range(callers)))
    return {
        "consumers": callers,
        "items": total,
        "taken_once": sum(count == 1 for count in taken.values()),
        "taken_again": sum(count > 1 for count in taken.values()),
        "pulls_per_second": round(total / (time.perf_counter() - started)),
    }


async def depth(place: Yard, total: int, repetitions: int = 60) -> list[dict[str, Any]]:
    """Return the times of reading a queue of many items, in milliseconds."""
    token = _botcity_token(place)
    label = await _queue(place, "depth")
    await _fill(place, label, total)
    native, botcity = Connection(place.url, place.admin_token()), Connection(place.url, token)
    paths = [
        (botcity, f"/api/v2/datapool/{label}/summary"),
        (botcity, f"/api/v2/datapool/{label}/view?size=50"),
        (botcity, f"/api/v2/datapool/{label}/view?size=50&page={total // 200}"),
        (botcity, "/api/v2/datapool"),
        (native, f"/api/v1/queues/{label}"),
        (native, f"/api/v1/queues/{label}/items?limit=50"),
        (native, f"/api/v1/queues/{label}/items?limit=50&state=pending"),
        (botcity, f"/api/v2/datapool/{label}/pull"),
    ]
    figures = []
    for connection, path in paths:
        times = []
        for _ in range(repetitions):
            started = time.perf_counter()
            await _ok(connection.call("GET", path))
            times.append((time.perf_counter() - started) * 1000)
        times.sort()
        p50, p95 = times[repetitions // 2], times[int(repetitions * 0.95)]
        figures.append({"items": total, "path": path, "p50_ms": round(p50, 2), "p95_ms": round(p95, 2)})
    return figures


async def _queue(place: Yard, label: str) -> str:
    await _ok(Connection(place.url, place.admin_token()).call("POST", "/api/v1/queues", {"label": label}))
    return label


async def _fill(place: Yard, label: str, total: int) -> None:
    connections = [Connection(place.url, place.admin_token()) for _ in range(4)]
    raw = json.dumps({"items": [{"values": VALUES}] * 1000}).encode()

    async def fill(connection: Connection, times: int) -> None:
        for _ in range(times):
            await _ok(connection.call("POST", f"/api/v1/queues/{label}/items", raw=raw))

    thousands = total // 1000
    await asyncio.gather(*(fill(one, thousands // 4 + (n < thousands % 4)) for n, one in enumerate(connections)))


def _botcity_token(place: Yard) -> str:
    known = place.cli("connect", "botcity")
    body = {"login": known["login"], "key": known["key"]}
    token: str = place.post("/api/v2/workspace/login", body, "")["accessToken"]
    return token


async def _ok(call: Any) -> Any:
    status, answer = await call
    if status >= 300:
        raise SystemExit(f"{status}: {answer}")
    return answer


def _http(database: str | None, options: argparse.Namespace) -> None:
    kind = "postgres" if database else "sqlite"
    with yard(database, "--no-runner") as place:
        commits = single_row_commits()
        seconds, callers = options.seconds, options.callers
        measured = {
            "dialect_cycles": asyncio.run(dialect(place, callers, seconds)),
            "set_items": asyncio.run(sets(place, callers, seconds, options.size, combined=False)),
            "combined_items": asyncio.run(sets(place, callers, seconds, options.size, combined=True)),
        }
        for name, value in measured.items():
            print(json.dumps(_figure(kind, name, value, commits)), flush=True)
        print(json.dumps({"database": kind, **asyncio.run(consumers(place, 10_000))}), flush=True)


def _figure(database: str, name: str, value: float, commits: float) -> dict[str, Any]:
    return {
        "database": database,
        "S": round(commits),
        f"{name}_per_second": round(value),
        f"{name}_over_S": round(value / commits, 3),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["core", "http", "depth"])
    parser.add_argument("--postgres", help="a PostgreSQL server on which databases may be created")
    parser.add_argument("--callers", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--items", type=int, default=1_000_000)
    options = parser.parse_args()
    with postgres_database(options.postgres) as database:
        kind = "postgres" if database else "sqlite"
        if options.what == "http":
            _http(database, options)
        elif options.what == "depth":
            with yard(database, "--no-runner") as place:
                for figures in asyncio.run(depth(place, options.items)):
                    print(json.dumps({"database": kind, **figures}), flush=True)
        else:
            for size in (1, options.size):
                commits = single_row_commits()
                value = asyncio.run(core(database, options.callers, options.seconds, size))
                print(json.dumps(_figure(kind, f"items_by_{size}", value, commits)), flush=True)


if __name__ == "__main__":
    main()
