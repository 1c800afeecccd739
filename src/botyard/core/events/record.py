"""Write events, always in the transaction of the change that they tell of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from botyard.base import jsontext
from botyard.core.events.model import NewEvent
from botyard.storage import Tx, load_queries

sql = load_queries(__package__)


def record(
    tx: Tx,
    *,
    workspace_id: int,
    kind: str,
    entity: str,
    entity_id: str,
    actor: str,
    now: int,
    data: dict[str, Any] | None = None,
) -> None:
    """Record one event."""
    event = NewEvent(
        workspace_id=workspace_id, kind=kind, entity=entity, entity_id=entity_id, actor=actor, data=data or {}
    )
    record_many(tx, [event], now=now)


def record_many(tx: Tx, new: Sequence[NewEvent], *, now: int) -> None:
    """Record events in the order given, in one statement."""
    if not new:
        return
    rows = [{**msgspec.structs.asdict(event), "data": jsontext.encode(event.data)} for event in new]
    tx.run(sql.insert, rows=jsontext.encode(rows), now=now)
    for workspace_id in {event.workspace_id for event in new}:
        tx.wake(f"events:{workspace_id}")


def prune(tx: Tx, *, before: int, limit: int) -> int:
    """Delete up to `limit` events, not of tasks, from before a moment; return how many went."""
    return tx.run(sql.prune, before=before, limit=limit)
