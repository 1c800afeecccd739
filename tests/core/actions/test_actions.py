"""Actions: automations of an app, whose tasks are numbered runs."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from botyard.base.exceptions import AlreadyExists, Denied, Invalid, NotFound
from botyard.core import access, actions, apps, automations, tasks
from botyard.core.actions import Action, Run, RunRequest
from botyard.core.apps import App
from botyard.core.tasks import NewTask
from botyard.core.vault import RootKeys
from botyard.core.workspaces import Workspace
from botyard.storage import Database, Tx
from botyard.wire.execution import task_of_uuid, task_uuid
from tests.support.integrations import make_connection, make_integration
from tests.support.work import NOW, attempt_of, lease_next, make_runner, make_workspace

CODE = "RESULT = {'n': 1}\n"


def make_app(tx: Tx, /, workspace: Workspace, slug: str = "shop") -> App:
    return apps.create(tx, workspace_id=workspace.id, slug=slug, actor="user:ann", now=NOW)


def make_action(tx: Tx, /, app: App, slug: str = "sync", **fields: Any) -> Action:
    action = actions.create(
        tx, workspace_id=app.workspace_id, app_id=app.id, slug=slug, fields=fields, actor="user:ann", now=NOW
    )
    actions.deploy(
        tx,
        workspace_id=app.workspace_id,
        app_id=app.id,
        named=slug,
        package=actions.package_of(CODE, action.requirements),
        actor="user:ann",
        now=NOW,
    )
    return action


def start(tx: Tx, /, app: App, action: str = "sync", **fields: Any) -> Run:
    wanted = RunRequest(
        workspace_id=app.workspace_id, app_id=app.id, action=action, actor="app:shop", now=NOW, **fields
    )
    return actions.run(tx, request=wanted)


async def made(db: Database, **fields: Any) -> tuple[Workspace, App, Action]:
    workspace = await db.write(make_workspace)
    app = await db.write(make_app, workspace=workspace)
    return workspace, app, await db.write(make_action, app=app, **fields)


async def test_an_action_is_an_automation_in_the_folder_of_its_app(db: Database) -> None:
    workspace, app, action = await made(db, name="Nightly sync", description="Every night")
    home = await db.read(automations.get, workspace_id=workspace.id, label="sync")
    assert (home.folder, home.name, home.description) == ("shop", "Nightly sync", "Every night")
    assert (home.package_dialect, home.package_version, home.id) == ("automio", "1", action.automation_id)
    other = await db.write(make_app, workspace=workspace, slug="crm")
    assert (await db.write(make_action, app=other)).automation == "crm.sync"
    with pytest.raises(AlreadyExists):
        await db.write(make_action, app=app)
    listed = await db.read(actions.list_all, workspace_id=workspace.id, app_id=app.id)
    assert [(each.slug, each.source) for each in listed] == [("sync", CODE)]


async def test_an_action_is_found_by_id_and_slug_within_its_app(db: Database) -> None:
    workspace, app, action = await made(db)
    other = await db.write(make_app, workspace=workspace, slug="crm")
    for named in ("sync", str(action.id)):
        assert (await db.read(actions.get, workspace_id=workspace.id, app_id=app.id, named=named)).id == action.id
        with pytest.raises(NotFound):
            await db.read(actions.get, workspace_id=workspace.id, app_id=other.id, named=named)
    for named in ("", "syncc", "9" * 30, "\0", "0"):
        with pytest.raises(NotFound):
            await db.read(actions.get, workspace_id=workspace.id, app_id=app.id, named=named)


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "cron_action"},
        {"type": ["app_action"]},
        {"required_confirmation": 1},
        {"requirements": ["-r other.txt"]},
        {"requirements": ["automio @ http://x"]},
        {"requirements": "automio"},
        {"name": ""},
        {"name": 3},
        {"colour": "red"},
        {"input_schema": "x" * 300_000},
    ],
)
async def test_wrong_fields_are_refused_by_name(db: Database, fields: dict[str, Any]) -> None:
    workspace = await db.write(make_workspace)
    app = await db.write(make_app, workspace=workspace)
    with pytest.raises(Invalid) as refused:
        await db.write(make_action, app=app, **fields)
    assert (refused.value.field or "").startswith(next(iter(fields)))


async def test_changing_an_action_changes_its_automation_and_nothing_twice(db: Database) -> None:
    workspace, app, _ = await made(db)
    scope: dict[str, Any] = {"workspace_id": workspace.id, "app_id": app.id, "actor": "user:ann", "now": NOW + 5}
    fields = {"name": "Weekly", "type": "app_action", "input_schema": {"type": "object"}}
    changed = await db.write(actions.update, named="sync", fields=fields, **scope)
    assert (changed.name, changed.type, changed.input_schema) == ("Weekly", "app_action", {"type": "object"})
    assert (await db.read(automations.get, workspace_id=workspace.id, label="sync")).name == "Weekly"
    assert await db.write(actions.update, named="sync", fields=fields, **scope) == changed
    await db.write(make_action, app=app, slug="other")
    with pytest.raises(AlreadyExists):
        await db.write(actions.update, named="sync", fields={"slug": "other"}, **scope)


def test_the_same_code_is_the_same_package_with_a_client_to_run_it() -> None:
    package = actions.package_of(CODE, [])
    assert package.digest == actions.package_of(CODE, []).digest
    with zipfile.ZipFile(io.BytesIO(package.content)) as archive:
        assert archive.read("main.py").decode() == CODE
        assert archive.read("requirements.txt").decode().split() == ["automio==0.1.6", "requests"]
    newer = actions.package_of(CODE, ["Automio==0.5.7", "pandas"])
    with zipfile.ZipFile(io.BytesIO(newer.content)) as archive:
        assert archive.read("requirements.txt").decode().split() == ["Automio==0.5.7", "pandas", "requests"]
    for bad in ("\ud800", "\0", "x" * (actions.MAX_SOURCE + 1)):
        with pytest.raises(Invalid):
            actions.package_of(bad, [])


async def test_runs_are_numbered_whoever_starts_them(db: Database) -> None:
    workspace, app, _ = await made(db)
    await db.write(make_action, app=app, slug="other")
    first = await db.write(start, app=app, user_input={"a": 1})
    new = NewTask(workspace_id=workspace.id, automation="sync", actor="user:ann", now=NOW)
    by_hand = await db.write(lambda tx: tasks.create_many(tx, [new, new]))
    other = await db.write(start, app=app, action="other")
    last = await db.write(start, app=app)
    assert (first.number, other.number, last.number) == (1, 1, 4)
    numbers = []
    for task in by_hand:
        assert isinstance(task, tasks.Task)
        found = await db.read(actions.get_run, workspace_id=workspace.id, app_id=app.id, named=task_uuid(task.id))
        numbers.append(found.number)
    assert numbers == [2, 3]


async def test_one_request_key_is_one_run(db: Database) -> None:
    workspace, app, _ = await made(db)
    scope: dict[str, Any] = {"workspace_id": workspace.id, "app_id": app.id, "named": "sync"}
    first = await db.write(start, app=app, request_key="k", user_input={"a": 1, "b": [{"c": 1, "d": 2}]})
    again = await db.write(start, app=app, request_key="k", user_input={"b": [{"d": 2, "c": 1}], "a": 1})
    assert again == first
    assert await db.read(actions.find_request, **scope, request_key="k") == first
    with pytest.raises(AlreadyExists):
        await db.write(start, app=app, request_key="k", user_input={"a": 2})
    with pytest.raises(NotFound):
        await db.read(actions.find_request, **scope, request_key="other")
    await db.write(tasks.cancel, workspace_id=workspace.id, task_id=first.task_id, actor="user:ann", now=NOW)
    await db.write(tasks.prune, before=NOW + 1)
    for ask in (db.write(start, app=app, request_key="k", user_input={"a": 1, "b": [{"c": 1, "d": 2}]}),):
        with pytest.raises(NotFound) as gone:
            await ask
        assert gone.value.code == "run_deleted"
    with pytest.raises(NotFound) as gone:
        await db.read(actions.find_request, **scope, request_key="k")
    assert gone.value.code == "run_deleted"
    assert await db.write(actions.prune_requests, before=NOW + 1, limit=10) == 1
    assert (await db.write(start, app=app, request_key="k")).number == 2


async def test_a_run_belongs_to_its_app(db: Database) -> None:
    workspace, app, _ = await made(db)
    run = await db.write(start, app=app)
    other = await db.write(make_app, workspace=workspace, slug="crm")
    assert task_of_uuid(run.uuid) == run.task_id
    for app_id, named in ((other.id, run.uuid), (app.id, "x"), (app.id, "9" * 40), (app.id, ""), (app.id, "0")):
        with pytest.raises(NotFound):
            await db.read(actions.get_run, workspace_id=workspace.id, app_id=app_id, named=named)
    scope: dict[str, Any] = {"workspace_id": workspace.id, "actor": "app:shop", "now": NOW}
    with pytest.raises(NotFound):
        await db.write(actions.stop, app_id=other.id, named=str(run.task_id), **scope)
    task, confirmed = await db.write(actions.stop, app_id=app.id, named=str(run.task_id), **scope)
    assert (task.state, confirmed) == (tasks.State.CANCELLED, True)


def connect(tx: Tx, /, workspace: Workspace, app: App, keys: RootKeys) -> list[int]:
    """Make two connections, one for the app and one for no app; return their ids."""
    made = make_integration(tx, keys, workspace)
    return [make_connection(tx, keys, made, name=name, apps=ids).id for name, ids in (("a", [app.id]), ("b", []))]


async def test_an_attempt_of_a_run_speaks_for_the_app_and_gets_its_variables(db: Database, data: Path) -> None:
    workspace, app, action = await made(db, type="app_action")
    runner = await db.write(make_runner, workspace=workspace)
    mine, others = await db.write(connect, workspace=workspace, app=app, keys=RootKeys(data / "root.key"))
    with pytest.raises(NotFound):
        await db.write(start, app=app, connection_id=others + 1)
    with pytest.raises(Denied):
        await db.write(start, app=app, connection_id=others)
    inputs: dict[str, Any] = {"user_input": {"a": 1}, "options": {"selected_rows": ["x"]}}
    run = await db.write(start, app=app, **inputs, connection_id=mine)
    lease = await db.write(lease_next, workspace=workspace, runner_id=runner)
    caller = await db.read(access.authenticate, token=lease.credential.text, now=NOW)
    assert (caller.app_id, caller.app_slug, caller.user_id) == (app.id, "shop", None)
    assert lease.dialect == "automio"
    grant = (await db.read(actions.grants, task_ids=[run.task_id, 999]))[run.task_id]
    assert grant.variables == {
        "APP_ID": str(app.id),
        "APP_SLUG": "shop",
        "ORG_SLUG": workspace.label,
        "ORGANIZATION_ID": str(workspace.id),
        "ACTION_OWNER_ORGANIZATION_ID": str(workspace.id),
        "ACTION_ID": str(action.id),
        "ACTION_SLUG": "sync",
        "ACTION_TYPE": "app_action",
        "TASK_ID": run.uuid,
        "USER_ID": "0",
        "CONNECTION_ID": str(mine),
    }
    assert grant.values["SELECTED_ROWS"] == ["x"]
    assert grant.values["CONNECTION_ID"] == mine
    assert attempt_of(lease).task_id == run.task_id


async def test_a_development_task_is_a_run_of_an_action_that_no_list_shows(db: Database) -> None:
    workspace = await db.write(make_workspace)
    app = await db.write(make_app, workspace=workspace)
    grants = [await db.write(actions.develop, app=app, actor="user:ann", now=NOW) for _ in range(2)]
    assert [grant.variables["ACTION_SLUG"] for grant in grants] == ["run-by-hand"] * 2
    assert "CONNECTION_ID" not in grants[0].variables
    assert grants[0].task_id != grants[1].task_id
    assert await db.read(actions.list_all, workspace_id=workspace.id, app_id=app.id) == []


async def test_a_deployed_automation_becomes_an_action_of_the_app(db: Database) -> None:
    workspace = await db.write(make_workspace)
    label = "My report 2"
    await db.write(automations.create, workspace_id=workspace.id, label=label, actor="user:ann", now=NOW)
    adopting: dict[str, Any] = {
        "workspace_id": workspace.id,
        "label": label,
        "source": CODE,
        "owner_id": None,
        "actor": "user:ann",
        "now": NOW,
    }
    action = await db.write(actions.adopt, app=None, **adopting)
    assert (action.slug, action.name, action.automation) == ("My-report-2", label, label)
    assert (await db.write(actions.adopt, app=None, **adopting)).id == action.id
    await db.write(make_app, workspace=workspace)
    assert (await db.write(actions.adopt, app=None, **adopting)).id == action.id
    await db.write(automations.create, workspace_id=workspace.id, label="12", actor="user:ann", now=NOW)
    with pytest.raises(Invalid, match="several apps"):
        await db.write(actions.adopt, app=None, **{**adopting, "label": "12"})
    assert (await db.write(actions.adopt, app="shop", **{**adopting, "label": "12"})).slug == "action-12"


async def test_a_webhook_is_found_by_its_secret_alone(db: Database) -> None:
    _, app, hook = await made(db, type="webhook_action")
    other = await db.write(make_action, app=app, slug="plain")
    path = actions.webhook_path(hook, app_slug="shop")
    assert path.startswith("/api/webhooks/shop/sync-")
    name = path.split("/")[4]
    assert (await db.read(actions.find_webhook, app="shop", webhook=name)).id == hook.id
    plain = actions.webhook_path(other, app_slug="shop").split("/")[4]
    wrong = ["sync", "sync-", f"{name[:-1]}x", "\0", plain, "ü" * 50]
    for webhook in wrong:
        with pytest.raises(NotFound):
            await db.read(actions.find_webhook, app="shop", webhook=webhook)
    with pytest.raises(NotFound):
        await db.read(actions.find_webhook, app="crm", webhook=name)
    scope: dict[str, Any] = {"workspace_id": app.workspace_id, "app_id": app.id}
    turned = await db.write(actions.turn_webhook, **scope, named="sync", now=NOW)
    with pytest.raises(NotFound):
        await db.read(actions.find_webhook, app="shop", webhook=name)
    fresh = actions.webhook_path(turned, app_slug="shop").split("/")[4]
    assert (await db.read(actions.find_webhook, app="shop", webhook=fresh)).id == hook.id


async def test_another_workspace_sees_nothing(db: Database) -> None:
    _, app, _ = await made(db)
    run = await db.write(start, app=app)
    elsewhere = await db.write(make_workspace)
    with pytest.raises(NotFound):
        await db.read(actions.get_run, workspace_id=elsewhere.id, app_id=app.id, named=run.uuid)
    with pytest.raises(NotFound):
        await db.read(actions.get, workspace_id=elsewhere.id, app_id=app.id, named="sync")
    with pytest.raises((NotFound, Denied)):
        await db.read(apps.get, workspace_id=elsewhere.id, app_id=app.id)
