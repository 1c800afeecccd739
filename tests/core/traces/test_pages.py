"""Pages of spans: of one task in order, and over the newest tasks, a few at a time."""

from __future__ import annotations

from typing import Any

from botyard.core import traces
from botyard.core.traces import NewSpan, Place, SpanBatch
from botyard.core.workspaces import Workspace
from botyard.storage import Database, Tx
from tests.support.work import NOW, lease_next, make_runner, make_task, make_workspace


def _traced(tx: Tx, *, count: int) -> Workspace:
    """Return a workspace whose first task alone sent spans."""
    workspace = make_workspace(tx)
    runner = make_runner(tx, workspace, slots=count)
    for number in range(count):
        task = make_task(tx, workspace)
        lease_next(tx, workspace, runner)
        if number == 0:
            spans = [NewSpan(span_id=f"s{each}", name="step", started_at=NOW - each) for each in range(3)]
            batch = SpanBatch(workspace_id=workspace.id, task_id=task.id, epoch=1, spans=spans, source="test", now=NOW)
            traces.append_many(tx, [batch])
    return workspace


async def test_a_page_may_be_empty_although_an_older_task_has_spans(db: Database) -> None:
    workspace = await db.write(_traced, count=5)
    found: list[str] = []
    place: Place | None = None
    pages: list[int] = []
    while True:
        page, place = await db.read(traces.newest, workspace_id=workspace.id, before=place, limit=2, window=2)
        found += [each.bar.span_id for each in page]
        pages.append(len(page))
        if place is None:
            break
    assert found == ["s2", "s1", "s0"]
    assert pages[:2] == [0, 0]


async def test_spans_of_a_task_come_by_their_beginning(db: Database) -> None:
    workspace = await db.write(_traced, count=1)
    query: dict[str, Any] = {"workspace_id": workspace.id, "task_id": 1}
    page = await db.read(traces.page, **query, limit=2)
    last = page[-1]
    after = (last.epoch, traces.begin_of(last), last.span_id)
    rest = await db.read(traces.page, **query, after=after)
    assert [bar.span_id for bar in [*page, *rest]] == ["s2", "s1", "s0"]
