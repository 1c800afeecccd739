"""Read a task's log: forwards from a position, backwards from its end, or the lines that hold a text."""

from __future__ import annotations

from botyard.core.logs.append import sql
from botyard.core.logs.model import Line, Position
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
    after: Position = START,
    limit: int = 500,
) -> list[Line]:
    """Return the lines after a position that hold `text`, whatever its case; of one `stream` if it is given."""
    pattern = text.replace("\0", "").lower().replace("!", "!!").replace("%", "!%").replace("_", "!_")
    rows = tx.all(
        sql.search,
        workspace_id=workspace_id,
        task_id=task_id,
        epoch=after.epoch,
        seq=after.seq,
        pattern=f"%{pattern}%",
        stream=stream,
        limit=limit,
    )
    return [Line.from_row(row) for row in rows]
