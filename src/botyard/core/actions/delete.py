"""Delete actions, and what is left of an app that is going."""

from __future__ import annotations

from botyard.base.exceptions import IllegalTransition
from botyard.core import automations, events, tasks
from botyard.core.actions.model import Action
from botyard.core.actions.read import get, sql
from botyard.storage import Tx


def delete(tx: Tx, *, workspace_id: int, app_id: int, named: str, actor: str, now: int) -> Action:
    """Delete an action and return what it was. Its tasks stay in the history, under its automation.

    An automation that no task is kept of goes as well, with its code. Raises NotFound, and IllegalTransition while a
    run is not over.
    """
    tx.run(sql.lock, id=get(tx, workspace_id=workspace_id, app_id=app_id, named=named).id)
    action = get(tx, workspace_id=workspace_id, app_id=app_id, named=named)
    if tx.one(sql.open_run, workspace_id=workspace_id, automation_id=action.automation_id) is not None:
        raise IllegalTransition(
            f'A run of the action "{action.slug}" is not over.', hint="Cancel its tasks, or wait for them to end."
        )
    _drop(tx, action, actor=actor, now=now)
    return action


def drop_hidden(tx: Tx, *, workspace_id: int, app_id: int, actor: str, now: int) -> None:
    """End what is run by hand for an app, and delete the actions that are there for nothing else."""
    for row in tx.all(sql.hidden, workspace_id=workspace_id, app_id=app_id):
        action = Action.from_row(row)
        for run in tx.all(sql.open_run, workspace_id=workspace_id, automation_id=action.automation_id):
            tasks.cancel(tx, workspace_id=workspace_id, task_id=run["id"], actor=actor, now=now)
        _drop(tx, action, actor=actor, now=now)


def _drop(tx: Tx, action: Action, *, actor: str, now: int) -> None:
    tx.run(sql.delete, id=action.id)
    automation = automations.get_by_id(tx, workspace_id=action.workspace_id, automation_id=action.automation_id)
    if not automations.has_tasks(tx, automation=automation):
        automations.delete(tx, workspace_id=action.workspace_id, label=automation.label, actor=actor, now=now)
    events.record(
        tx,
        workspace_id=action.workspace_id,
        kind="action.deleted",
        entity="action",
        entity_id=str(action.id),
        actor=actor,
        now=now,
        data={"slug": action.slug, "app": action.app_id},
    )
