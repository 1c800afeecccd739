"""A task whose agent sent spans, through the real operations."""

from __future__ import annotations

from typing import Any

import msgspec

from botyard.core import logs, queues, tasks, traces
from botyard.core.queues import Report
from botyard.core.tasks import Lease
from botyard.core.traces import NewSpan, SpanBatch
from botyard.core.workspaces import Workspace
from botyard.storage import Tx
from tests.support.work import SECOND, lease_next, make_runner, make_task


def begin(tx: Tx, workspace: Workspace, *, now: int) -> Lease:
    """Make a task, the only one that waits, and lease it."""
    make_task(tx, workspace, automation="agent", now=now)
    return lease_next(tx, workspace, make_runner(tx, workspace, now=now), now=now)


def send(tx: Tx, workspace: Workspace, lease: Lease, *spans: NewSpan, now: int) -> None:
    """Store spans as the agent sends them, in batches."""
    for start in range(0, len(spans), traces.MAX_BATCH):
        part = spans[start : start + traces.MAX_BATCH]
        batch = SpanBatch(
            workspace_id=workspace.id, task_id=lease.task_id, epoch=lease.epoch, spans=part, source="test", now=now
        )
        (answer,) = traces.append_many(tx, [batch])
        assert not isinstance(answer, Exception), answer


def write(tx: Tx, workspace: Workspace, lease: Lease, *lines: tuple[int, str], now: int) -> None:
    """Write lines to the log: (moment, text) each."""
    attempt = tasks.attempts_of(tx, workspace_id=workspace.id, task_id=lease.task_id, limit=1)[0]
    batch = logs.LogBatch(
        runner_id=attempt.runner_id or "",
        attempt_id=lease.attempt_id,
        lines=[(number, at, "stdout", text) for number, (at, text) in enumerate(lines, 1)],
        complete=False,
        max_lines=10_000,
        max_bytes=10_000_000,
        now=now,
    )
    (answer,) = logs.append_many(tx, [batch])
    assert not isinstance(answer, Exception), answer


def work(tx: Tx, workspace: Workspace, lease: Lease, *, start: int, text: str = "") -> None:
    """Let the attempt take three items of a queue, one after the other: done, failed, and still in work."""
    label, where = f"queue-{lease.task_id}", dict[str, Any](workspace_id=workspace.id)
    holder = queues.Holder(name="bot", attempt_id=lease.attempt_id)
    queues.create(tx, **where, label=label, actor="user:ann", now=start)
    new = [queues.NewItem(values={}, reference=f"INV-{number}{text}") for number in (1, 2, 3)]
    queues.push_many(tx, [queues.Push(**where, queue=label, items=new, actor="user:ann", now=start)])
    endings = (
        Report(item_id=0, outcome="done"),
        Report(item_id=0, outcome="error", error_kind="business", message="x"),
    )
    for number in range(3):
        at = start + (1 + 2 * number) * SECOND
        (taken,) = queues.pull_many(tx, [queues.Pull(**where, queue=label, holder=holder, now=at)])
        assert isinstance(taken, list), taken
        if number < len(endings):
            report = msgspec.structs.replace(endings[number], item_id=taken[0].id)
            ended = at + SECOND + SECOND // 2
            queues.report_many(tx, [queues.Reports(**where, holder=holder, reports=[report], actor="bot", now=ended)])


def agent_run(tx: Tx, workspace: Workspace, *, now: int, text: str = "") -> int:
    """Make a task with a small trace: nested, failed, unfinished and orphaned spans; `text` goes everywhere."""
    lease = begin(tx, workspace, now=now)
    start = now - 10 * SECOND

    def span(name: str, parent: str | None, at: float, took: float | None, **said: object) -> NewSpan:
        ended = None if took is None else start + int((at + took) * SECOND)
        began = start + int(at * SECOND)
        fields: dict[str, object] = {"name": f"{name}{text}", "started_at": began, "ended_at": ended, **said}
        return NewSpan(span_id=f"{name}/1", parent_id=parent, **fields)  # type: ignore[arg-type]

    send(
        tx,
        workspace,
        lease,
        span("llm_call", "agent_workflow/1", 2, 3, tags={"tokens": 150, "model": text or "small"}, output=["done"]),
        span("retrieve", "agent_workflow/1", 1, 1, status="ok", input={"query": text or "invoices"}, tags=["fast"]),
        span("agent_workflow", None, 0, None),
        span("post", "llm_call/1", 3, 1.5, status="error", message=text or "refused", metadata={"try": 1}),
        span("stray", "never-sent", 6, 1),
        NewSpan(span_id="timeless", name="timeless"),
        now=now,
    )
    write(tx, workspace, lease, (start + SECOND, f"looking {text}"), (start + 4 * SECOND, f"posting {text}"), now=now)
    work(tx, workspace, lease, start=start, text=text)
    return lease.task_id


def long_run(tx: Tx, workspace: Workspace, *, now: int, count: int = 10_000) -> int:
    """Make a task with `count` spans: steps of ten calls each."""
    lease = begin(tx, workspace, now=now)
    spans = [
        NewSpan(
            span_id=f"span-{number}",
            name=f"call {number}" if number % 10 else f"step {number // 10}",
            parent_id=f"span-{number - number % 10}" if number % 10 else None,
            started_at=now + number * 10_000,
            duration=9_000 if number % 10 else 99_000,
            tags={"number": number, "model": "small"},
            status="error" if number % 1000 == 999 else "ok",
        )
        for number in range(count)
    ]
    send(tx, workspace, lease, *spans, now=now)
    moments = ((now + number * 250_000, f"step {number}") for number in range(count // 25))
    write(tx, workspace, lease, *moments, now=now)
    return lease.task_id
