"""Spans: in any order, more than once, unfinished, bounded."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.base.exceptions import Invalid, NotFound
from botyard.core import traces
from botyard.core.logs import Mask
from botyard.core.tasks import Lease
from botyard.core.traces import NewSpan, Received, SpanBatch
from botyard.core.workspaces import Workspace
from botyard.storage import Database, Tx
from tests.support.work import NOW, lease_next, make_runner, make_task, make_workspace


def batch(workspace: Workspace, lease: Lease, *spans: NewSpan, **options: Any) -> SpanBatch:
    return SpanBatch(
        workspace_id=workspace.id,
        task_id=lease.task_id,
        epoch=lease.epoch,
        spans=spans,
        source="test",
        now=NOW,
        **options,
    )


def begin(tx: Tx) -> tuple[Workspace, Lease]:
    workspace = make_workspace(tx)
    make_task(tx, workspace)
    return workspace, lease_next(tx, workspace, make_runner(tx, workspace))


async def test_a_span_that_comes_again_keeps_what_is_left_out(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        workspace, lease = begin(tx)
        child = NewSpan(span_id="c", name="child", parent_id="p", started_at=NOW + 5, input={"a": 1})
        later = NewSpan(span_id="c", name="child", ended_at=NOW + 9, output=[1], status="ok")
        parent = NewSpan(span_id="p", name="parent", started_at=NOW, duration=20)
        sent = [batch(workspace, lease, child, later), batch(workspace, lease, parent)]
        assert traces.append_many(tx, sent) == [Received(accepted=2, dropped=0), Received(accepted=1, dropped=0)]
        assert traces.append_many(tx, sent[:1]) == [Received(accepted=2, dropped=0)]
        bars = traces.bars(tx, workspace_id=workspace.id, task_id=lease.task_id)
        assert [(bar.span_id, bar.parent_id, bar.ended_at) for bar in bars] == [
            ("p", None, NOW + 20),
            ("c", "p", NOW + 9),
        ]
        where: dict[str, Any] = {"workspace_id": workspace.id, "task_id": lease.task_id}
        whole = traces.get(tx, epoch=lease.epoch, span_id="c", **where)
        assert (whole.input, whole.output, whole.status, whole.started_at) == ({"a": 1}, [1], "ok", NOW + 5)
        assert traces.search(tx, text="CHILD", **where) == {(lease.epoch, "c")}

    await db.write(scenario)


async def test_payloads_are_cut_and_secrets_hidden(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        workspace, lease = begin(tx)
        spans = (
            NewSpan(span_id="long", name="n", input="x" * 100_000),
            NewSpan(span_id="told", name="with canary", output={"key": "canary"}, tags={"nul": "\0"}),
        )
        traces.append_many(tx, [batch(workspace, lease, *spans, mask=Mask(["canary"]))])
        where: dict[str, Any] = {"workspace_id": workspace.id, "task_id": lease.task_id, "epoch": lease.epoch}
        long, told = (traces.get(tx, span_id=name, **where) for name in ("long", "told"))
        assert (long.truncated, len(long.input), told.truncated) == (True, traces.MAX_PAYLOAD, False)
        assert (told.name, told.output) == ("with [secret]", {"key": "[secret]"})

    await db.write(scenario)


async def test_what_cannot_be_stored_is_refused_alone(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        workspace, lease = begin(tx)
        other = make_workspace(tx)
        good = NewSpan(span_id="s", name="n")
        answers = traces.append_many(
            tx,
            [
                batch(workspace, lease, good, NewSpan(span_id="", name="n")),
                batch(other, lease, good),
                batch(workspace, lease, *[good] * (traces.MAX_BATCH + 1)),
                batch(workspace, lease, good),
            ],
        )
        assert [type(answer) for answer in answers] == [Invalid, NotFound, Invalid, Received]
        with pytest.raises(NotFound):
            traces.bars(tx, workspace_id=other.id, task_id=lease.task_id)

    await db.write(scenario)
