"""Pages of apps over HTTP: actions made, edited, deployed and run, files and notifications, each for its role."""

from __future__ import annotations

import re
from typing import Any

from botyard.console import inputform
from botyard.core import actions, alerts, appfiles, apps, audit, automations, tasks
from botyard.core.actions import Action
from botyard.core.alerts import Level
from botyard.storage import Tx
from botyard.web import Form
from tests.console.conftest import Desk
from tests.support.work import make_workspace

PAGE = "/apps/1/actions/sync"
SCHEMA = {
    "type": "object",
    "required": ["month"],
    "properties": {
        "month": {"type": "string", "title": "Month", "description": "Which one"},
        "count": {"type": "integer", "default": 5},
        "kind": {"enum": ["all", "new"]},
        "dry": {"type": "boolean"},
        "rows": {"type": "array"},
    },
}


async def make(desk: Desk, **fields: Any) -> Action:
    """Make an app and an action by their forms, and set further fields of it."""
    reply = await desk.post("/apps", role="developer", slug="shop", name="Shop & more")
    assert reply.headers["location"] == "/apps/1"
    reply = await desk.post("/apps/1/actions", role="developer", slug="sync", type=fields.pop("type", "app_action"))
    assert reply.headers["location"] == f"{PAGE}?tab=code"
    return await desk.db.write(
        actions.update,
        workspace_id=desk.workspace.id,
        app_id=1,
        named="sync",
        fields=fields,
        actor="user:ann",
        now=desk.db.now(),
    )


async def action(desk: Desk) -> Action:
    return await desk.db.read(actions.get, workspace_id=desk.workspace.id, app_id=1, named="sync")


async def released(desk: Desk) -> str | None:
    made = await action(desk)
    found = await desk.db.read(automations.get, workspace_id=desk.workspace.id, label=made.automation)
    return found.package_version


async def test_code_is_edited_deployed_compared_and_taken_back(desk: Desk) -> None:
    assert "No app yet" in (await desk.get("/apps", role="viewer")).text
    await make(desk)
    assert "It has no code yet" in (await desk.get(PAGE)).text
    first = {"code": "print(1)\r\nRESULT = '</textarea>'", "requirements": "requests\n", "base": ""}
    reply = await desk.post(f"{PAGE}/deploy", role="developer", **first)
    assert reply.headers["location"] == f"{PAGE}?tab=code"
    made = await action(desk)
    assert (made.source, made.requirements) == ("print(1)\nRESULT = '</textarea>'", ["requests"])
    one = await released(desk)
    shown = (await desk.get(f"{PAGE}?tab=code", role="developer")).text
    assert "&lt;/textarea&gt;" in shown
    assert f'name="base" value="{one}"' in shown
    assert (await desk.post(f"{PAGE}/deploy", base=str(one), code="print(2)\n")).status_code == 303
    two = await released(desk)
    assert two != one
    old = (await desk.get(f"{PAGE}?version={one}")).text
    assert "print(1)" in old
    compared = (await desk.get(f"{PAGE}?compare={one}")).text
    assert f"From version {one} to {two}, the present one" in compared
    assert re.search(r'<tr class="gone">.*print\(1\)', compared)
    late = await desk.post(f"{PAGE}/deploy", role="developer", base=str(one), code="print(3)\n")
    assert late.status_code == 409
    assert f"Version {two} was deployed by somebody else meanwhile." in late.text
    assert f"From version {two} to what you typed" in late.text
    assert "\nprint(3)\n</textarea>" in late.text
    assert (await action(desk)).source == "print(2)\n"
    assert await released(desk) == two
    assert (await desk.post(f"{PAGE}/deploy", base=str(two), code="print(3)\n")).status_code == 303
    wrong = await desk.post(f"{PAGE}/deploy", base=str(await released(desk)), code="x = 1", requirements="-e /etc")
    assert wrong.status_code == 400
    assert "is no requirement" in wrong.text
    assert "\nx = 1</textarea>" in wrong.text
    rows = {row.action for row in await desk.db.read(audit.list_for, workspace_id=desk.workspace.id)}
    assert {"apps.create", "actions.create", "actions.deploy"} <= rows


async def test_who_may_not_see_or_change_code_does_not(desk: Desk) -> None:
    await make(desk)
    await desk.post(f"{PAGE}/deploy", base="", code="secret_sauce = 1\n")
    for role in ("viewer", "operator"):
        for query in ("", "?tab=code", "?version=1", "?compare=1"):
            shown = await desk.get(f"{PAGE}{query}", role=role)
            assert shown.status_code == 200
            assert "secret_sauce" not in shown.text
        assert (await desk.post(f"{PAGE}/deploy", role=role, base="", code="x")).status_code == 403
        assert (await desk.get("/new/app", role=role)).status_code == 403
        assert (await desk.post("/apps/1/actions", role=role, slug="x")).status_code == 403
    assert (await desk.post(f"{PAGE}/run", role="viewer")).status_code == 403
    assert "Run it" not in (await desk.get(PAGE, role="viewer")).text


