"""Delete files of tasks."""

from __future__ import annotations

from botyard.base.exceptions import IllegalTransition
from botyard.core import events
from botyard.core.artifacts.model import Artifact
from botyard.core.artifacts.search import announced, sql
from botyard.storage import Tx


def delete(tx: Tx, *, workspace_id: int, artifact_id: int, actor: str, now: int) -> Artifact:
    """Delete a file and return what it was; its bytes go once nothing else refers to them.

    Raises NotFound, and IllegalTransition for a file that a task was given.
    """
    artifact = announced(tx, workspace_id=workspace_id, artifact_id=artifact_id)
    if tx.one(sql.is_input, artifact_id=artifact_id) is not None:
        raise IllegalTransition(
            f"Task {artifact.task_id} was given this file.", hint="It goes with its task; delete others."
        )
    tx.run(sql.delete, workspace_id=workspace_id, artifact_id=artifact_id)
    events.record(
        tx,
        workspace_id=workspace_id,
        kind="artifact.deleted",
        entity="task",
        entity_id=str(artifact.task_id),
        actor=actor,
        now=now,
        data={"artifact": artifact_id, "name": artifact.name},
    )
    tx.wake(f"task:{artifact.task_id}")
    return artifact
