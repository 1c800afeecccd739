"""What is due for another system of traces, and when it no longer is."""

from __future__ import annotations

from typing import Any

from botyard.core import tasks, telemetry
from botyard.core.tasks import Lease
from botyard.core.telemetry import SpanToExport
from botyard.core.traces import NewSpan
from botyard.core.workspaces import Workspace
from botyard.storage import Database, Tx
from tests.support.spans import send
from tests.support.work import NOW, SECOND, lease_next, lose_all, make_runner, make_task, make_workspace


def begin(tx: Tx) -> tuple[Workspace, Lease]:
    workspace = make_workspace(tx)
    make_task(tx, workspace)
    return workspace, lease_next(tx, workspace, make_runner(tx, workspace))


def due(tx: Tx, limit: int = 100) -> list[SpanToExport]:
    return telemetry.due_spans(tx, limit=limit)


def done(name: str, **fields: Any) -> NewSpan:
    return NewSpan(span_id=name, name=name, started_at=NOW, ended_at=NOW + 5, **fields)


async def test_spans_are_noted_only_while_exporting_is_on(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        workspace, lease = begin(tx)
        send(tx, workspace, lease, done("before"), now=NOW)
        assert not telemetry.is_exporting(tx)
        telemetry.begin(tx, now=NOW)
        telemetry.begin(tx, now=NOW + SECOND)
        send(tx, workspace, lease, done("noted"), now=NOW)
        telemetry.end(tx)
        send(tx, workspace, lease, done("after"), now=NOW)
        (span,) = due(tx)
        assert (span.name, span.workspace, span.automation) == ("noted", workspace.label, "billing")
        telemetry.spans_sent(tx, spans=[span])
        assert not telemetry.has_due(tx)

    await db.write(scenario)


async def test_what_comes_again_while_it_is_sent_stays_due(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        telemetry.begin(tx, now=NOW)
        workspace, lease = begin(tx)
        send(tx, workspace, lease, done("a"), done("b"), now=NOW)
        on_its_way = due(tx)
        send(tx, workspace, lease, done("a", output=[1]), now=NOW)
        telemetry.spans_sent(tx, spans=on_its_way)
        assert [(span.name, span.output) for span in due(tx)] == [("a", "[1]")]

    await db.write(scenario)


async def test_a_span_without_an_end_waits_for_that_of_its_attempt(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        telemetry.begin(tx, now=NOW)
        workspace, lease = begin(tx)
        send(tx, workspace, lease, NewSpan(span_id="open", name="open", started_at=NOW), done("done"), now=NOW)
        assert [span.name for span in due(tx)] == ["done"]
        lose_all(tx)
        assert sorted(span.name for span in due(tx)) == ["done", "open"]
        assert {span.attempt_ended_at for span in due(tx)} != {None}

    await db.write(scenario)


async def test_large_spans_come_in_small_batches(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        telemetry.begin(tx, now=NOW)
        workspace, lease = begin(tx)
        send(tx, workspace, lease, *(done(f"s{number}", input="x" * 60_000) for number in range(100)), now=NOW)
        assert len(due(tx)) == 69
        assert len(due(tx, limit=3)) == 3

    await db.write(scenario)


async def test_a_task_is_due_each_time_it_has_finished_and_nothing_of_it_runs(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        telemetry.begin(tx, now=NOW)
        workspace, lease = begin(tx)
        assert telemetry.due_tasks(tx, limit=10) == []
        ref: dict[str, Any] = {"workspace_id": workspace.id, "task_id": lease.task_id}
        tasks.kill(tx, **ref, actor="u", now=NOW + 1)
        assert telemetry.due_tasks(tx, limit=10) == []
        lose_all(tx)
        (task,) = telemetry.due_tasks(tx, limit=10)
        assert (task.id, [attempt.epoch for attempt in task.attempts]) == (lease.task_id, [1])
        telemetry.advance(tx, now=NOW + 3600 * SECOND)
        assert telemetry.has_due(tx), "what was not sent is not passed over"
        telemetry.tasks_sent(tx, tasks=[task])
        assert not telemetry.has_due(tx)
        telemetry.advance(tx, now=NOW + 3600 * SECOND)
        tasks.restart(tx, **ref, actor="u", now=NOW + 3600 * SECOND)
        lease_next(tx, workspace, make_runner(tx, workspace), now=NOW + 3600 * SECOND)
        lose_all(tx, now=NOW + 3600 * SECOND)
        tasks.cancel(tx, **ref, actor="u", now=NOW + 7200 * SECOND)
        (again,) = telemetry.due_tasks(tx, limit=10)
        assert (again.id, len(again.attempts)) == (task.id, 2)

    await db.write(scenario)


async def test_deleted_tasks_are_due_no_more(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        telemetry.begin(tx, now=NOW)
        workspace, lease = begin(tx)
        send(tx, workspace, lease, done("a"), now=NOW)
        tasks.kill(tx, workspace_id=workspace.id, task_id=lease.task_id, actor="u", now=NOW + 1)
        lose_all(tx)
        assert telemetry.has_due(tx)
        tasks.prune(tx, before=NOW + 10_000 * SECOND)
        assert not telemetry.has_due(tx)

    await db.write(scenario)
