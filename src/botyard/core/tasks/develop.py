"""Development tasks: a home for what a bot sends that somebody runs by hand, outside of every runner.

Such a task has one attempt without a runner and without a heartbeat. It is never leased, lost or retried; it ends when
it is cancelled or finished, or after a day, and its attempt's token with it.
"""

from __future__ import annotations

import msgspec

from botyard.base.clock import DAY
from botyard.core import events
from botyard.core.access import tokens
from botyard.core.tasks.create import create
from botyard.core.tasks.model import Task
from botyard.core.tasks.statements import changed, event, read, sql
from botyard.storage import Tx

LIFETIME = DAY


class Development(msgspec.Struct, frozen=True, kw_only=True):
    """A development task that runs now; `credential.text` is the token of its attempt, known only here."""

    task: Task
    attempt_id: str
    credential: tokens.Minted
    until: int


def develop(tx: Tx, *, workspace_id: int, automation: str, dialect: str, actor: str, now: int) -> Development:
    """Open a development task of an automation. Raises NotFound."""
    task = create(tx, workspace_id=workspace_id, automation=automation, actor=actor, now=now, development=True)
    credential, until = tokens.mint("attempt"), now + LIFETIME
    tx.run(sql.start_development, task_id=task.id, now=now)
    tx.run(
        sql.insert_development,
        id=credential.id,
        workspace_id=workspace_id,
        task_id=task.id,
        secret_hash=credential.secret_hash,
        dialect=dialect,
        now=now,
        until=until,
    )
    started = event("task.started", workspace_id=workspace_id, task_id=task.id, actor=actor, data={"epoch": 1})
    events.record_many(tx, [started], now=now)
    changed(tx, task.id)
    running = read(tx, workspace_id=workspace_id, task_id=task.id)
    return Development(task=running, attempt_id=credential.id, credential=credential, until=until)


def end_development(tx: Tx, task: Task, *, state: str, now: int) -> None:
    """End the attempt of a development task, which no runner will do."""
    for row in tx.all(sql.end_development, task_id=task.id, state=state, now=now):
        tx.wake(f"access:{row['id']}")
