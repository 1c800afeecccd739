"""Tell the end of a task once more, because somebody asks for it."""

from __future__ import annotations

from botyard.base.exceptions import IllegalTransition, NotFound
from botyard.core import events
from botyard.core.callbacks.deliver import TOPIC
from botyard.core.callbacks.model import Callback
from botyard.core.callbacks.register import of_task, sql
from botyard.core.callbacks.states import State
from botyard.storage import Tx


def repeat(tx: Tx, *, workspace_id: int, task_id: int, actor: str, now: int) -> Callback:
    """Send the callback of an ended task again at once, with all its tries before it; return it.

    Raises NotFound when nobody wants to be told of the task, IllegalTransition before its end and while it is told.
    """
    found = of_task(tx, workspace_id=workspace_id, task_id=task_id)
    if found is None:
        raise NotFound(f"Task {task_id} has no callback.", hint="Whoever makes a task says whom it tells of its end.")
    if tx.one(sql.repeat, workspace_id=workspace_id, task_id=task_id, now=now) is None:
        raise _cannot(found)
    events.record(
        tx,
        workspace_id=workspace_id,
        kind="task.callback_repeated",
        entity="task",
        entity_id=str(task_id),
        actor=actor,
        now=now,
        data={"state": found.state, "tries": found.tries},
    )
    tx.wake(TOPIC)
    tx.wake(f"task:{task_id}")
    return of_task(tx, workspace_id=workspace_id, task_id=task_id) or found


def _cannot(found: Callback) -> IllegalTransition:
    if found.state is State.WAITING:
        return IllegalTransition(
            f"Task {found.task_id} has not ended; there is nothing to tell.", hint="It is told when the task has ended."
        )
    return IllegalTransition(
        f"The end of task {found.task_id} is being told just now.", hint="Wait for what comes of it."
    )
