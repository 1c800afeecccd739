"""Delete tasks with everything that belongs to them: old ones, and tests when asked."""

from __future__ import annotations

from botyard.base import jsontext
from botyard.base.exceptions import Denied, IllegalTransition
from botyard.core import events
from botyard.core.tasks.statements import changed, event, lock, sql
from botyard.storage import Tx


def prune(tx: Tx, *, before: int, limit: int = 100) -> int:
    """Delete up to `limit` tasks that ended before a moment, with logs, alerts, files' rows, events and attempts.

    Returns how many went; call it again while it returns `limit`. Content of files is swept apart.
    """
    ids = [row["id"] for row in tx.all(sql.prunable, before=before, limit=limit)]
    if ids:
        _remove(tx, ids)
    return len(ids)


def delete(tx: Tx, *, workspace_id: int, task_id: int, actor: str, now: int) -> None:
    """Delete a test task with all that belongs to it; an event that it was there stays.

    Raises NotFound, Denied for a task that is no test, IllegalTransition while its process runs.
    """
    task = lock(tx, workspace_id=workspace_id, task_id=task_id)
    if not task.test:
        raise Denied(f"Task {task_id} is not a test and stays in the history.", hint="Only test tasks can be deleted.")
    if tx.one(sql.live_attempt, task_id=task_id) is not None:
        raise IllegalTransition(f"The process of task {task_id} still runs.", hint="Cancel the task first.")
    _remove(tx, [task_id])
    data = {"automation": task.automation, "state": task.state}
    told = event("task.deleted", workspace_id=workspace_id, task_id=task_id, actor=actor, data=data)
    events.record_many(tx, [told], now=now)
    changed(tx, task_id)


def _remove(tx: Tx, ids: list[int]) -> None:
    listed = jsontext.encode(ids)
    for statement in (
        sql.prune_logs,
        sql.prune_alerts,
        sql.prune_artifacts,
        sql.prune_events,
        sql.prune_attempts,
        sql.prune_tasks,
    ):
        tx.run(statement, ids=listed)
