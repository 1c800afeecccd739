"""Hot statements follow an index, on a large table too that no statistics were made of yet."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from botyard.core import logs, tasks
from botyard.core.logs import LogBatch
from botyard.core.logs.append import sql as log_sql
from botyard.core.tasks import LeaseRequest, NewTask
from botyard.core.tasks.statements import sql
from botyard.storage import Database, Queries, Tx
from botyard.storage.postgres_session import connect
from botyard.storage.sql import Query
from tests.support.work import LEASE, NOW, deploy, make_runner, make_workspace

Plan = Callable[[Query, dict[str, Any]], str]

ENDED = {"id": "a", "task_id": 1, "epoch": 1, "state": "failed", "now": NOW}
TASKS: dict[str, dict[str, Any]] = {
    "get": {"workspace_id": 1, "task_id": 1},
    "by_ids": {"ids": "[1]"},
    "claim": {"workspace_id": 1, "label": None, "count": 1, "now": NOW},
    "lease_details": {"ids": "[1]"},
    "repeated_claims": {"claims": '["a"]'},
    "touch_runners": {"ids": '["a"]', "now": NOW},
    "beat": {"runner_id": "a", "ids": '["a"]', "lease_until": NOW},
    "standing": {"runner_id": "a", "ids": '["a"]'},
    "attempts_to_end": {"ids": '["a"]'},
    "end_attempts": {"rows": json.dumps([ENDED])},
    "end_tasks": {"rows": json.dumps([ENDED])},
    "make_ready": {"ids": "[1]", "now": NOW},
    "live_attempt": {"task_id": 1},
    "expired": {"deadline": NOW, "limit": 10},
    "promote_due": {"now": NOW, "limit": 10},
    "attempts_of": {"workspace_id": 1, "task_id": 1, "limit": 10},
    "claim_inputs": {"holder": "h", "now": NOW, "until": NOW, "limit": 10},
    "inputs_of": {"workspace_id": 1, "task_id": 1, "limit": 10},
    "input_files": {"ids": "[1]"},
    "stuck_preparing": {"limit": 10},
    "keep_outputs": {"rows": json.dumps([[1, 1, "{}", NOW]])},
    "prunable": {"before": NOW, "limit": 10},
}
LOGS: dict[str, dict[str, Any]] = {
    "attempts": {"ids": '["a"]'},
    "follow": {"workspace_id": 1, "task_id": 1, "epoch": 0, "seq": 0, "limit": 10},
    "tail": {"workspace_id": 1, "task_id": 1, "epoch": 9, "seq": 9, "limit": 10},
}
LARGE = ("tasks", "attempts", "task_logs")


@pytest.fixture
async def plan(db: Database, database_url: str | None, data: Path) -> AsyncIterator[Plan]:
    """Yield a function that explains a statement on a database with some thousand tasks."""

    def fill(tx: Tx) -> None:
        workspace = make_workspace(tx)
        deploy(tx, workspace, automation="a")
        new = NewTask(workspace_id=workspace.id, automation="a", actor="u", now=NOW)
        for _ in range(8):
            tasks.create_many(tx, [new] * 500)
        for number in range(12):
            runner = make_runner(tx, workspace, slots=256)
            request = LeaseRequest(
                workspace_id=workspace.id, runner_id=runner, free=256, claim=str(number), now=NOW, lease=LEASE
            )
            (leases,) = tasks.lease_many(tx, [request])
            assert isinstance(leases, list)
            write_log(tx, runner, leases[0].attempt_id)

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


def write_log(tx: Tx, runner: str, attempt_id: str) -> None:
    """Fill the log of an attempt."""
    batch = LogBatch(
        runner_id=runner,
        attempt_id=attempt_id,
        lines=[(number, NOW, "stdout", "a line") for number in range(1, 1001)],
        complete=False,
        max_lines=10_000,
        max_bytes=10_000_000,
        now=NOW,
    )
    logs.append_many(tx, [batch])


def lines(rows: Iterable[str]) -> str:
    """Return a plan as one text."""
    return "\n".join(rows)


@pytest.mark.parametrize(("queries", "hot"), [(sql, TASKS), (log_sql, LOGS)], ids=["tasks", "logs"])
async def test_no_hot_statement_reads_a_whole_table(
    plan: Plan, backend: str, queries: Queries, hot: dict[str, dict[str, Any]]
) -> None:
    plans = {name: plan(getattr(queries, name), params) for name, params in hot.items()}

    assert {name: text for name, text in plans.items() if reads_everything(text, backend)} == {}
    if queries is sql:
        assert "tasks_ready" in plans["claim"]
        assert "attempts_live" in plans["expired"]


def reads_everything(text: str, backend: str) -> bool:
    """Whether a plan goes through all rows of a table that grows."""
    if backend == "postgres":
        return any(f"Seq Scan on {table}" in text for table in LARGE)
    aliases = ("t", "x", *LARGE)
    starts = tuple(f"SCAN {alias}" for alias in aliases)
    found = [line for line in text.splitlines() if line.startswith(starts) and "INDEX" not in line]
    return any(line.split()[1] in aliases for line in found)
