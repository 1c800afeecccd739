"""The cache service over HTTP, 16 callers and one server, against S in the same minute.

    python -m bench.cache
    python -m bench.cache --postgres postgresql://postgres@127.0.0.1/postgres
    python -m bench.cache --redis redis://127.0.0.1:6379/0

Each set is durable when it is answered, except in Redis. The goals are 0.2 S for set and 0.3 S for get, on SQLite.
Prints one JSON line a figure.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os

from bench.limits import single_row_commits
from bench.queues import rate
from bench.wire import Connection
from bench.yard import Yard, postgres_database, yard

VALUE = {"customer": "ACME Robotics GmbH", "pages": 12, "cursor": "eyJvZmZzZXQiOjQwMH0=", "rates": [1.0, 0.25]}
KEYS = 1000
SCOPE = "?task_id=5b0e7a9c-1f2d-4c3b-8a69-0d1e2f3a4b5c&action_id=1&cache_type=app"


async def _measure(place: Yard, callers: int, seconds: float) -> dict[str, float]:
    token = place.post("/api/v1/connect", {"dialect": "automio"}, place.admin_token())["env"]["CACHE_SERVICE_TOKEN"]
    connections = [Connection(place.url, token) for _ in range(callers)]
    counts = [0] * callers

    async def put(number: int) -> int:
        counts[number] += 1
        key = f"page {number}/{counts[number] % KEYS}"
        body = {"action": "1", "key": key, "value": VALUE, "ttl": 600}
        status, answer = await connections[number].call("POST", f"/cache/set/{SCOPE}", body)
        if status != 200 or not answer["success"]:
            raise SystemExit(f"{status}: {answer}")
        return 1

    async def get(number: int) -> int:
        counts[number] += 1
        path = f"/cache/get/page%20{number}/{1 + counts[number] % 50}/{SCOPE}"
        status, answer = await connections[number].call("GET", path)
        if status != 200 or answer["value"] != VALUE:
            raise SystemExit(f"{status}: {answer}")
        return 1

    return {"set": await rate(callers, seconds, put), "get": await rate(callers, seconds, get)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--postgres", help="a PostgreSQL server on which databases may be created")
    parser.add_argument("--redis", help="a Redis server that the values go to; its database should hold nothing else")
    parser.add_argument("--callers", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=4.0)
    options = parser.parse_args()
    if options.redis:
        os.environ["BOTYARD_CACHE_URL"] = options.redis
    with postgres_database(options.postgres) as database, yard(database, "--no-runner") as place:
        commits = single_row_commits()
        for name, value in asyncio.run(_measure(place, options.callers, options.seconds)).items():
            kind = "redis" if options.redis else "postgres" if database else "sqlite"
            figure = {f"{name}_per_second": round(value), f"{name}_over_S": round(value / commits, 3)}
            print(json.dumps({"cache": kind, "S": round(commits), **figure}))


if __name__ == "__main__":
    main()
