"""Events of a workspace, page by page."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.core import events
from botyard.core.events import Event, NewEvent
from botyard.storage import Database, Tx
from tests.support.work import make_workspace


def _happen(tx: Tx, *, now: int) -> int:
    """Let something happen in one workspace, then much in another; return the id of the first."""
    quiet, busy = (make_workspace(tx, label=label, now=now) for label in ("quiet", "busy"))
    told: dict[str, Any] = {"kind": "task.created", "entity": "task", "entity_id": "1", "actor": "user:ann"}
    events.record_many(tx, [NewEvent(workspace_id=quiet.id, **told)], now=now)
    events.record_many(tx, [NewEvent(workspace_id=busy.id, **told)] * 7, now=now)
    return quiet.id


@pytest.mark.parametrize("onwards", [True, False], ids=["onwards", "backwards"])
async def test_a_page_may_be_empty_although_more_follow(db: Database, onwards: bool) -> None:
    quiet = await db.write(_happen, now=db.now())
    place: dict[str, Any] = {"after_id": 0} if onwards else {}
    found: list[Event] = []
    following: int | None = 0
    pages = 0
    while following is not None:
        page, following = await db.read(events.search, workspace_id=quiet, kind="task.created", window=3, **place)
        found += page
        pages += 1
        place = {"after_id" if onwards else "before_id": following}
    assert [event.workspace_id for event in found] == [quiet]
    assert pages > 2
