"""The grid of a table with a million rows: what its pages cost, each with everything that a browser is sent.

    python -m bench.grid [--rows 1000000] [--times 40]
    python -m bench.grid --postgres postgresql://postgres@127.0.0.1/postgres

The server's application answers in this process, as a signed-in operator. One JSON line a page, in milliseconds. A page
that an index leads to is to take at most 50 at p95, however many rows there are; two that no index can lead to, a text
somewhere within and an order without an index, are told for comparison.
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx2
import uvloop

from bench.tables import BATCH, KINDS, moment
from bench.yard import postgres_database
from botyard.base.settings import Settings
from botyard.core import access, apps, rows, tables, workspaces
from botyard.core.access import Role
from botyard.core.tables import Table
from botyard.server.app import create_app
from botyard.storage import Blobs, Database, Tx
from botyard.storage.rows import Insert, insert

CUSTOMERS = 1000
SECONDS = 20.0
LABELS = ("urgent", "gift", "fragile")
FIELDS: dict[str, list[dict[str, Any]]] = {
    "customers": [{"name": "name", "unique": True}],
    "labels": [{"name": "name", "unique": True}],
    "orders": [
        {"name": "number", "unique": True},
        {"name": "customer", "type": "foreign_key", "to": "customers"},
        {"name": "labels", "type": "many_to_many", "to": "labels"},
        {"name": "occurred", "type": "datetime"},
        {"name": "kind", "index": True},
        {"name": "value", "type": "number", "index": True},
        {"name": "note"},
    ],
}
HOME = "/apps/130/tables/orders"


class Shop:
    """The tables, and who looks at them."""

    def __init__(self, orders: Table, customers: list[str], cookie: str) -> None:
        self.orders = orders
        self.customers = customers
        self.cookie = cookie


def make(tx: Tx) -> Shop:
    """Make the app, its small tables and somebody who is signed in."""
    home = workspaces.create(tx, label="bench", name="Bench", now=1)
    said: dict[str, Any] = {"workspace_id": home.id, "app_id": 130, "actor": "user:bench", "now": 1}
    apps.create(tx, slug="shop", **said)
    made = {name: tables.create(tx, name=name, definition={"fields": each}, **said) for name, each in FIELDS.items()}
    called = [
        rows.insert(tx, table="customers", values={"name": f"Customer {number:04}"}, **said)["id"]
        for number in range(CUSTOMERS)
    ]
    for name in LABELS:
        rows.insert(tx, table="labels", values={"name": name}, **said)
    user = access.create_user(tx, login="bench", name="Bench", password_hash="", must_change=False, now=1)
    access.set_role(tx, workspace_id=home.id, user_id=user.id, role=Role.OPERATOR)
    now = int(time.time() * 1_000_000)
    return Shop(made["orders"], called, access.start_session(tx, user_id=user.id, now=now)[0])


def load(tx: Tx, *, shop: Shop, first: int, count: int) -> None:
    """Insert a batch of orders; one in ten has no value."""
    names = ("id", "organization_id", "created_at", "updated_at", *list(shop.orders.columns)[5:])
    found = tuple(
        (
            f"{number * 2654435761 % 2**32:08x}-0000-7000-8000-{number:012x}",
            shop.orders.workspace_id,
            moment(number),
            moment(number),
            f"order-{number}",
            shop.customers[number * 31 % CUSTOMERS],
            moment(number),
            KINDS[number % len(KINDS)],
            (number * 7919 % 20001 - 10000) / 100 if number % 10 else None,
            f"Note {number}",
        )
        for number in range(first, first + count)
    )
    columns = tuple(shop.orders.columns[name] for name in names)
    insert(tx, Insert(source=shop.orders.source, columns=columns, rows=found), organization=shop.orders.workspace_id)


def after(value: Any) -> str:
    """Return where a page begins in the midst of the rows with a value, as the grid's own links say it."""
    text = json.dumps([value, "80000000-0000-7000-8000-000000000000"])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def pages(count: int) -> dict[str, str]:
    """Return the addresses that are asked for, by what they show."""
    middle = moment(count // 2)
    return {
        "first page": HOME,
        "filtered": f"{HOME}?o.kind=eq&v.kind=FEE&o.occurred=lt&v.occurred={middle[:19]}&sort=-occurred",
        "sorted": f"{HOME}?sort=value",
        "sorted, from the end": f"{HOME}?sort=-value",
        "deep inside": f"{HOME}?sort=-occurred&after={after(middle)}",
        "deep inside a value": f"{HOME}?sort=kind&after={after('PRO')}",
        "deep inside, from the end": f"{HOME}?sort=-value&after={after(12.5)}",
        "among the empty": f"{HOME}?sort=value&after={after(None)}",
        "of a customer": f"{HOME}?o.customer_id=named&v.customer_id=customer 0500",
        "a row by its number": f"{HOME}?o.number=eq&v.number=order-{count // 3}",
        "choices by name": f"{HOME}/choices?column=customer_id&typed=customer 05",
        "within texts, no index": f"{HOME}?o.note=has&v.note=no such note",
        "sorted, no index": f"{HOME}?sort=note",
    }


async def measure(db: Database, shop: Shop, folder: Path, count: int, times: int) -> None:
    """Print what each page takes."""
    app = create_app(Settings(data=folder), db, Blobs.open(None, data=folder))
    transport = httpx2.ASGITransport(app=app)
    cookie = {"cookie": f"botyard_session={shop.cookie}"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://bench", timeout=300) as client:
        for name, address in pages(count).items():
            taken = list[float]()
            end = time.perf_counter() + SECONDS
            while len(taken) < times + 1 and (len(taken) < 4 or time.perf_counter() < end):
                begun = time.perf_counter()
                answer = await client.get(address, headers=cookie)
                taken.append((time.perf_counter() - begun) * 1000)
                assert answer.status_code == 200, (name, answer.status_code, answer.text[-2000:])
            ordered = sorted(taken[1:])
            p95 = ordered[int(len(ordered) * 0.95) - 1 if len(ordered) >= 20 else -1]
            found = {
                "database": db.backend,
                "page": name,
                "rows": len(re.findall(r"<tr data-row>|data-id=", answer.text)),
            }
            print(json.dumps({**found, "p50": round(statistics.median(ordered), 1), "p95": round(p95, 1)}), flush=True)


async def run(database: str | None, count: int, times: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        db = await Database.open(database, data=folder)
        try:
            shop = await db.write(make)
            begun = time.perf_counter()
            for first in range(0, count, BATCH):
                await db.write(load, shop=shop, first=first, count=min(BATCH, count - first))
            print(json.dumps({"database": db.backend, "loaded": count, "s": round(time.perf_counter() - begun, 1)}))
            await measure(db, shop, folder, count, times)
        finally:
            await db.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=40, help="how often each page is asked for, within 20 seconds")
    parser.add_argument("--postgres", help="a PostgreSQL server on which databases may be created")
    options = parser.parse_args()
    if options.postgres:
        with postgres_database(options.postgres) as database:
            uvloop.run(run(database, options.rows, options.times))
    else:
        uvloop.run(run(None, options.rows, options.times))


if __name__ == "__main__":
    main()
