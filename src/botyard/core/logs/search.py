"""Read a task's log: forwards or backwards, the lines that hold a text, or those of a time."""

from __future__ import annotations

from collections.abc import Sequence

from botyard.core.logs.append import sql
from botyard.core.logs.model import Glance, Line, Position
from botyard.storage import Tx

START = Position(0, 0)
END = Position(2**53, 2**53)


def follow(tx: Tx, *, workspace_id: int, task_id: int, after: Position = START, limit: int = 1000) -> list[Line]:
    """Return the lines after a position, in reading order; an unknown or foreign task has none."""
    rows = tx.all(sql.follow, workspace_id=workspace_id, task_id=task_id, epoch=after.epoch, seq=after.seq, limit=limit)
    return [Line.from_row(row) for row in rows]


def tail(tx: Tx, *, workspace_id: int, task_id: int, before: Position = END, limit: int = 500) -> list[Line]:
    """Return the last lines before a position, in reading order."""
    rows = tx.all(sql.tail, workspace_id=workspace_id, task_id=task_id, epoch=before.epoch, seq=before.seq, limit=limit)
    return [Line.from_row(row) for row in reversed(rows)]


def search(
    tx: Tx,
    *,
    workspace_id: int,
    task_id: int,
    text: str,
    stream: str | None = None,
    levels: Sequence[str] = (),
    after: Position = START,
    limit: int = 500,
) -> list[Line]:
    """Return the lines after a position that hold `text`, whatever its case.

    Only those of one `stream`, and with one of these `levels` (in capitals), if they are given.
    """
    pattern = text.replace("\0", "").lower().replace("!", "!!").replace("%", "!%").replace("_", "!_")
    rows = tx.all(
        sql.search,
        workspace_id=workspace_id,
        task_id=task_id,
        epoch=after.epoch,
        seq=after.seq,
        pattern=f"%{pattern}%",
        stream=stream,
        levels=f",{','.join(levels)}," if levels else "",
        limit=limit,
    )
    return [Line.from_row(row) for row in rows]


def during(
    tx: Tx, *, workspace_id: int, task_id: int, epoch: int, since: int, until: int = 2**62, limit: int = 500
) -> list[Line]:
    """Return the first lines that an attempt wrote from one moment to another, both included."""
    where = {"workspace_id": workspace_id, "task_id": task_id, "epoch": epoch}
    return [Line.from_row(row) for row in tx.all(sql.during, **where, since=since, until=until, limit=limit)]


def glance(tx: Tx, *, workspace_id: int, task_id: int, epoch: int, after: int = 0, limit: int = 20_000) -> list[Glance]:
    """Return what an attempt wrote after a line, without the texts, in reading order."""
    rows = tx.all(sql.glance, workspace_id=workspace_id, task_id=task_id, epoch=epoch, after=after, limit=limit)
    return [Glance(row["seq"], row["at"], row["stream"], row["level"]) for row in rows]
