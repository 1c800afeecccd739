"""What people do to a task from outside: cancel, interrupt, kill, restart."""

from __future__ import annotations

from typing import Any

from botyard.base.exceptions import IllegalTransition
from botyard.core import events
from botyard.core.tasks.develop import end_development
from botyard.core.tasks.inputs import reopen_inputs
from botyard.core.tasks.model import StopAction, Task
from botyard.core.tasks.statements import changed, event, leasable, lock, read, sql
from botyard.core.tasks.states import HELD, TRANSITIONS, Event, State
from botyard.storage import Tx


def cancel(
    tx: Tx,
    *,
    workspace_id: int,
    task_id: int,
    actor: str,
    now: int,
    why: str | None = None,
    only_waiting: bool = False,
) -> Task:
    """Cancel a task at once; its process, if there is one, is interrupted and then stopped by its runner.

    A task that has ended stays as it is. Raises NotFound, and IllegalTransition for a task that a runner has when it
    is to be cancelled `only_waiting`.
    """
    task = lock(tx, workspace_id=workspace_id, task_id=task_id)
    if task.is_final:
        return task
    if only_waiting and task.state in HELD:
        raise IllegalTransition(f"Task {task_id} is {task.state}.", hint="Wait for its end.")
    tx.one(sql.cancel, task_id=task_id, expected=task.state, now=now, message=why or f"cancelled by {actor}")
    if task.state is State.PREPARING:
        tx.run(sql.close_inputs, task_id=task_id)
    if task.development:
        end_development(tx, task, state="cancelled", now=now)
    else:
        _stop_attempt(tx, task, "cancel")
    return _tell(tx, task, "task.cancelled", actor=actor, now=now, data={"from": task.state})


def interrupt(tx: Tx, *, workspace_id: int, task_id: int, actor: str, now: int) -> Task:
    """Ask the bot to finish early; it decides. A task that has ended stays as it is. Raises NotFound."""
    return _flag(tx, workspace_id=workspace_id, task_id=task_id, stop="interrupt", actor=actor, now=now)


def kill(tx: Tx, *, workspace_id: int, task_id: int, actor: str, now: int) -> Task:
    """Have the process killed at once; the task fails when it is gone. A task that has ended only loses its process.

    Raises NotFound.
    """
    return _flag(tx, workspace_id=workspace_id, task_id=task_id, stop="kill", actor=actor, now=now)


def restart(tx: Tx, *, workspace_id: int, task_id: int, actor: str, now: int) -> Task:
    """Put a task back into the queue with its parameters; outcome, counts and flags are cleared.

    A task that lacks input files prepares again first; those that are there are not fetched twice.
    While a process of the earlier attempt still runs, the task waits for its end; a process that held the
    task when somebody else restarted it is killed. Raises NotFound and IllegalTransition (still preparing).
    """
    task = lock(tx, workspace_id=workspace_id, task_id=task_id)
    if task.development:
        raise IllegalTransition(
            f"Task {task_id} was run by hand and cannot be restarted.", hint="Open another with botyard connect."
        )
    if (task.state, Event.RESTART) not in TRANSITIONS:
        raise IllegalTransition(f"Task {task_id} is {task.state}.", hint="Restart it once its inputs are there.")
    live = tx.one(sql.live_attempt, task_id=task_id)
    runnable = tx.one(sql.is_runnable, task_id=task_id, now=now) is not None
    state = State.PREPARING if task.is_final and reopen_inputs(tx, task_id=task_id, now=now) else State.QUEUED
    ready = runnable and live is None and state is State.QUEUED
    tx.one(sql.restart, task_id=task_id, expected=task.state, state=state, ready=int(ready), now=now)
    if live is not None and task.state in HELD and not actor.startswith(f"attempt:{task_id}/"):
        _stop_attempt(tx, task, "kill")
    if ready:
        leasable(tx, workspace_id)
    return _tell(tx, task, "task.restarted", actor=actor, now=now, data={"from": task.state})


def _flag(tx: Tx, *, workspace_id: int, task_id: int, stop: StopAction, actor: str, now: int) -> Task:
    task = lock(tx, workspace_id=workspace_id, task_id=task_id)
    if task.development and stop == "kill":
        return cancel(tx, workspace_id=workspace_id, task_id=task_id, actor=actor, now=now)
    flagged = tx.one(sql.flag, task_id=task_id, killed=int(stop == "kill"), now=now)
    if flagged is None and stop != "kill":
        return task
    stopped = _stop_attempt(tx, task, stop)
    if flagged is None and not stopped:
        return task
    kind = "task.killed" if stop == "kill" else "task.interrupted"
    return _tell(tx, task, kind, actor=actor, now=now)


def _stop_attempt(tx: Tx, task: Task, stop: StopAction) -> bool:
    live = tx.one(sql.live_attempt, task_id=task.id)
    if live is None or tx.one(sql.stop_attempt, attempt_id=live["id"], stop=stop) is None:
        return False
    tx.wake(f"runner:{live['runner_id']}")
    return True


def _tell(tx: Tx, task: Task, kind: str, *, actor: str, now: int, data: dict[str, Any] | None = None) -> Task:
    told = event(kind, workspace_id=task.workspace_id, task_id=task.id, actor=actor, data=data)
    events.record_many(tx, [told], now=now)
    changed(tx, task.id)
    return read(tx, workspace_id=task.workspace_id, task_id=task.id)
