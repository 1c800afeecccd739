"""The newest page of each list, and each filter that is offered, follow an index, and read no table as a whole."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from botyard.core import access, alerts, artifacts, audit, errors, events, messages, runners, traces
from botyard.core.alerts import Level
from botyard.core.messages import State
from botyard.storage import Database, Query, Row, Select, Tx
from botyard.storage.sql import compile_query
from tests.support.work import make_workspace

#: Large enough that reading a whole table is never the cheaper plan.
ROWS = 6000
READS: dict[str, Callable[[Tx], object]] = {
    "alerts": lambda tx: alerts.search(tx, workspace_id=2),
    "alerts of a task": lambda tx: alerts.search(tx, workspace_id=2, task_id=7),
    "alerts of a level": lambda tx: alerts.search(tx, workspace_id=2, level=Level.WARN),
    "artifacts": lambda tx: artifacts.search(tx, workspace_id=2),
    "artifacts of a task": lambda tx: artifacts.search(tx, workspace_id=2, task_id=7),
    "audit": lambda tx: audit.find(tx, workspace_id=2),
    "audit of an actor": lambda tx: audit.find(tx, workspace_id=2, actor="user:ann"),
    "errors": lambda tx: errors.search(tx, workspace_id=2),
    "errors of a task": lambda tx: errors.search(tx, workspace_id=2, task_id=7),
    "errors of a group": lambda tx: errors.search(tx, workspace_id=2, group_id=7),
    "errors of an automation": lambda tx: errors.search(tx, workspace_id=2, automation="a"),
    "error groups": lambda tx: errors.search_groups(tx, workspace_id=2),
    "all error groups": lambda tx: errors.search_groups(tx, workspace_id=2, resolved=None),
    "events": lambda tx: events.search(tx, workspace_id=2),
    "events from one on": lambda tx: events.follow(tx, workspace_id=2, after_id=1),
    "events from now on": lambda tx: events.follow(tx, workspace_id=2, after_id=None),
    "keys": lambda tx: access.search_tokens(tx, workspace_id=2),
    "messages": lambda tx: messages.search(tx, workspace_id=2),
    "messages of a task": lambda tx: messages.search(tx, workspace_id=2, task_id=7),
    "messages that failed": lambda tx: messages.search(tx, workspace_id=2, state=State.FAILED),
    "runners": lambda tx: runners.by_names(tx, workspace_id=2),
    "spans": lambda tx: traces.newest(tx, workspace_id=2),
    "spans of an automation": lambda tx: traces.newest(tx, workspace_id=2, automation="a", status="error"),
}
#: What fills a table: rows of the busy workspace 1, and every hundredth one of workspace 2.
FILLS = (
    (
        "INSERT INTO automations (id, workspace_id, label, name, created_at, updated_at)"
        " SELECT 'b' || n, w, 'b' || n, 'b', n, n FROM numbers"
    ),
    (
        "INSERT INTO tasks (workspace_id, automation_id, state, priority, parameters, max_attempts, created_at,"
        " created_by, updated_at, queued_at, finished_at)"
        " SELECT w, 'a' || w, 'succeeded', 0, '{}', 1, n, 'user:ann', n, n, n FROM numbers"
    ),
    (
        "INSERT INTO alerts (workspace_id, task_id, level, title, message, created_at, created_by)"
        " SELECT w, n, 'info', 't', 'm', n, 'user:ann' FROM numbers"
    ),
    (
        "INSERT INTO artifacts (workspace_id, task_id, name, file_name, digest, uploaded_at, created_at, created_by)"
        " SELECT w, n, 'f', 'f', 'd' || n, n, n, 'user:ann' FROM numbers"
    ),
    (
        "INSERT INTO audit (workspace_id, actor, action, target, verdict, at)"
        " SELECT w, 'user:ann', 'tasks.cancel', '1', 'allowed', n FROM numbers"
    ),
    (
        "INSERT INTO error_groups (workspace_id, automation_id, fingerprint, type, message, place, total, first_seen,"
        " last_seen, last_task_id, resolved_at, resolved_by)"
        " SELECT w, 'a' || w, CAST(n AS TEXT), 'E', 'm', 'p', 1, n, n, n, n, 'user:ann' FROM numbers"
    ),
    (
        "INSERT INTO errors (workspace_id, task_id, group_id, type, message, language, tags, created_at, created_by)"
        " SELECT w, n, n, 'E', 'm', 'python', '{}', n, 'user:ann' FROM numbers"
    ),
    (
        "INSERT INTO events (workspace_id, kind, entity, entity_id, actor, at)"
        " SELECT w, 'task.created', 'task', CAST(n AS TEXT), 'user:ann', n FROM numbers"
    ),
    (
        "INSERT INTO messages (workspace_id, task_id, subject, body, format, recipients, created_at, created_by)"
        " SELECT w, n, 's', 'b', 'text', '{}', n, 'user:ann' FROM numbers"
    ),
    (
        "INSERT INTO deliveries (workspace_id, message_id, state, queued_at, due_at, updated_at)"
        " SELECT w, n, 'sent', n, n, n FROM numbers"
    ),
    (
        "INSERT INTO tokens (id, workspace_id, kind, dialect, name, secret_hash, owner_kind, owner_id, created_at)"
        " SELECT 't' || n, w, 'key', 'native', 'k', 'h', 'user', '1', n FROM numbers"
    ),
    (
        "INSERT INTO runners (id, workspace_id, name, slots, host, os, version, created_at, seen_at)"
        " SELECT 'r' || n, w, 'r', 1, 'h', 'o', '1', n, n FROM numbers"
    ),
    (
        "INSERT INTO spans (workspace_id, task_id, epoch, span_id, name, source, received_at)"
        " SELECT w, n, 1, 's', 's', 'native', n FROM numbers"
    ),
)
NUMBERS = (
    "WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {rows}),"
    " numbers AS (SELECT n, CASE WHEN n % 100 = 7 THEN 2 ELSE 1 END AS w FROM counted) "
)


LARGE = "alerts|artifacts|audit|errors|error_groups|events|messages|deliveries|tokens|runners|spans|tasks"


class Explained:
    """Reads as a transaction does, and keeps the plan of each statement."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self.plans: list[str] = []

    def one(self, query: Query, **params: Any) -> Row | None:
        rows = self.all(query, **params)
        return rows[0] if rows else None

    def all_of(self, select: Select) -> list[Row]:
        return self.all(select.query(), **select.params)

    def all(self, query: Query, **params: Any) -> list[Row]:
        asked = Query(query.name, f"EXPLAIN QUERY PLAN {query.sqlite}", f"EXPLAIN {query.postgres}")
        rows = self._tx.all(asked, **params)
        self.plans += [str(row.get("detail") or row.get("QUERY PLAN")) for row in rows]
        return self._tx.all(query, **params)


