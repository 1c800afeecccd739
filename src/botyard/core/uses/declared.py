"""What the automation of an attempt lets it use."""

from __future__ import annotations

from typing import Literal

from botyard.base.exceptions import Denied
from botyard.core import automations, tasks
from botyard.core.tasks import AttemptRef
from botyard.storage import Tx

#: As they are called in the declaration.
Kind = Literal["assets", "credentials"]


def allowed_to(tx: Tx, *, workspace_id: int, attempt: AttemptRef | None, kind: Kind) -> frozenset[str] | None:
    """Return the names of a kind that a caller may use; None means all, as for everybody who is no attempt."""
    if attempt is None:
        return None
    task = tasks.get(tx, workspace_id=workspace_id, task_id=attempt.task_id)
    uses = automations.get_by_id(tx, workspace_id=workspace_id, automation_id=task.automation_id).uses
    return None if uses is None else frozenset(uses.get(kind, ()))


def check_use(tx: Tx, *, workspace_id: int, attempt: AttemptRef | None, kind: Kind, name: str) -> None:
    """Raise Denied when the automation of the attempt does not declare this one, whether or not it exists."""
    allowed = allowed_to(tx, workspace_id=workspace_id, attempt=attempt, kind=kind)
    if allowed is not None and name not in allowed:
        raise Denied(
            f'The automation of this task does not declare that it uses the {kind.removesuffix("s")} "{name[:100]}".',
            hint=f"Add it to the automation's uses, under {kind}.",
        )
