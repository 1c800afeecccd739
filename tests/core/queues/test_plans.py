"""Hot statements follow an index, on a large queue too that no statistics were made of yet."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from botyard.core.queues.statements import sql
from botyard.storage import Database, Tx
from botyard.storage.postgres_session import connect
from botyard.storage.sql import Query
from tests.support.queues import make_queue, pull, push

Plan = Callable[[Query, dict[str, Any]], str]

ROW = [1, "pending", "done", 0, None, None, None, 0, None]
HOT: dict[str, dict[str, Any]] = {
    "first_oldest": {"queue_id": 1, "count": 1},
    "first_newest": {"queue_id": 1, "count": 1, "priority": 0},
    "top_priority": {"queue_id": 1, "below": 11},
    "take": {"rows": json.dumps([[1, 0, None, None, None, None, "a", None, None]])},
    "lock_items": {"ids": "[1]"},
    "end_items": {"rows": json.dumps([ROW])},
    "link_children": {"rows": "[[1, 2]]"},
    "release_items": {"rows": "[[1, 1]]"},
    "repeated_claims": {"claims": '["a"]'},
    "existing_keys": {"keys": '[[1, "a", 1]]'},
    "promote": {"now": 0, "limit": 1},
    "over_limit": {"now": 0, "limit": 1},
    "lease_over": {"now": 0, "limit": 1},
    "holders_gone": {"since": 0, "limit": 1},
    "oldest_pending": {"queue_id": 1},
    "failures": {"queue_id": 1, "window": 10, "limit": 10},
    "view_oldest": {"queue_id": 1, "limit": 10, "offset": 100},
    "view_newest": {"queue_id": 1, "limit": 10, "offset": 100},
}


@pytest.fixture
async def plan(db: Database, database_url: str | None, data: Path) -> AsyncIterator[Plan]:
    """Yield a function that explains a statement on a database with some thousand items."""

    def fill(tx: Tx) -> None:
        queue = make_queue(tx)
        for _ in range(8):
            push(tx, queue, *range(1000))
        pull(tx, queue, count=1000)

    await db.write(fill)
    if database_url is None:
        file = sqlite3.connect(data / "botyard.db")
        yield lambda query, params: lines(row[3] for row in file.execute(f"EXPLAIN QUERY PLAN {query.sqlite}", params))
        file.close()
    else:
        server: Any = connect(database_url)
        yield lambda query, params: lines(
            row["QUERY PLAN"] for row in server.execute(f"EXPLAIN {query.postgres}", params)
        )
        server.close()


def lines(rows: Iterable[str]) -> str:
    """Return a plan as one text."""
    return "\n".join(rows)


async def test_no_hot_statement_reads_all_items_or_sorts_them(plan: Plan, backend: str) -> None:
    plans = {name: plan(getattr(sql, name), params) for name, params in HOT.items()}

    if backend == "postgres":
        bad = {name: text for name, text in plans.items() if "Seq Scan on items" in text or "Bitmap" in text}
        assert "items_ready" in plans["first_oldest"]
        assert "Sort" not in plans["first_oldest"]
        assert "items_by_queue" in plans["view_oldest"]
    else:
        scans = ("SCAN items", "SCAN i")
        bad = {
            name: text
            for name, text in plans.items()
            if any(line.startswith(scans) and "INDEX" not in line for line in text.splitlines())
        }
        assert "USING INDEX items_ready" in plans["first_oldest"]
        assert "TEMP B-TREE" not in plans["first_oldest"] + plans["view_oldest"].splitlines()[0]
    assert bad == {}
