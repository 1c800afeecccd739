"""Whole task cycles and log lines over HTTP, durable, against S in the same minute.

    python -m bench.cycle                                              SQLite
    python -m bench.cycle --postgres postgresql://postgres@127.0.0.1/postgres

A cycle is create, lease, finish: three requests, four durable state changes with their events, with
authentication, one server process. Prints one JSON line a repetition.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from typing import Any

from bench.limits import single_row_commits
from bench.wire import Connection
from bench.yard import Yard, postgres_database, yard


async def cycles(place: Yard, callers: int, seconds: float) -> float:
    """Return task cycles a second by `callers` that each create, lease and end one task at a time."""
    place.deploy_nothing("cycle")
    tokens = place.runner_tokens(callers)
    admin = place.admin_token()
    stop = time.perf_counter() + seconds
    started = time.perf_counter()
    done = await asyncio.gather(*(_cycle(place.url, admin, token, stop) for token in tokens))
    return sum(done) / (time.perf_counter() - started)


async def _cycle(url: str, admin: str, token: str, stop: float) -> int:
    people, runner = Connection(url, admin), Connection(url, token)
    body = {"automation": "cycle", "parameters": {"customer": "ACME Robotics GmbH", "invoice": 184467}}
    count = 0
    while time.perf_counter() < stop:
        await _ok(people.call("POST", "/api/v1/tasks", body))
        claim = {"free": 1, "claim": f"{token[-20:]}{count}", "wait": 5}
        leases = (await _ok(runner.call("POST", "/api/v1/runner/lease", claim)))["leases"]
        for lease in leases:
            path = f"/api/v1/runner/attempts/{lease['attempt']}/end"
            await _ok(runner.call("POST", path, {"exit_code": 0, "outcome": "succeeded"}))
            count += 1
    return count


async def lines(place: Yard, callers: int, seconds: float, size: int = 100) -> float:
    """Return log lines a second by `callers` that each send `size` lines a request."""
    place.deploy_nothing("lines")
    token = place.runner_tokens(1, slots=callers)[0]
    admin = Connection(place.url, place.admin_token())
    for _ in range(callers):
        await _ok(admin.call("POST", "/api/v1/tasks", {"automation": "lines"}))
    lease = await _ok(
        Connection(place.url, token).call("POST", "/api/v1/runner/lease", {"free": callers, "claim": "l"})
    )
    stop = time.perf_counter() + seconds
    started = time.perf_counter()
    done = await asyncio.gather(*(_lines(place.url, token, one["attempt"], stop, size) for one in lease["leases"]))
    return sum(done) / (time.perf_counter() - started)


async def _lines(url: str, token: str, attempt: str, stop: float, size: int) -> int:
    runner, text, count = Connection(url, token), "x" * 90, 0
    while time.perf_counter() < stop:
        now = time.time_ns() // 1000
        batch = ",".join(f'[{count + n},{now + n},"stdout","{text}"]' for n in range(1, size + 1))
        raw = f'{{"lines":[{batch}]}}'.encode()
        reply = await _ok(runner.call("POST", f"/api/v1/runner/attempts/{attempt}/logs", raw=raw))
        assert reply["accepted"] == size, reply
        count += size
    return count


async def _ok(call: Any) -> Any:
    status, answer = await call
    if status >= 300:
        raise SystemExit(f"{status}: {answer}")
    return answer


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--postgres", help="a PostgreSQL server on which databases may be created")
    parser.add_argument("--callers", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--repetitions", type=int, default=3)
    options = parser.parse_args()
    for _ in range(options.repetitions):
        with postgres_database(options.postgres) as database, yard(database, "--no-runner") as place:
            commits = single_row_commits()
            rate = asyncio.run(cycles(place, options.callers, options.seconds))
            written = asyncio.run(lines(place, options.callers, options.seconds))
            figures = {
                "database": "postgres" if database else "sqlite",
                "S": round(commits),
                "cycles_per_second": round(rate),
                "cycles_over_S": round(rate / commits, 3),
                "log_lines_per_second": round(written),
                "log_lines_over_S": round(written / commits, 2),
            }
        print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
