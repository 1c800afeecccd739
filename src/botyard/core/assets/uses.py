"""What the automation of an attempt lets it use."""

from __future__ import annotations

from botyard.base.exceptions import Denied
from botyard.core import automations, tasks
from botyard.core.tasks import AttemptRef
from botyard.storage import Tx


def allowed_to(tx: Tx, *, workspace_id: int, attempt: AttemptRef | None) -> frozenset[str] | None:
    """Return the names that a caller may use; None means all, as for everybody who is no attempt.

    An automation that declares what it uses, and names no assets there, uses none.
    """
    if attempt is None:
        return None
    task = tasks.get(tx, workspace_id=workspace_id, task_id=attempt.task_id)
    uses = automations.get_by_id(tx, workspace_id=workspace_id, automation_id=task.automation_id).uses
    return None if uses is None else frozenset(uses.get("assets", ()))


def check_use(tx: Tx, *, workspace_id: int, attempt: AttemptRef | None, name: str) -> None:
    """Raise Denied when the automation of the attempt does not declare this asset, whether or not it exists."""
    allowed = allowed_to(tx, workspace_id=workspace_id, attempt=attempt)
    if allowed is not None and name not in allowed:
        raise Denied(
            f'The automation of this task does not declare that it uses the asset "{name[:100]}".',
            hint="Add it to the automation's uses, under assets.",
        )
