"""What is due, and what has been sent of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from botyard.base import jsontext
from botyard.base.clock import MINUTE
from botyard.core.telemetry.model import AttemptToExport, SpanToExport, TaskToExport
from botyard.core.telemetry.note import sql
from botyard.storage import Row, Tx

#: Characters of payloads that one batch may have, unless its only span has more.
_MAX_SIZE = 4 * 1024 * 1024
#: A task that finishes is visible at the latest after this, whatever its transaction waits for.
_SLOWEST = 2 * MINUTE


def has_due(tx: Tx) -> bool:
    """Return whether anything is due."""
    return bool(tx.all(sql.due_spans, limit=1)) or bool(tx.all(sql.due_tasks, limit=1))


def due_spans(tx: Tx, *, limit: int) -> list[SpanToExport]:
    """Return the spans that have been due for the longest, fewer than `limit` when they are large."""
    keys = _prefix(tx.all(sql.due_spans, limit=limit))
    rows = tx.all(sql.spans, keys=jsontext.encode([[row["task_id"], row["epoch"], row["span_id"]] for row in keys]))
    return [SpanToExport(**row) for row in rows]


def _prefix(rows: Sequence[Row]) -> list[Row]:
    room, kept = _MAX_SIZE, list[Row]()
    for row in rows:
        room -= row["size"]
        if room < 0 and kept:
            break
        kept.append(row)
    return kept


def spans_sent(tx: Tx, *, spans: Sequence[SpanToExport]) -> None:
    """Strike off spans that were sent; one that has been sent to us again since then stays due."""
    sent = [[span.task_id, span.epoch, span.span_id, span.noted_at] for span in spans]
    tx.run(sql.spans_sent, sent=jsontext.encode(sent))


def due_tasks(tx: Tx, *, limit: int) -> list[TaskToExport]:
    """Return tasks that have finished, those first that did so first."""
    rows = tx.all(sql.due_tasks, limit=limit)
    below: dict[int, list[AttemptToExport]] = defaultdict(list)
    for row in tx.all(sql.attempts, ids=jsontext.encode([row["id"] for row in rows])):
        below[row["task_id"]].append(AttemptToExport(**row))
    return [TaskToExport(**row, attempts=below[row["id"]]) for row in rows]


def tasks_sent(tx: Tx, *, tasks: Sequence[TaskToExport]) -> None:
    """Strike off tasks that were sent; one that finishes once more is due again."""
    tx.run(sql.tasks_sent, sent=jsontext.encode([[task.id, task.finished_at] for task in tasks]))


def advance(tx: Tx, *, now: int) -> None:
    """Look no further back from now on than to the first task that is not sent yet."""
    tx.run(sql.advance, latest=now - _SLOWEST)
