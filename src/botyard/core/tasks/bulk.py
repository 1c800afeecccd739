"""One action on many tasks, with a verdict for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from botyard.base.exceptions import BotyardError, Invalid
from botyard.core.tasks.control import cancel, interrupt, kill, restart
from botyard.core.tasks.model import Task, Verdict
from botyard.storage import Tx

MAX_BULK = 500


def cancel_many(tx: Tx, *, workspace_id: int, task_ids: Sequence[int], actor: str, now: int) -> list[Verdict]:
    """Cancel tasks; verdicts come in the order given. Raises Invalid for more than 500."""
    return _each(tx, cancel, workspace_id=workspace_id, task_ids=task_ids, actor=actor, now=now)


def restart_many(tx: Tx, *, workspace_id: int, task_ids: Sequence[int], actor: str, now: int) -> list[Verdict]:
    """Restart tasks; verdicts come in the order given. Raises Invalid for more than 500."""
    return _each(tx, restart, workspace_id=workspace_id, task_ids=task_ids, actor=actor, now=now)


def interrupt_many(tx: Tx, *, workspace_id: int, task_ids: Sequence[int], actor: str, now: int) -> list[Verdict]:
    """Ask the bots of tasks to stop by themselves; verdicts come in the order given. Raises Invalid for over 500."""
    return _each(tx, interrupt, workspace_id=workspace_id, task_ids=task_ids, actor=actor, now=now)


def kill_many(tx: Tx, *, workspace_id: int, task_ids: Sequence[int], actor: str, now: int) -> list[Verdict]:
    """Have the processes of tasks killed; verdicts come in the order given. Raises Invalid for more than 500."""
    return _each(tx, kill, workspace_id=workspace_id, task_ids=task_ids, actor=actor, now=now)


def _each(
    tx: Tx, act: Callable[..., Task], *, workspace_id: int, task_ids: Sequence[int], actor: str, now: int
) -> list[Verdict]:
    if len(task_ids) > MAX_BULK:
        raise Invalid(
            f"{len(task_ids)} tasks are too many for one call.", hint=f"Send at most {MAX_BULK}.", field="ids"
        )
    verdicts: dict[int, Verdict] = {}
    # In the order of the ids, so that two such calls cannot wait for each other's rows.
    for task_id in sorted(set(task_ids)):
        try:
            task = act(tx, workspace_id=workspace_id, task_id=task_id, actor=actor, now=now)
            verdicts[task_id] = Verdict(task_id=task_id, task=task, error=None)
        except BotyardError as error:
            verdicts[task_id] = Verdict(task_id=task_id, task=None, error=error)
    return [verdicts[task_id] for task_id in task_ids]