async def test_a_run_is_started_from_a_form_of_the_schema(desk: Desk) -> None:
    await make(desk, input_schema=SCHEMA, required_confirmation=True)
    shown = (await desk.get(PAGE, role="operator")).text
    for words in ("Month", "Which one", 'value="5"', "<option>new</option>", "Yes, run it now"):
        assert words in shown, words
    filled = {"u.month": "2026-10", "u.count": "7", "u.kind": "new", "u.dry": "true", "u.rows": "[1]"}
    filled["json"] = '{"x": 1}'
    unsure = await desk.send(f"{PAGE}/run", filled, role="operator")
    assert (unsure.status_code, "wants to be confirmed" in unsure.text) == (400, True)
    assert 'value="2026-10"' in unsure.text
    for wrong, words in (
        ({"u.month": " "}, "Month is needed."),
        ({"u.count": "many"}, "is no number"),
        ({"u.kind": "old"}, "is not offered"),
        ({"u.rows": "[1"}, "u.rows"),
        ({"json": "[]"}, "The JSON is not an object"),
    ):
        reply = await desk.send(f"{PAGE}/run", {**filled, **wrong, "confirmed": "1"}, role="operator")
        assert reply.status_code == 400, wrong
        assert words in reply.text, words
    reply = await desk.send(f"{PAGE}/run", {**filled, "confirmed": "1"}, role="operator")
    task_id = int(reply.headers["location"].removeprefix("/tasks/"))
    task = await desk.db.read(tasks.get, workspace_id=desk.workspace.id, task_id=task_id)
    assert task.parameters == {"x": 1, "month": "2026-10", "count": 7, "kind": "new", "dry": True, "rows": [1]}
    assert (await action(desk)).runs == 1
    live = await desk.get(PAGE, hx_request="true")
    assert f'id="run-{task_id}"' in live.text
    assert "<nav" not in live.text


async def test_files_and_notifications_of_an_app_are_on_its_page(desk: Desk) -> None:
    made = await make(desk)
    blob = await desk.tools.blobs.put(_chunks(b"a,b\n"), limit=10)

    def keep(tx: Tx) -> int:
        said: dict[str, Any] = {"workspace_id": desk.workspace.id, "actor": "user:ann", "now": desk.db.now()}
        appfiles.keep(
            tx,
            app_id=1,
            path="reports/<b>.csv",
            original_name="b.csv",
            media_type="text/csv",
            digest=blob.digest,
            size=blob.size,
            public=False,
            overwrite=False,
            **said,
        )
        task = tasks.create(tx, automation=made.automation, **said)
        for task_id, title in ((task.id, "Orders <late>"), (desk.task_id, "Of another automation")):
            alerts.create(tx, task_id=task_id, level=Level.WARN, title=title, message="", **said)
        return task.id

    task_id = await desk.db.write(keep)
    shown = (await desk.get("/apps/1", role="operator")).text
    assert "reports/&lt;b&gt;.csv" in shown
    assert "Orders &lt;late&gt;" in shown
    assert f"/tasks/{task_id}" in shown
    assert "Of another automation" not in shown
    assert "/file/delete" not in shown
    for hidden in ("reports/", "Orders"):
        assert hidden not in (await desk.get("/apps/1", role="viewer")).text
    file = await desk.get("/apps/1/file?path=reports/%3Cb%3E.csv", role="operator")
    assert file.content == b"a,b\n"
    assert "attachment" in file.headers["content-disposition"]
    assert (await desk.get("/apps/1/file?path=x", role="viewer")).status_code == 403
    assert (await desk.get("/apps/1/file?path=nothing")).status_code == 404
    gone = await desk.send("/apps/1/file/delete", {"path": "reports/<b>.csv"}, role="developer")
    assert gone.headers["location"] == "/apps/1"
    assert "None was kept." in (await desk.get("/apps/1")).text


async def test_the_webhook_is_shown_to_developers_and_replaced_on_its_page(desk: Desk) -> None:
    await make(desk, type="webhook_action")
    assert "/api/webhooks/shop/sync-" not in (await desk.get(PAGE, role="operator")).text
    before = re.search(r"/api/webhooks/shop/sync-\w+/", (await desk.get(PAGE, role="developer")).text)
    await desk.post("/automations/sync/webhook", role="developer")
    after = re.search(r"/api/webhooks/shop/sync-\w+/", (await desk.get(PAGE, role="developer")).text)
    assert before
    assert after
    assert before[0] != after[0]


async def test_wrong_names_are_said_and_other_workspaces_are_not_there(desk: Desk) -> None:
    await make(desk)
    taken = await desk.post("/apps", slug="shop", description="typed")
    assert (taken.status_code, 'value="typed"' in taken.text) == (400, True)
    assert (await desk.post("/apps", slug="12")).status_code == 400
    for wrong in ({"slug": "sync"}, {"slug": "a b"}, {"slug": "x", "type": "nonsense"}):
        assert (await desk.post("/apps/1/actions", **wrong)).status_code == 400

    def elsewhere(tx: Tx) -> None:
        rival = make_workspace(tx, label="rival")
        said: dict[str, Any] = {"workspace_id": rival.id, "actor": "user:eve", "now": desk.db.now()}
        apps.create(tx, slug="theirs", app_id=77, **said)
        actions.create(tx, app_id=77, slug="sync", **said)

    await desk.db.write(elsewhere)
    assert "theirs" not in (await desk.get("/apps")).text
    for path in ("/apps/77", "/apps/77/actions/sync", "/apps/1/actions/nothing", "/apps/x"):
        assert (await desk.get(path)).status_code == 404, path


def test_a_schema_that_is_none_is_one_field_of_json() -> None:
    schemas: tuple[Any, ...] = (None, [], "x", {"properties": 3}, {"properties": {"a": 3}})
    for schema in schemas:
        assert inputform.fields_of(schema) == []
        given = inputform.read(schema, Form([("json", '{"a": 1}')], []))
        assert (given.values, given.faults) == ({"a": 1}, {})


async def _chunks(content: bytes) -> Any:
    yield content
