"""Deleting apps, their actions, and automations that never ran."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from botyard.base.exceptions import IllegalTransition, NotFound
from botyard.core import access, actions, appfiles, apps, automations, cache, messages, schedules, tasks
from botyard.core.apps import App
from botyard.core.cache import Entry, Place
from botyard.core.messages import Kind, Recipient, Subscription
from botyard.core.tasks import State, Task
from botyard.core.workspaces import Workspace
from botyard.storage import Database, Tx
from tests.support.work import NOW, deploy, make_task, make_workspace

BY: dict[str, Any] = {"actor": "user:ann", "now": NOW}


def make_app(tx: Tx, slug: str = "shop") -> App:
    """Return an app of a new workspace."""
    workspace = make_workspace(tx)
    return apps.create(tx, workspace_id=workspace.id, slug=slug, **BY)


async def test_what_belongs_to_an_app_goes_with_it(db: Database) -> None:
    app = await db.write(make_app)
    key = await db.write(_fill, app=app)
    await db.write(apps.delete, workspace_id=app.workspace_id, app_id=app.id, **BY)
    assert await db.read(apps.find, workspace_id=app.workspace_id, named="shop") is None
    token = await db.read(access.get_token, workspace_id=app.workspace_id, token_id=key)
    assert token.revoked_at == NOW
    # An app that has the id later finds nothing of the one before.
    await db.write(apps.create, workspace_id=app.workspace_id, slug="new", app_id=app.id, **BY)
    place = Place(app.workspace_id, app.id, "k")
    assert await db.read(cache.get, place=place, now=NOW) is None
    assert await db.read(appfiles.list_all, workspace_id=app.workspace_id, app_id=app.id) == []


def _fill(tx: Tx, *, app: App) -> str:
    """Give an app a value, a file and a token; return the token's id."""
    where: dict[str, Any] = {"workspace_id": app.workspace_id, "app_id": app.id}
    cache.set_many(tx, [Entry(place=Place(app.workspace_id, app.id, "k"), value="1", ttl=None, now=NOW)])
    file: dict[str, Any] = {
        "path": "a.txt",
        "original_name": "a.txt",
        "media_type": "text/plain",
        "digest": "0" * 64,
        "size": 1,
    }
    appfiles.keep(tx, **where, **file, public=False, overwrite=False, **BY)
    made = access.create_app_token(tx, **where, user_id=None, name="x", owner="user:ann", now=NOW)
    return made.token.id


async def test_what_is_run_by_hand_for_an_app_ends_with_it(db: Database) -> None:
    app = await db.write(make_app)
    grant = await db.write(actions.develop, app=app, **BY)
    where: dict[str, Any] = {"workspace_id": app.workspace_id, "app_id": app.id}
    with pytest.raises(IllegalTransition):
        await db.write(apps.delete, **where, **BY)
    await db.write(actions.drop_hidden, **where, **BY)
    task = await db.read(tasks.get, workspace_id=app.workspace_id, task_id=grant.task_id)
    assert task.state is State.CANCELLED
    await db.write(apps.delete, **where, **BY)


async def test_an_action_goes_when_no_run_is_under_way_and_its_runs_stay(db: Database) -> None:
    app = await db.write(make_app)
    where: dict[str, Any] = {"workspace_id": app.workspace_id, "app_id": app.id}
    action = await db.write(actions.create, **where, slug="sync", **BY)
    task = await db.write(_run, app=app, automation=action.automation)
    with pytest.raises(IllegalTransition):
        await db.write(actions.delete, **where, named="sync", **BY)
    await db.write(tasks.cancel, workspace_id=app.workspace_id, task_id=task.id, **BY)
    gone = await db.write(actions.delete, **where, named="sync", **BY)
    assert gone.slug == "sync"
    assert await db.read(actions.find, **where, named="sync") is None
    kept = await db.read(tasks.get, workspace_id=app.workspace_id, task_id=task.id)
    assert kept.automation == "sync"
    # The slug is free; the automation of the new action has a label of its own.
    assert (await db.write(actions.create, **where, slug="sync", **BY)).automation == "shop.sync"


def _run(tx: Tx, *, app: App, automation: str) -> Task:
    return tasks.create(tx, workspace_id=app.workspace_id, automation=automation, **BY)


def _billing(tx: Tx) -> Workspace:
    """Return a workspace with an automation that has a package, a schedule and a subscription."""
    workspace = make_workspace(tx)
    deploy(tx, workspace, automation="billing")
    fields = {"cron": "@daily"}
    schedules.create(tx, workspace_id=workspace.id, automation="billing", fields=fields, **BY)
    told = Subscription(recipient=Recipient(kind=Kind.ADDRESS, name="ann@example.org"), level="warn")
    messages.subscribe(tx, workspace_id=workspace.id, automation="billing", wanted=[told])
    return workspace


async def test_an_automation_goes_with_its_schedules_subscriptions_and_package(db: Database) -> None:
    workspace = await db.write(_billing)
    await db.write(automations.delete, workspace_id=workspace.id, label="billing", **BY)
    assert await db.read(automations.find, workspace_id=workspace.id, label="billing") is None
    assert await db.read(schedules.search, workspace_id=workspace.id) == []
    assert (await db.read(automations.bundles, workspace_id=workspace.id))[1] == 0
    with pytest.raises(NotFound):
        await db.write(automations.delete, workspace_id=workspace.id, label="billing", **BY)


async def test_an_automation_of_which_a_task_is_kept_stays(db: Database) -> None:
    workspace = await db.write(make_workspace)
    task = await db.write(make_task, workspace=workspace)
    await db.write(tasks.cancel, workspace_id=workspace.id, task_id=task.id, **BY)
    with pytest.raises(IllegalTransition) as refused:
        await db.write(automations.delete, workspace_id=workspace.id, label="billing", **BY)
    assert refused.value.code == "has_history"
    await db.write(tasks.prune, before=NOW + 1)
    await db.write(automations.delete, workspace_id=workspace.id, label="billing", **BY)


async def test_a_task_that_is_made_meanwhile_is_never_left_without_its_automation(db: Database) -> None:
    workspace = await db.write(_billing)
    made = [db.write(make_task, workspace=workspace) for _ in range(4)]
    gone = db.write(automations.delete, workspace_id=workspace.id, label="billing", **BY)
    *tasks_made, deleted = await asyncio.gather(*made, gone, return_exceptions=True)
    if isinstance(deleted, BaseException):
        assert isinstance(deleted, IllegalTransition)
    for task in tasks_made:
        if isinstance(task, Task):
            assert (await db.read(tasks.get, workspace_id=workspace.id, task_id=task.id)).automation == "billing"
