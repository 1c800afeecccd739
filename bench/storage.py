"""Durable writes a second through the storage facade, by number of callers.

    .venv/bin/python bench/storage.py [--seconds 1.5] [--only sqlite|postgres] [postgresql://user@host/empty-database]

`write` inserts one row a call, `set` the same through a set operation, `read` reads one row by its key. Compare
with the raw limits of the same minute: one SQLite row a commit, one PostgreSQL insert a commit.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvloop

from botyard.storage import Database, Tx
from botyard.storage.sql import compile_query

PAYLOAD = '{"customer":"ACME Robotics","invoice":184467,"path":"inbox/2026/11/0001.pdf"}'
INSERT = compile_query(
    "INSERT INTO events (workspace_id, kind, entity, entity_id, actor, at, data)"
    " VALUES (:workspace_id, 'bench', 'bench', 'x', 'bench', 1, :data) RETURNING id"
)
INSERT_MANY_SQLITE = compile_query(
    "INSERT INTO events (workspace_id, kind, entity, entity_id, actor, at, data)"
    " SELECT value, 'bench', 'bench', 'x', 'bench', 1, :data FROM json_each(:ids)"
)
INSERT_MANY_POSTGRES = compile_query(
    "INSERT INTO events (workspace_id, kind, entity, entity_id, actor, at, data)"
    " SELECT CAST(value AS BIGINT), 'bench', 'bench', 'x', 'bench', 1, :data"
    " FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) AS given (value)"
)
READ = compile_query("SELECT id, data FROM events WHERE id = :id")


def insert(tx: Tx, *, workspace_id: int) -> int:
    row = tx.one(INSERT, workspace_id=workspace_id, data=PAYLOAD)
    assert row is not None
    return int(row["id"])


def insert_many(tx: Tx, items: list[int]) -> list[int]:
    query = INSERT_MANY_SQLITE if tx.backend == "sqlite" else INSERT_MANY_POSTGRES
    tx.run(query, ids=f"[{','.join(map(str, items))}]", data=PAYLOAD)
    return items


def read(tx: Tx, *, id: int) -> object:  # noqa: A002
    return tx.one(READ, id=id)


async def rate(callers: int, seconds: float, call: Callable[[], Awaitable[object]]) -> tuple[float, float, float]:
    """Return calls a second, and the median and 99th percentile of a call in milliseconds."""
    end = time.perf_counter() + seconds
    times: list[float] = []

    async def caller() -> None:
        while (before := time.perf_counter()) < end:
            await call()
            times.append(time.perf_counter() - before)

    started = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    elapsed = time.perf_counter() - started
    times.sort()
    return len(times) / elapsed, times[len(times) // 2] * 1000, times[len(times) * 99 // 100] * 1000


def raw_sqlite(folder: Path, seconds: float = 0.7) -> float:
    connection = sqlite3.connect(folder / "raw.db", isolation_level=None)
    connection.executescript(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (id INTEGER PRIMARY KEY, data TEXT)"
    )
    count, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO t (data) VALUES (?)", (PAYLOAD,))
        connection.execute("COMMIT")
        count += 1
    connection.close()
    return count / seconds


def raw_postgres(url: str, seconds: float = 0.7) -> float:
    import psycopg

    with psycopg.connect(url, autocommit=True, prepare_threshold=0) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS raw_bench (id BIGSERIAL PRIMARY KEY, data TEXT)")
        count, started = 0, time.perf_counter()
        while time.perf_counter() - started < seconds:
            connection.execute("INSERT INTO raw_bench (data) VALUES (%s)", (PAYLOAD,))
            count += 1
        connection.execute("DROP TABLE raw_bench")
    return count / seconds


async def measure(url: str | None, folder: Path, seconds: float) -> None:
    limit = raw_postgres(url) if url else raw_sqlite(folder)
    db = await Database.open(url, data=folder / "data")
    print(f"{db.backend}: raw limit {limit:,.0f} one-row commits/s")
    known = await db.write(insert, workspace_id=1)
    kinds: dict[str, Callable[[], Awaitable[object]]] = {
        "write": lambda: db.write(insert, workspace_id=1),
        "set": lambda: db.write_set(insert_many, 1),
        "read": lambda: db.read(read, id=known),
    }
    for kind, call in kinds.items():
        for callers in (1, 16, 64):
            per_second, median, tail = await rate(callers, seconds, call)
            print(
                f"  {kind:5} {callers:3} callers {per_second:9,.0f} /s  x{per_second / limit:5.2f}"
                f"  p50 {median:6.2f} ms  p99 {tail:6.2f} ms"
            )
    await db.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url", nargs="?")
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    parser.add_argument(
        "--switch", type=float, default=sys.getswitchinterval(), help="the interpreter's switch interval"
    )
    options = parser.parse_args()
    sys.setswitchinterval(options.switch)
    for backend, url in (("sqlite", None), ("postgres", options.url)):
        if (backend == "postgres" and not url) or options.only not in (None, backend):
            continue
        with tempfile.TemporaryDirectory() as folder:
            uvloop.run(measure(url, Path(folder), options.seconds))


if __name__ == "__main__":
    main()
