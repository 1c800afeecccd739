"""Let only the newest attempt of a task write what belongs to no task, and a runner only for what it holds."""

from __future__ import annotations

from botyard.base.exceptions import StaleLease
from botyard.core.tasks.model import AttemptRef
from botyard.core.tasks.statements import sql
from botyard.storage import Tx


def hold(tx: Tx, *, attempt: AttemptRef | None) -> None:
    """Keep `attempt` the newest of its task until the transaction ends; None, a caller that is no attempt, may pass.

    Raises StaleLease when it was replaced, lost or released.
    """
    if attempt is not None and tx.one(sql.hold, attempt=attempt.id, task_id=attempt.task_id) is None:
        raise StaleLease(
            f"Task {attempt.task_id} is no longer held by this attempt; nothing was written.",
            hint="Stop: the task was given to another attempt.",
        )


def attempt_of_runner(tx: Tx, *, runner_id: str, attempt_id: str) -> AttemptRef:
    """Return an attempt that has not ended, for the runner that holds it. Raises StaleLease."""
    row = tx.one(sql.attempt_of_runner, runner_id=runner_id, attempt_id=attempt_id)
    if row is None:
        raise StaleLease(
            f"Attempt {attempt_id[:64]} is not held by this runner any more; nothing was changed.",
            hint="Stop its process; the task was given to another attempt, or has ended.",
        )
    return AttemptRef(id=row["id"], task_id=row["task_id"], epoch=row["epoch"])
