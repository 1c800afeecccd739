"""Announce a file before its bytes are sent."""

from __future__ import annotations

from typing import NoReturn

from botyard.base import text
from botyard.base.exceptions import StaleLease
from botyard.core import tasks
from botyard.core.artifacts.model import Artifact
from botyard.core.artifacts.search import announced, sql
from botyard.core.tasks import AttemptRef
from botyard.storage import Tx


def create(
    tx: Tx,
    *,
    workspace_id: int,
    task_id: int,
    name: str,
    file_name: str,
    actor: str,
    now: int,
    attempt: AttemptRef | None = None,
) -> Artifact:
    """Announce a file of a task; it stays hidden until `attach`.

    Any directories in `file_name` are dropped. With `attempt`, that attempt must still be the task's newest.
    Raises NotFound for a task that is not in the workspace, StaleLease, Invalid for a name that cannot be kept.
    """
    row = tx.one(
        sql.create,
        workspace_id=workspace_id,
        task_id=task_id,
        name=text.name(name, field="name"),
        file_name=text.file_name(file_name, field="filename"),
        actor=actor,
        now=now,
        attempt=attempt.id if attempt else None,
    )
    if row is None:
        _refuse(tx, workspace_id=workspace_id, task_id=task_id)
    return announced(tx, workspace_id=workspace_id, artifact_id=row["id"])


def _refuse(tx: Tx, *, workspace_id: int, task_id: int) -> NoReturn:
    tasks.get(tx, workspace_id=workspace_id, task_id=task_id)
    raise StaleLease(
        f"Task {task_id} is no longer held by this attempt; the file was not recorded.",
        hint="Stop: the task was given to another attempt.",
    )
