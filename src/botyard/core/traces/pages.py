"""Pages of spans, without their payloads: of one task in the order of their beginnings, or of the newest tasks."""

from __future__ import annotations

from typing import NamedTuple

from botyard.core import tasks
from botyard.core.traces.append import sql
from botyard.core.traces.model import Bar
from botyard.storage import Select, Tx

#: How many tasks one page over the workspace looks at.
WINDOW = 200

_LATEST = 2**62

_BEGIN = "COALESCE(s.started_at, s.received_at)"
_SPANS = Select(
    "spans s",
    "s.epoch, s.span_id, s.parent_id, s.name, s.status, s.started_at, s.ended_at, s.duration, s.received_at",
)


class Place(NamedTuple):
    """Where a page over the workspace ends: behind a span, or behind all spans of a task when the others are low."""

    task_id: int
    epoch: int = 0
    span_id: str = ""


class TaskBar(NamedTuple):
    """A span without its payloads, and its task."""

    task_id: int
    bar: Bar


def page(
    tx: Tx,
    *,
    workspace_id: int,
    task_id: int,
    epoch: int | None = None,
    status: str | None = None,
    text: str | None = None,
    after: tuple[int, int, str] | None = None,
    limit: int = 500,
) -> list[Bar]:
    """Return spans of a task by attempt and beginning, with `text` in name or message. Raises NotFound.

    `after` is the (epoch, beginning, id) of the last span of the page before; `begin_of` tells the beginning.
    """
    tasks.get(tx, workspace_id=workspace_id, task_id=task_id)
    wanted = _SPANS.where("s.task_id = :task_id", task_id=task_id)
    if status is not None:
        wanted = wanted.where("s.status = :status", status=status)
    if text:
        wanted = wanted.where(
            "LOWER(s.name) LIKE :pattern ESCAPE '!' OR LOWER(s.message) LIKE :pattern ESCAPE '!'",
            pattern=_pattern(text),
        )
    if epoch is not None:
        wanted = wanted.where("s.epoch = :epoch", epoch=epoch)
    if after is not None:
        last = {"after_epoch": after[0], "after_at": after[1], "after_id": after[2].replace("\0", "")}
        wanted = wanted.where(f"(s.epoch, {_BEGIN}, s.span_id) > (:after_epoch, :after_at, :after_id)", **last)
    rows = tx.all_of(wanted.order_by(f"s.epoch, {_BEGIN}, s.span_id").limit(limit))
    return [Bar(**row) for row in rows]


def begin_of(bar: Bar) -> int:
    """Return what a page of a task is sorted by within an attempt."""
    return bar.received_at if bar.started_at is None else bar.started_at


def newest(
    tx: Tx,
    *,
    workspace_id: int,
    automation: str | None = None,
    status: str | None = None,
    text: str | None = None,
    before: Place | None = None,
    limit: int = 50,
    window: int = WINDOW,
) -> tuple[list[TaskBar], Place | None]:
    """Return spans of the workspace, those of the newest task first, and where to go on, None at the end.

    One page looks at the spans of `window` tasks at most, so that a page may be short although more follow.
    """
    looked_at = {
        "workspace_id": workspace_id,
        "automation": (automation or "").replace("\0", ""),
        "upto": before.task_id if before else _LATEST,
        "window": window,
    }
    last = before or Place(_LATEST)
    rows = tx.all(
        sql.newest,
        **looked_at,
        status=status or "",
        pattern=_pattern(text) if text else "",
        last_task=last.task_id,
        last_epoch=last.epoch,
        last_id=last.span_id.replace("\0", ""),
        limit=limit,
    )
    found = [TaskBar(row.pop("task_id"), Bar(**row)) for row in rows]
    if len(found) == limit:
        final = found[-1]
        return found, Place(final.task_id, final.bar.epoch, final.bar.span_id)
    looked = tx.one(sql.looked_at, **looked_at)
    return found, Place(looked["oldest"]) if looked and looked["tasks"] == window else None


def _pattern(text: str) -> str:
    clean = text.replace("\0", "").lower().replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{clean}%"
