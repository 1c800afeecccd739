"""Read events."""

from __future__ import annotations

from botyard.core.events.model import Event
from botyard.core.events.record import sql
from botyard.storage import Tx


def list_for(
    tx: Tx, *, workspace_id: int, entity: str, entity_id: str, after_id: int = 0, limit: int = 200
) -> list[Event]:
    """Return the events of one thing, oldest first, after event `after_id`."""
    rows = tx.all(
        sql.list_for, workspace_id=workspace_id, entity=entity, entity_id=entity_id, after_id=after_id, limit=limit
    )
    return [Event.from_row(row) for row in rows]


def latest_for(tx: Tx, *, workspace_id: int, entity: str, entity_id: str, limit: int = 200) -> list[Event]:
    """Return the newest events of one thing, newest first."""
    rows = tx.all(sql.latest_for, workspace_id=workspace_id, entity=entity, entity_id=entity_id, limit=limit)
    return [Event.from_row(row) for row in rows]


def follow(tx: Tx, *, workspace_id: int, after_id: int | None, limit: int = 500) -> tuple[list[Event], int]:
    """Return the workspace's events after `after_id` and the position to go on from; None starts at the present end."""
    if after_id is None:
        last = tx.one(sql.last, workspace_id=workspace_id)
        return [], int(last["id"]) if last else 0
    rows = tx.all(sql.follow, workspace_id=workspace_id, after_id=after_id, limit=limit)
    return [Event.from_row(row) for row in rows], rows[-1]["id"] if rows else after_id
