"""Read events."""

from __future__ import annotations

from botyard.core.events.model import Event
from botyard.core.events.record import sql
from botyard.storage import Tx

#: How many events one page looks at.
WINDOW = 20_000

_LATEST = 2**62


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


def search(
    tx: Tx,
    *,
    workspace_id: int,
    kind: str | None = None,
    entity: str | None = None,
    entity_id: str | None = None,
    after_id: int | None = None,
    before_id: int | None = None,
    limit: int = 100,
    window: int = WINDOW,
) -> tuple[list[Event], int | None]:
    """Return events of a workspace and where to go on: newest first, or with `after_id` oldest first from there.

    One page looks at `window` events of the server at most, so that it may be short, or empty, although more follow;
    None says that nothing does for now.
    """
    onwards = after_id is not None
    place = {"place": after_id if onwards else before_id or _LATEST, "window": window}
    wanted = {"kind": kind or "", "entity": entity or "", "entity_id": entity_id or ""}
    rows = tx.all(
        sql.search_on if onwards else sql.search_back, workspace_id=workspace_id, limit=limit, **place, **wanted
    )
    found = [Event.from_row(row) for row in rows]
    if len(found) == limit:
        return found, found[-1].id
    looked = tx.one(sql.looked_on if onwards else sql.looked_back, **place)
    return found, looked["last"] if looked and looked["events"] == window else None
