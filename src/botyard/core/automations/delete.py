"""Deleting automations that leave no history behind."""

from __future__ import annotations

from botyard.base.exceptions import IllegalTransition
from botyard.core import events
from botyard.core.automations.model import Automation
from botyard.core.automations.read import get, sql
from botyard.storage import Tx


def delete(tx: Tx, *, workspace_id: int, label: str, actor: str, now: int) -> Automation:
    """Delete an automation with its schedules, subscriptions and package, and return what it was. Its label is free.

    Raises NotFound, and IllegalTransition while there are tasks of it, or an action of an app that it is.
    """
    tx.one(sql.hold, workspace_id=workspace_id, label=label)
    automation = get(tx, workspace_id=workspace_id, label=label)
    if tx.one(sql.is_action, id=automation.id) is not None:
        raise IllegalTransition(
            f'The automation "{label}" is an action of an app.', hint="Delete the action; its automation goes with it."
        )
    if has_tasks(tx, automation=automation):
        raise IllegalTransition(
            f'There are tasks of the automation "{label}".',
            hint="It can be deleted once they are, after BOTYARD_KEEP_TASKS_DAYS; pause its schedules until then.",
            code="has_history",
        )
    for statement in (sql.drop_schedules, sql.drop_subscriptions, sql.drop_error_groups, sql.drop):
        tx.run(statement, id=automation.id)
    if automation.package_id is not None and tx.one(sql.shares_package, package_id=automation.package_id) is None:
        tx.run(sql.unrelease_package, package_id=automation.package_id)
        tx.run(sql.drop_versions, package_id=automation.package_id)
        tx.run(sql.drop_package, package_id=automation.package_id)
    events.record(
        tx,
        workspace_id=workspace_id,
        kind="automation.deleted",
        entity="automation",
        entity_id=automation.id,
        actor=actor,
        now=now,
        data={"label": label},
    )
    return automation


def has_tasks(tx: Tx, *, automation: Automation) -> bool:
    """Return whether any task of an automation is kept, over or not."""
    found = tx.one(sql.any_task, workspace_id=automation.workspace_id, id=automation.id)
    return found is not None
