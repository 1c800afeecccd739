"""Calls of ELMA's external systems over HTTP, durable, one server, against S in the same minute.

    python -m bench.elma
    python -m bench.elma --postgres postgresql://postgres@127.0.0.1/postgres

`create` starts tasks with three typed parameters, one a request; `status` asks for tasks that wait, and `status_done`
for one that has ended, with output and log. Prints one JSON line a figure. Wanted on SQLite: create at least 0.15 S,
status at least 0.25 S.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from typing import Any

from bench.limits import single_row_commits
from bench.queues import rate
from bench.wire import Connection
from bench.yard import Yard, postgres_database, yard

_PARAMETERS = [
    {"name": "Customer", "type": "string"},
    {"name": "Invoice", "type": "int"},
    {"name": "Due", "type": "datetime"},
    {"name": "Number", "type": "string", "scope": "Out"},
]
_CONTEXT = json.dumps({"customer": "ACME Robotics GmbH", "Invoice": 184467, "due": "2030-01-31T08:30:00Z"})


class Caller:
    """A system with connections of its own."""

    def __init__(self, place: Yard, callers: int) -> None:
        admin = place.admin_token()
        self.token = place.post("/api/v1/connect", {"dialect": "elma"}, admin)["auth_tkn"]
        self.connections = [Connection(place.url, "") for _ in range(callers)]
        body = {"label": "orders", "parameters": _PARAMETERS}
        self.process = place.post("/api/v1/automations", body, admin)["id"]
        place.deploy_nothing("orders")
        self.tasks: list[int] = []

    async def call(self, number: int, route: str, **body: Any) -> Any:
        """Make a call that has to succeed; return its task."""
        sent = {"auth_tkn": self.token, **body}
        _, answer = await self.connections[number].call("POST", f"/v1/orchestra/task/{route}", sent)
        if answer["status"] not in (200, 201):
            raise SystemExit(answer)
        return answer["task"]

    async def create(self, number: int) -> int:
        """Start a task."""
        task = {"process": self.process, "version": 0, "ctx": _CONTEXT}
        self.tasks.append((await self.call(number, "create", task=task))["id"])
        return 1

    async def status(self, number: int) -> int:
        """Ask for one of the tasks that were started."""
        await self.call(number, "status", id=self.tasks[(number * 7919 + len(self.tasks) // 2) % len(self.tasks)])
        return 1


async def _measure(place: Yard, callers: int, seconds: float) -> dict[str, float]:
    caller = Caller(place, callers)
    figures = {"create": await rate(callers, seconds, caller.create)}
    figures["status"] = await rate(callers, seconds, caller.status)
    done = await _finish_one(place)

    async def status_done(number: int) -> int:
        assert (await caller.call(number, "status", id=done))["status"] == "DONE"
        return 1

    figures["status_done"] = await rate(callers, seconds, status_done)
    return figures


async def _finish_one(place: Yard) -> int:
    """Run a task with a log of fifty lines by hand, and return its id."""
    runner = Connection(place.url, place.runner_tokens(1)[0])
    _, leased = await runner.call("POST", "/api/v1/runner/lease", {"free": 1, "claim": "bench"})
    (lease,) = leased["leases"]
    path = f"/api/v1/runner/attempts/{lease['attempt']}"
    await runner.call("POST", f"{path}/start", {})
    lines = [[number, 1_700_000_000_000_000, "stdout", "Invoice 184467 booked"] for number in range(1, 51)]
    await runner.call("POST", f"{path}/logs", {"lines": lines, "complete": True})
    await runner.call("POST", f"{path}/end", {"exit_code": 0, "outcome": "succeeded", "output": {"Number": "A-7"}})
    return int(lease["task"])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--postgres", help="a PostgreSQL server on which databases may be created")
    parser.add_argument("--callers", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=4.0)
    options = parser.parse_args()
    with postgres_database(options.postgres) as database, yard(database, "--no-runner") as place:
        commits = single_row_commits()
        for name, value in asyncio.run(_measure(place, options.callers, options.seconds)).items():
            figure = {f"{name}_per_second": round(value), f"{name}_over_S": round(value / commits, 3)}
            print(json.dumps({"database": "postgres" if database else "sqlite", "S": round(commits), **figure}))


if __name__ == "__main__":
    main()
