"""Pages of assets and folders over HTTP: what is secret goes in and never comes out."""

from __future__ import annotations

import re
from typing import Any

from botyard.base.settings import Settings
from botyard.core import assets, audit, folders
from botyard.core.audit import Origin
from botyard.core.vault import RootKeys
from botyard.storage import Tx
from tests.console.conftest import Desk
from tests.support.work import attempt_of, lease_next, make_runner

CANARY = "canary-93e1"


async def secret_of(desk: Desk, settings: Settings, name: str, **options: Any) -> str:
    origin = Origin(workspace_id=desk.workspace.id, actor="user:test")
    read = await desk.db.write(
        assets.reveal,
        root_keys=RootKeys(settings.data / "root.key"),
        workspace_id=desk.workspace.id,
        name=name,
        origin=origin,
        now=desk.db.now(),
        **options,
    )
    return read.secret.reveal()


async def make(desk: Desk, **fields: str) -> str:
    """Make an asset by its form and return the address of its page."""
    reply = await desk.post("/assets", role="developer", **fields)
    assert reply.status_code == 303, re.findall(r'class="notice bad.*', reply.text)
    return str(reply.headers["location"])


async def test_each_type_is_made_shown_and_changed_by_its_form(desk: Desk) -> None:
    for kind, first, then in (
        ("text", "https://example.org", "x" * 100),
        ("int", "-12", "9223372036854775807"),
        ("bool", "false", "true"),
    ):
        path = await make(desk, name=f"A_{kind}", type=kind, value=first, folder="Finance")
        assert first in (await desk.get(path)).text
        reply = await desk.post(path, role="developer", value=then, description="What for")
        assert reply.headers["location"] == path
        page = (await desk.get(path, role="operator")).text
        assert then in page
        assert "What for" in page
        assert "Change it" not in page
    listed = (await desk.get("/assets?folder=Finance&q=a_")).text
    assert len(re.findall(r'id="asset-\d+"', listed)) == 3
    assert "No asset fits." in (await desk.get("/assets?folder=DEFAULT")).text
    assert "A_int" in (await desk.get("/assets")).text


async def test_what_is_secret_never_comes_out_and_stays_when_left_empty(desk: Desk, settings: Settings) -> None:
    secret = await make(desk, name="KEY", type="secret", value=CANARY)
    login = await make(desk, name="LOGIN", type="credential", username="robot", password=CANARY)
    for path in (secret, login, "/assets"):
        assert CANARY not in (await desk.get(path)).text
    await desk.post(login, username="other", password="", description="d")
    await desk.post(secret, value="", description="e")
    assert await secret_of(desk, settings, "LOGIN") == await secret_of(desk, settings, "KEY") == CANARY
    await desk.post(secret, value=f"{CANARY}-2")
    assert await secret_of(desk, settings, "KEY") == f"{CANARY}-2"
    refused = await desk.post("/assets", name="KEY", type="secret", value=CANARY)
    assert refused.status_code == 400
    assert "exists in the folder" in refused.text
    assert CANARY not in refused.text
    rows = await desk.db.read(audit.list_for, workspace_id=desk.workspace.id)
    said = {(row.action, row.target) for row in rows}
    assert {("assets.create", "KEY"), ("assets.put", "LOGIN"), ("asset.read", "KEY")} <= said


async def test_who_used_a_secret_is_listed_with_the_task_and_the_time(desk: Desk, settings: Settings) -> None:
    path = await make(desk, name="KEY", type="secret", value=CANARY)
    assert "Nobody so far" in (await desk.get(path)).text

    def lease(tx: Tx) -> Any:
        return attempt_of(
            lease_next(tx, desk.workspace, make_runner(tx, desk.workspace, now=desk.db.now()), now=desk.db.now())
        )

    attempt = await desk.db.write(lease)
    read = await desk.db.write(
        assets.reveal,
        root_keys=RootKeys(settings.data / "root.key"),
        workspace_id=desk.workspace.id,
        name="KEY",
        origin=Origin(workspace_id=desk.workspace.id, actor=f"attempt:{attempt.task_id}/1", address="10.1.2.3"),
        attempt=attempt,
        now=desk.db.now(),
    )
    assert read.secret.reveal() == CANARY
    page = (await desk.get(path, role="operator")).text
    assert f'href="/tasks/{attempt.task_id}"' in page
    assert "10.1.2.3" in page
    assert 'href="/automations/billing"' in page
    assert f"Last read just now by task {attempt.task_id}." in page


async def test_a_refused_form_keeps_what_was_typed_beside_the_reason(desk: Desk) -> None:
    for fields, field in (
        ({"name": "a/b", "type": "text", "value": "kept"}, "f-name"),
        ({"name": "N", "type": "int", "value": "1.5", "folder": "Kept"}, "f-value"),
        ({"name": "N", "type": "credential", "username": "k" * 3000, "password": CANARY}, "f-username"),
    ):
        reply = await desk.send("/assets", fields)
        assert reply.status_code == 400
        assert re.search(rf'class="field wrong"><label for="{field}"', reply.text), field
        assert CANARY not in reply.text
    path = await make(desk, name="N", type="int", value="1")
    reply = await desk.post(path, value="many")
    assert (reply.status_code, 'value="many"' in reply.text) == (400, True)
    assert (await desk.post("/assets/999999", value="1")).headers["location"] == "/"
    assert (await desk.get("/assets/999999")).status_code == 404


async def test_an_asset_is_deleted_for_good(desk: Desk) -> None:
    path = await make(desk, name="N", type="secret", value=CANARY)
    assert (await desk.post(f"{path}/delete", role="operator")).status_code == 403
    assert (await desk.post(f"{path}/delete", role="developer")).headers["location"] == "/assets"
    assert (await desk.get(path)).status_code == 404


async def test_folders_are_made_renamed_and_deleted_when_empty(desk: Desk) -> None:
    path = await make(desk, name="URL", type="text", value="x", folder="Finance")
    assert "2 folders." in (await desk.get("/folders", role="viewer")).text
    await desk.post("/folders", role="developer", name="Sales")
    (finance,) = [
        each for each in await desk.db.read(folders.search, workspace_id=desk.workspace.id) if each.name == "Finance"
    ]
    reply = await desk.post(f"/folders/{finance.id}/rename", role="developer", name="Money")
    assert "is%20called%20Money%20now" in reply.headers["set-cookie"]
    assert "/assets?folder=Money" in (await desk.get(path)).text
    refused = await desk.post(f"/folders/{finance.id}/delete")
    assert "is%20not%20empty" in refused.headers["set-cookie"]
    again = await desk.post("/folders", name="Money")
    assert (again.status_code, "exists" in again.text) == (400, True)
    await desk.post("/folders/sales/delete")
    assert "Sales" not in (await desk.get("/folders")).text
    assert (await desk.post("/folders", role="operator", name="X")).status_code == 403