def fill(tx: Tx) -> None:
    for number in (1, 2):
        workspace = make_workspace(tx)
        values = "id, workspace_id, label, name, created_at, updated_at"
        made = f"INSERT INTO automations ({values}) VALUES ('a{number}', :id, 'a', 'a', 1, 1)"
        tx.run(compile_query(made), id=workspace.id)
    for statement in FILLS:
        head, _, rows = statement.partition(" SELECT ")
        tx.run(compile_query(f"{head} {NUMBERS.format(rows=ROWS)} SELECT {rows}"))
    tx.run(compile_query("ANALYZE"))


def faults(plans: list[str]) -> list[str]:
    """Return what reads a whole large table."""
    parts = {part.split()[1] for part in plans if part.startswith(("CO-ROUTINE", "MATERIALIZE"))}
    whole = re.compile(rf"^SCAN (?!{'|'.join(parts) or '-'}\b)\w+$|Seq Scan on ({LARGE})\b")
    return [line for line in plans if whole.search(line.strip())]


async def test_no_list_reads_a_large_table_as_a_whole(db: Database) -> None:
    await db.write(fill)
    assert {name: found for name, plans in (await db.read(explained)).items() if (found := faults(plans))} == {}


def explained(tx: Tx) -> dict[str, list[str]]:
    """Return the plans of each list."""
    found = {}
    for name, read in READS.items():
        reading = Explained(tx)
        read(reading)  # type: ignore[arg-type]
        found[name] = reading.plans
    return found
