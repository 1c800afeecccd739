"""Progress: what a bot says of how far it is (contract i)."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from botyard.base.exceptions import Denied, Invalid
from botyard.core import actions, apps, progress, tasks
from botyard.core.apps import App
from botyard.storage import Database, Tx
from botyard.wire.execution import task_uuid
from tests.support.work import NOW, make_workspace


def make_app(tx: Tx, /, slug: str = "shop", workspace_id: int | None = None) -> App:
    workspace_id = make_workspace(tx).id if workspace_id is None else workspace_id
    return apps.create(tx, workspace_id=workspace_id, slug=slug, actor="user:ann", now=NOW)


def run(tx: Tx, /, app: App) -> int:
    return actions.develop(tx, app=app, actor="user:ann", now=NOW).task_id


def told(app: App, **values: Any) -> dict[str, Any]:
    told = {"task_key": "x", "percent": 1, "info": "", "status": "pending", "now": NOW}
    return {"workspace_id": app.workspace_id, "app_id": app.id, **told, **values}


@pytest.mark.parametrize(
    ("percent", "status", "stored"),
    [
        (0, "pending", (0, "pending")),
        (33.6, "in_progress", (34, "pending")),
        (-5, "pending", (0, "pending")),
        (250, "whatever", (100, "completed")),
        (100, "in_progress", (100, "completed")),
        (10, "completed", (100, "completed")),
        (10, "FAILED", (100, "failed")),
        (float("nan"), "", (0, "pending")),
        (1e300, "failed", (100, "failed")),
    ],
)
async def test_what_is_said_is_brought_into_form(
    db: Database, percent: float, status: str, stored: tuple[int, str]
) -> None:
    app = await db.write(make_app)
    said = await db.write(progress.report, **told(app, percent=percent, status=status, info="Half\0way"))
    assert ((said.percent, said.status), said.info) == (stored, "Half\ufffdway")
    assert await db.read(progress.read, workspace_id=app.workspace_id, app_id=app.id, task_key=" X ") == said


async def test_a_task_shows_the_last_that_its_present_attempt_said(db: Database) -> None:
    app = await db.write(make_app)
    task_id = await db.write(run, app=app)
    key = task_uuid(task_id).upper()
    for percent in (10, 55):
        await db.write(progress.report, **told(app, task_key=key, percent=percent, info=f"{percent}"))
    shown = await db.read(progress.of_tasks, workspace_id=app.workspace_id, task_ids=[task_id, 999])
    assert {number: said.percent for number, said in shown.items()} == {task_id: 55}
    assert await db.read(progress.of_tasks, workspace_id=app.workspace_id, task_ids=[]) == {}
    await db.write(tasks.cancel, workspace_id=app.workspace_id, task_id=task_id, actor="user:ann", now=NOW)
    await db.write(tasks.prune, before=NOW + 1)
    assert await db.read(progress.read, workspace_id=app.workspace_id, app_id=app.id, task_key=key) is None


async def test_a_task_of_another_app_is_refused_and_one_of_another_workspace_unknown(db: Database) -> None:
    app = await db.write(make_app)
    other = await db.write(make_app, slug="crm", workspace_id=app.workspace_id)
    task_id = await db.write(run, app=other)
    with pytest.raises(Denied):
        await db.write(progress.report, **told(app, task_key=task_uuid(task_id)))
    elsewhere = await db.write(make_app)
    assert (await db.write(progress.report, **told(elsewhere, task_key=task_uuid(task_id)))).percent == 1
    assert await db.read(progress.of_tasks, workspace_id=app.workspace_id, task_ids=[task_id]) == {}


async def test_a_uuid_that_is_no_tasks_is_kept_with_the_app_for_a_while(db: Database) -> None:
    app, key = await db.write(make_app), str(uuid.uuid4())
    await db.write(progress.report, **told(app, task_key=key, percent=7))
    kept = await db.read(progress.read, workspace_id=app.workspace_id, app_id=app.id, task_key=key)
    assert kept is not None
    assert kept.percent == 7
    assert await db.write(progress.prune, before=NOW, limit=10) == 0
    assert await db.write(progress.prune, before=NOW + 1, limit=10) == 1


@pytest.mark.parametrize("key", ["", " ", "x" * 101, "a\0b", "a\nb"])
async def test_what_cannot_be_a_key_is_refused(db: Database, key: str) -> None:
    app = await db.write(make_app)
    with pytest.raises(Invalid):
        await db.write(progress.report, **told(app, task_key=key))
