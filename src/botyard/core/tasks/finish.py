"""Finish a task with an outcome, or amend the outcome of a finished one."""

from __future__ import annotations

from typing import Any

from botyard.base import jsontext
from botyard.base.exceptions import Denied, IllegalTransition, Invalid, StaleLease
from botyard.core import events
from botyard.core.tasks.develop import end_development
from botyard.core.tasks.model import AttemptRef, Finish, Task
from botyard.core.tasks.statements import changed, event, lock, read, sql
from botyard.core.tasks.states import FINAL, FINISHING, TRANSITIONS, State
from botyard.storage import Tx

MAX_MESSAGE = 10_000
MAX_COUNT = 2**53


def finish(
    tx: Tx, *, workspace_id: int, task_id: int, report: Finish, attempt: AttemptRef | None, actor: str, now: int
) -> Task:
    """Set a task's outcome; finishing it again amends the outcome and keeps the earlier one in its history.

    With `attempt`, the report is that attempt's: it must be the task's own and newest, else Denied or StaleLease;
    a task that was restarted meanwhile is StaleLease too. Without, a person or a key finishes the task, which is
    possible from every state but `preparing`. Raises NotFound, Invalid, IllegalTransition.
    """
    _check_counts(report)
    task = lock(tx, workspace_id=workspace_id, task_id=task_id)
    if attempt is not None:
        _check_holder(task, attempt)
    state = State(report.outcome)
    if (task.state, FINISHING[state]) not in TRANSITIONS:
        raise IllegalTransition(
            f"Task {task_id} is {task.state} and cannot be finished yet.", hint="Wait until its inputs are there."
        )
    tx.one(
        sql.finish,
        task_id=task_id,
        expected=task.state,
        epoch=task.epoch,
        state=state,
        message=report.message[:MAX_MESSAGE].replace("\0", "\ufffd"),
        total=report.total,
        processed=report.processed,
        failed=report.failed,
        output=None if report.output is None else jsontext.encode(report.output),
        now=now,
    )
    kind = "task.amended" if task.state in FINAL else f"task.{state}"
    told = event(kind, workspace_id=workspace_id, task_id=task_id, actor=actor, data=_data(task, report))
    events.record_many(tx, [told], now=now)
    if task.development:
        end_development(tx, task, state=state, now=now)
    changed(tx, task_id)
    return read(tx, workspace_id=workspace_id, task_id=task_id)


def _check_holder(task: Task, attempt: AttemptRef) -> None:
    if attempt.task_id != task.id:
        raise Denied(
            f"This attempt may only finish its own task {attempt.task_id}, not task {task.id}.",
            hint="Use the task id that the bot was started with.",
        )
    if attempt.epoch != task.epoch or task.state is State.QUEUED:
        raise StaleLease(
            f"Task {task.id} is no longer held by this attempt; its outcome was not changed.",
            hint="Stop: the task was restarted or given to another attempt.",
        )


def _check_counts(report: Finish) -> None:
    counts = {"total": report.total, "processed": report.processed, "failed": report.failed}
    for name, value in counts.items():
        if value is not None and not 0 <= value <= MAX_COUNT:
            raise Invalid(f"{name} items is {value}.", hint="Count from 0.", field=name)
    if None not in counts.values() and report.total != (report.processed or 0) + (report.failed or 0):
        raise Invalid(
            f"{report.total} items in total are not {report.processed} processed plus {report.failed} failed.",
            hint="Total must be the sum of processed and failed.",
            field="total",
        )


def _data(task: Task, report: Finish) -> dict[str, Any]:
    data: dict[str, Any] = {"outcome": report.outcome, "epoch": task.epoch}
    if report.message:
        data["message"] = report.message[:500]
    if report.total is not None:
        data["items"] = [report.total, report.processed, report.failed]
    if task.is_final:
        data["earlier"] = {"outcome": task.state, "message": (task.message or "")[:500]}
    return data
