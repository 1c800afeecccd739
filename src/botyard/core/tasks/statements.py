"""The SQL of this concept, and the few lines that several of its verbs need around it."""

from __future__ import annotations

from typing import Any

from botyard.base.exceptions import NotFound
from botyard.core import events
from botyard.core.tasks.model import Task
from botyard.storage import Tx, load_queries

sql = load_queries(__package__)


def lock(tx: Tx, *, workspace_id: int, task_id: int) -> Task:
    """Return a task that nobody else changes until this transaction ends. Raises NotFound."""
    tx.one(sql.lock, workspace_id=workspace_id, task_id=task_id)
    return read(tx, workspace_id=workspace_id, task_id=task_id)


def read(tx: Tx, *, workspace_id: int, task_id: int) -> Task:
    """Return a task. Raises NotFound, the same for a foreign id as for a random one."""
    row = tx.one(sql.get, workspace_id=workspace_id, task_id=task_id)
    if row is None:
        raise NotFound(f"Task {task_id} does not exist.", hint="Check the id under Tasks.")
    return Task.from_row(row)


def event(
    kind: str, *, workspace_id: int, task_id: int, actor: str, data: dict[str, Any] | None = None
) -> events.NewEvent:
    """Return an event of a task."""
    return events.NewEvent(
        workspace_id=workspace_id, kind=kind, entity="task", entity_id=str(task_id), actor=actor, data=data or {}
    )


def changed(tx: Tx, task_id: int) -> None:
    """Wake whoever watches a task."""
    tx.wake(f"task:{task_id}")


def leasable(tx: Tx, workspace_id: int) -> None:
    """Wake the runners that wait for work in a workspace."""
    tx.wake(f"tasks:{workspace_id}")
