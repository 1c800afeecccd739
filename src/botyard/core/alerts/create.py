"""Raise an alert."""

from __future__ import annotations

from typing import NoReturn

from botyard.base import text
from botyard.base.exceptions import StaleLease
from botyard.core import events, messages, tasks
from botyard.core.alerts.model import Alert, Level
from botyard.core.alerts.search import get, sql
from botyard.core.tasks import AttemptRef
from botyard.storage import Tx

MAX_TITLE = 1_000
MAX_MESSAGE = 65_536


def create(
    tx: Tx,
    *,
    workspace_id: int,
    task_id: int,
    level: Level,
    title: str,
    message: str,
    actor: str,
    now: int,
    attempt: AttemptRef | None = None,
) -> Alert:
    """Raise an alert on a task, and mail it to those who subscribed to its level.

    With `attempt`, that attempt must still be the task's newest. Raises NotFound for a task that is not in the
    workspace, StaleLease, and Invalid for texts that are too long.
    """
    row = tx.one(
        sql.create,
        workspace_id=workspace_id,
        task_id=task_id,
        level=level.value,
        title=text.prose(title, field="title", limit=MAX_TITLE),
        message=text.prose(message, field="message", limit=MAX_MESSAGE),
        actor=actor,
        now=now,
        attempt=attempt.id if attempt else None,
    )
    if row is None:
        _refuse(tx, workspace_id=workspace_id, task_id=task_id)
    events.record(
        tx,
        workspace_id=workspace_id,
        kind="alert.raised",
        entity="task",
        entity_id=str(task_id),
        actor=actor,
        now=now,
        data={"alert": row["id"], "level": level.value, "title": title[:200]},
    )
    messages.notify(
        tx,
        workspace_id=workspace_id,
        task_id=task_id,
        alert_id=row["id"],
        level=level.value,
        title=text.prose(title, field="title", limit=MAX_TITLE),
        message=text.prose(message, field="message", limit=MAX_MESSAGE),
        actor=actor,
        now=now,
    )
    tx.wake(f"task:{task_id}")
    return get(tx, workspace_id=workspace_id, alert_id=row["id"])


def _refuse(tx: Tx, *, workspace_id: int, task_id: int) -> NoReturn:
    tasks.get(tx, workspace_id=workspace_id, task_id=task_id)
    raise StaleLease(
        f"Task {task_id} is no longer held by this attempt; the alert was not recorded.",
        hint="Stop: the task was given to another attempt.",
    )
