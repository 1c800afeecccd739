"""Tables of an app with a million rows: what GraphQL costs, beside the same SQL run directly.

    python -m bench.tables [--rows 1000000] [--seconds 2]
    python -m bench.tables --postgres postgresql://postgres@127.0.0.1/postgres

Rows come in batches of 5,000 through the builder. One JSON line a figure, in milliseconds, without HTTP. Targets: a row
by its unique key 5, a page of 50 filtered and ordered by an indexed column 20, a count with a filter 150, an upsert of
500 rows 120; the schema of 60 tables 300, and known after that. `ratio` is to the same SQL written by hand and run in a
unit of work of its own, at most 2.5 for the small queries; `driver` is that SQL on a bare connection.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import psycopg
import uvloop

from bench.yard import postgres_database
from botyard.base.settings import Settings
from botyard.core import apps, tables, workspaces
from botyard.core.graphql import ApiSchema
from botyard.core.tables import Table
from botyard.storage import Database, Tx
from botyard.storage.rows import Insert, insert
from botyard.storage.sql import compile_query
from botyard.web.tables import Asked, TableApi

BATCH = 5000
KINDS = ("SUC", "PRO", "REF", "LIS", "PAD", "FEE", "ADS", "TAX")
FIELDS = [
    {"name": "allegroId", "type": "text", "unique": True},
    {"name": "occurredAt", "type": "datetime"},
    {"name": "type", "type": "text", "index": True},
    {"name": "value", "type": "number"},
    {"name": "balance", "type": "number"},
]
NAME = "app_130_billing_entries"
ONE = f"query ($k: String!) {{ {NAME}(where: {{allegroId: {{_eq: $k}}}}, limit: 1) {{ id allegroId value }} }}"
PAGE = f"""query ($after: timestamptz!) {{ {NAME}(where: {{occurredAt: {{_lt: $after}}, value: {{_gt: 0}}}},
  order_by: {{occurredAt: desc}}, limit: 50) {{ id allegroId occurredAt type value }} }}"""
PLAIN = f"{{ {NAME}(order_by: {{occurredAt: desc}}, limit: 50) {{ id allegroId occurredAt type value }} }}"
COUNT = f'{{ {NAME}_aggregate(where: {{type: {{_eq: "FEE"}}}}) {{ aggregate {{ count }} }} }}'
UPSERT = f"""mutation ($o: [{NAME}_insert_input!]!) {{ insert_{NAME}(objects: $o, on_conflict:
  {{constraint: uq_{NAME}_allegroId_org, update_columns: [value, balance]}}) {{ affected_rows }} }}"""

Call = Callable[[int], Awaitable[Any]]


def moment(number: int) -> str:
    """Return when an entry happened: one each minute, as rows hold it."""
    return tables.from_micros((1_600_000_000 + number * 60) * 1_000_000)


def make(tx: Tx) -> Table:
    """Make the app with its table."""
    home = workspaces.create(tx, label="bench", name="Bench", now=1)
    said: dict[str, Any] = {"workspace_id": home.id, "app_id": 130, "actor": "user:bench", "now": 1}
    apps.create(tx, slug="shop", **said)
    return tables.create(tx, name="billing_entries", definition={"fields": FIELDS}, **said)


def load(tx: Tx, *, table: Table, first: int, count: int) -> None:
    """Insert a batch of entries."""
    names = ("id", "organization_id", "created_at", "updated_at", "allegroId", "occurredAt", "type", "value", "balance")
    rows = tuple(
        (
            f"{number * 2654435761 % 2**32:08x}-0000-7000-8000-{number:012x}",
            table.workspace_id,
            moment(0),
            moment(0),
            f"entry-{number}",
            moment(number),
            KINDS[number % len(KINDS)],
            (number * 7919 % 20001 - 10000) / 100,
            number % 1000,
        )
        for number in range(first, first + count)
    )
    new = Insert(source=table.source, columns=tuple(table.columns[name] for name in names), rows=rows)
    insert(tx, new, organization=table.workspace_id)


async def median(call: Call, seconds: float) -> float:
    """Return the median time of a call in milliseconds."""
    times = list[float]()
    end = time.perf_counter() + seconds
    number = 0
    while time.perf_counter() < end or number < 5:
        begun = time.perf_counter()
        await call(number)
        times.append((time.perf_counter() - begun) * 1000)
        number += 1
    return statistics.median(times[1:])


def direct_statements(table: Table) -> dict[str, str]:
    """Return the same queries as somebody would write them by hand."""
    of = f'FROM "rows_{table.id}" WHERE organization_id = {table.workspace_id}'
    return {
        "one": f'SELECT id, "allegroId", value {of} AND "allegroId" = %s LIMIT 1',
        "page": f'SELECT id, "allegroId", "occurredAt", type, value {of} AND "occurredAt" < %s AND value > 0'
        ' ORDER BY "occurredAt" DESC, id DESC LIMIT 50',
        "plain": f'SELECT id, "allegroId", "occurredAt", type, value {of} ORDER BY "occurredAt" DESC, id DESC LIMIT 50',
        "count": f"SELECT COUNT(*) {of} AND type = 'FEE'",
    }


def given(name: str, number: int, rows: int) -> list[str]:
    """Return the values of a statement, other ones each time."""
    return {"one": [f"entry-{number * 7919 % rows}"], "page": [moment(number * 7919 % rows)]}.get(name, [])


def in_a_unit(db: Database, table: Table, name: str, rows: int) -> Call:
    """Return a call that runs one of the statements in a unit of work."""
    query = compile_query(direct_statements(table)[name].replace("%s", ":value"), "bench")

    async def call(number: int) -> None:
        found = given(name, number, rows)
        await db.read(lambda tx: tx.all(query, **({"value": found[0]} if found else {})))

    return call


def direct(table: Table, place: str, seconds: float, rows: int, *, postgres: bool) -> dict[str, float]:
    """Return the median time of each statement on a connection of its own, in milliseconds."""
    connection: Any = psycopg.connect(place) if postgres else sqlite3.connect(place)
    found = dict[str, float]()
    for name, text in direct_statements(table).items():
        statement = text if postgres else text.replace("%s", "?")
        times = list[float]()
        end = time.perf_counter() + seconds
        while time.perf_counter() < end or len(times) < 5:
            values = given(name, len(times), rows)
            begun = time.perf_counter()
            connection.execute(statement, values).fetchall()
            times.append((time.perf_counter() - begun) * 1000)
        found[name] = statistics.median(times[1:])
    connection.close()
    return found


def tell(kind: str, what: str, value: float, **more: Any) -> None:
    """Print one figure."""
    print(json.dumps({"database": kind, "what": what, "ms": round(value, 2), **more}), flush=True)


async def measure(db: Database, table: Table, place: str, rows: int, seconds: float) -> None:
    """Print every figure about a table that is full."""
    api = TableApi(Settings(data=Path(place).parent))

    def asking(query: str, variables: Callable[[int], dict[str, Any]] = lambda _: {}) -> Call:
        async def call(number: int) -> None:
            answer = await api.answer(
                db, workspace_id=table.workspace_id, app_id=130, asked=Asked(query=query, variables=variables(number))
            )
            assert "errors" not in answer, answer

        return call

    def batch(number: int) -> dict[str, Any]:
        first = number * 500 % rows
        return {"o": [{"allegroId": f"entry-{first + n}", "value": number, "balance": n} for n in range(500)]}

    bare = await asyncio.to_thread(direct, table, place, seconds, rows, postgres=db.backend == "postgres")
    calls = {
        "one": asking(ONE, lambda n: {"k": f"entry-{n * 7919 % rows}"}),
        "page": asking(PAGE, lambda n: {"after": moment(n * 7919 % rows)}),
        "plain": asking(PLAIN),
        "count": asking(COUNT),
        "upsert": asking(UPSERT, batch),
    }
    for name, call in calls.items():
        found, more = await median(call, seconds), {}
        if name in bare:
            unit = await median(in_a_unit(db, table, name, rows), seconds)
            more = {"direct": round(unit, 2), "ratio": round(found / unit, 2), "driver": round(bare[name], 3)}
        tell(db.backend, name, found, **more)


async def measure_schema(kind: str, table: Table) -> None:
    """Print how long the schema of sixty tables takes to make."""
    each = [
        tables.Table(**{name: getattr(table, name) for name in table.__struct_fields__} | {"id": n, "name": f"t{n}"})
        for n in range(60)
    ]
    begun = time.perf_counter()
    ApiSchema(tables.Schema(workspace_id=1, app_id=130, version=1, tables=each))
    tell(kind, "schema of 60 tables", (time.perf_counter() - begun) * 1000)


async def run(database: str | None, rows: int, seconds: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        db = await Database.open(database, data=Path(folder))
        try:
            table = await db.write(make)
            begun = time.perf_counter()
            for first in range(0, rows, BATCH):
                await db.write(load, table=table, first=first, count=min(BATCH, rows - first))
            tell(db.backend, f"{rows} rows loaded", (time.perf_counter() - begun) * 1000)
            place = database or f"{folder}/botyard.db"
            await measure(db, table, place, rows, seconds)
            await measure_schema(db.backend, table)
        finally:
            await db.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--postgres", help="a PostgreSQL server on which databases may be created")
    options = parser.parse_args()
    if options.postgres:
        with postgres_database(options.postgres) as database:
            uvloop.run(run(database, options.rows, options.seconds))
    else:
        uvloop.run(run(None, options.rows, options.seconds))


if __name__ == "__main__":
    main()
