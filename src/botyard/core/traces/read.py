"""Read spans: all of a task for a picture, one with its payloads, those that hold a text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botyard.base import jsontext
from botyard.base.exceptions import NotFound
from botyard.core import tasks
from botyard.core.tasks import AttemptRef
from botyard.core.traces.append import sql
from botyard.core.traces.model import Bar, Span
from botyard.storage import Tx


def bars(
    tx: Tx,
    *,
    workspace_id: int,
    task_id: int,
    epoch: int | None = None,
    since: int | None = None,
    limit: int = 20_000,
) -> list[Bar]:
    """Return the first `limit` spans of a task by their beginning, of one attempt or of all. Raises NotFound.

    With `since`, only those that were sent, for the first time or again, at that moment or later.
    """
    tasks.get(tx, workspace_id=workspace_id, task_id=task_id)
    rows = tx.all(sql.bars, task_id=task_id, epoch=epoch or 0, since=since or 0, limit=limit)
    return [Bar(**row) for row in rows]


def sent_by_attempt(tx: Tx, *, workspace_id: int, task_id: int, limit: int = 100) -> dict[int, int]:
    """Return how many spans each attempt that sent some has sent, repeated ones included; the newest attempt first."""
    rows = tx.all(sql.sent_by_attempt, workspace_id=workspace_id, task_id=task_id, limit=limit)
    return {row["epoch"]: row["spans"] for row in rows}


def count(tx: Tx, *, workspace_id: int, task_id: int) -> int:
    """Return how many spans the attempts of a task have sent, repeated ones included."""
    row = tx.one(sql.sent, workspace_id=workspace_id, task_id=task_id)
    return int(row["spans"]) if row else 0


def get(tx: Tx, *, workspace_id: int, task_id: int, epoch: int, span_id: str) -> Span:
    """Return one span with its payloads. Raises NotFound, for another workspace's as for one that never was."""
    row = tx.one(sql.get, workspace_id=workspace_id, task_id=task_id, epoch=epoch, span_id=span_id.replace("\0", ""))
    if row is None:
        raise NotFound("This span does not exist.", hint="Open it from the trace of its task.")
    return Span.from_row(row)


def search(tx: Tx, *, workspace_id: int, task_id: int, text: str, limit: int = 20_000) -> set[tuple[int, str]]:
    """Return (epoch, id) of the spans that hold a text, whatever its case, in name, message, payloads or tags."""
    pattern = text.replace("\0", "").lower().replace("!", "!!").replace("%", "!%").replace("_", "!_")
    rows = tx.all(sql.search, workspace_id=workspace_id, task_id=task_id, pattern=f"%{pattern}%", limit=limit)
    return {(row["epoch"], row["span_id"]) for row in rows}


def tags_of(tx: Tx, *, workspace_id: int, task_id: int, epoch: int, span_ids: Sequence[str]) -> dict[str, Any]:
    """Return the tags of those of the spans that have some, by the id of the span."""
    ids = jsontext.encode(list(span_ids))
    rows = tx.all(sql.tags, workspace_id=workspace_id, task_id=task_id, epoch=epoch, ids=ids)
    return {row["span_id"]: jsontext.decode(row["tags"]) for row in rows}


def homes(tx: Tx, *, workspace_id: int, wanted: Sequence[tuple[int, int]]) -> dict[tuple[int, int], AttemptRef]:
    """Return the attempt that each (task, attempt) of a workspace stands for, by what was asked; 0 is the latest.

    What does not exist, or not yet, is left out.
    """
    rows = tx.all(sql.homes, workspace_id=workspace_id, wanted=jsontext.encode([list(each) for each in wanted]))
    return {
        (row["task_id"], row["asked"]): AttemptRef(id=row["id"], task_id=row["task_id"], epoch=row["epoch"])
        for row in rows
    }
