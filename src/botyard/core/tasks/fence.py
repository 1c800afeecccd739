"""Let only the newest attempt of a task write what belongs to no task, such as rows of a log table."""

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
