"""Spans and messages of Bot Velocity executions over HTTP, one server, against S in the same minute.

    python -m bench.traces
    python -m bench.traces --postgres postgresql://postgres@127.0.0.1/postgres

Spans come 50 a request, messages one a request as the client sends them, each request durable when it is answered.
Prints one JSON line a figure.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
import uuid
from typing import Any
from urllib.parse import urlsplit

from bench.limits import single_row_commits
from bench.queues import rate
from bench.wire import Connection
from bench.yard import Yard, postgres_database, yard

BATCH = 50


class Execution:
    """A development task with a connection of its own."""

    def __init__(self, place: Yard) -> None:
        made = place.post("/api/v1/connect", {"dialect": "botvelocity"}, place.admin_token())
        self.base = urlsplit(made["base_url"]).path
        self.id = made["execution_id"]
        self.connection = Connection(place.url, "")
        self.connection.head += f"X-Robot-Token: {made['robot_token']}\r\n".encode()

    async def send(self, path: str, body: Any) -> None:
        """Send one request, which must be taken."""
        status, answer = await self.connection.call("POST", self.base + path.format(self.id), body)
        if status != 201 or answer["dropped"]:
            raise SystemExit(f"{status}: {answer}")


async def spans(executions: list[Execution], seconds: float) -> float:
    """Return spans a second."""

    async def cycle(number: int) -> int:
        await executions[number].send("/agent-traces/{}/spans", {"spans": [_span() for _ in range(BATCH)]})
        return BATCH

    return await rate(len(executions), seconds, cycle)


async def messages(executions: list[Execution], seconds: float) -> float:
    """Return messages a second."""

    async def cycle(number: int) -> int:
        body = {"timestamp": "2026-01-02T03:04:05.678901+00:00", "level": "INFO", "message": "Invoice 184467 booked"}
        await executions[number].send("/job-executions/{}/logs", body)
        return 1

    return await rate(len(executions), seconds, cycle)


def _span() -> dict[str, Any]:
    now = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime())
    return {
        "name": "llm_call",
        "span_id": str(uuid.uuid4()),
        "parent_span_id": "root",
        "input_payload": {"question": "What did ACME pay in May?"},
        "output_payload": {"answer": "1190.50", "tokens": 150},
        "start_time": now,
        "end_time": now,
        "duration_ms": 12,
        "tags": {"model": "m"},
    }


async def _measure(place: Yard, callers: int, seconds: float) -> dict[str, float]:
    executions = [Execution(place) for _ in range(callers)]
    return {"spans": await spans(executions, seconds), "messages": await messages(executions, seconds)}


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
