"""The page of an automation that is an action: its app, and the address of its webhook."""

from __future__ import annotations

import re
from typing import Any

from botyard.core import actions, apps
from botyard.storage import Tx
from tests.console.conftest import Desk

ADDRESS = re.compile(r'data-copy="(https?://[^"]+/api/webhooks/[^"]+)"')


def make(tx: Tx, /, workspace_id: int, now: int) -> None:
    said: dict[str, Any] = {"workspace_id": workspace_id, "actor": "user:ann", "now": now}
    app = apps.create(tx, slug="shop", name="Shop & more", app_id=130, **said)
    for slug, kind in (("sync", "app_action"), ("hook", "webhook_action")):
        actions.create(tx, app_id=app.id, slug=slug, fields={"type": kind}, **said)


async def test_the_page_tells_of_the_app_and_hands_out_the_address_to_developers(desk: Desk) -> None:
    await desk.db.write(make, workspace_id=desk.workspace.id, now=desk.db.now())
    shown = (await desk.get("/automations/sync")).text
    assert "Shop &amp; more" in shown
    assert "for the app" in shown
    assert not ADDRESS.search(shown)
    assert "Action of an app" not in (await desk.get("/automations/billing")).text
    for role in ("viewer", "operator"):
        shown = (await desk.get("/automations/hook", role=role)).text
        assert "for a webhook" in shown
        assert not ADDRESS.search(shown)
        assert (await desk.post("/automations/hook/webhook", role=role)).status_code == 403
    before = ADDRESS.search((await desk.get("/automations/hook", role="developer")).text)
    assert before
    found = await desk.db.read(actions.find_webhook, app="shop", webhook=before[1].split("/")[-2])
    assert found.slug == "hook"
    reply = await desk.post("/automations/hook/webhook", role="developer")
    assert reply.headers["location"] == "/automations/hook"
    after = ADDRESS.search((await desk.get("/automations/hook", role="developer")).text)
    assert after
    assert after[1] != before[1]
