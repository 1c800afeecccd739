"""One queue, two dialects: what a BotCity program pushes, a Bot Velocity program completes, and the other way round."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import pytest

from botyard.base.settings import Settings
from botyard.core import access, queues
from botyard.core.access import Role
from botyard.protocols.botcity.routes import ROUTES as BOTCITY
from botyard.protocols.botvelocity.routes import TABLES
from botyard.server.app import create_app
from botyard.storage import Blobs, Database, Tx
from tests.support.work import make_workspace

BASE = "/acme/orchestrator_"
POOL = "/api/v2/datapool/orders"

Headers = dict[str, str]


@pytest.fixture
async def api(settings: Settings, db: Database, blobs: Blobs) -> AsyncIterator[httpx2.AsyncClient]:
    """Yield a client of both dialects."""
    app = create_app(settings, db, blobs, tables=[BOTCITY, *TABLES])
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://botyard") as client:
        yield client


@pytest.fixture
async def callers(api: httpx2.AsyncClient, db: Database) -> tuple[Headers, Headers]:
    """Return the headers of a BotCity program and of a Bot Velocity one."""
    del api

    def build(tx: Tx) -> tuple[Headers, Headers]:
        now = db.now()
        workspace = make_workspace(tx, label="acme", now=now)
        queues.create(tx, workspace_id=workspace.id, label="orders", max_retries=1, actor="u", now=now)
        made = {
            dialect: access.create_key(
                tx,
                workspace_id=workspace.id,
                name="k",
                role=Role.DEVELOPER,
                owner="user:1",
                now=now,
                dialect=dialect,
                login="acme",
            ).text
            for dialect in ("botcity", "botvelocity")
        }
        login = access.login_with_key(tx, dialects=("botcity",), login="acme", key=made["botcity"], now=now)
        return {"token": login.text}, {"Authorization": f"Bearer {made['botvelocity']}"}

    return await db.write(build)


async def test_a_bot_velocity_program_completes_what_botcity_pushed(
    api: httpx2.AsyncClient, callers: tuple[Headers, Headers]
) -> None:
    botcity, velocity = callers
    pushed = (await api.post(f"{POOL}/push", json={"priority": 2, "values": {"invoice": 7}}, headers=botcity)).json()
    item = (await api.get(f"{BASE}/queue-items/next?queue_name=orders", headers=velocity)).json()
    assert (item["payload"], item["priority"], item["retries"]) == ({"invoice": 7}, 2, 0)
    done = {"status": "DONE", "result": {"ok": True}, "error_message": None}
    reply = await api.put(f"{BASE}/queue-items/{item['id']}/status", json=done, headers=velocity)
    assert reply.status_code == 200
    assert (await api.get(f"{POOL}/entry/{pushed['id']}", headers=botcity)).json()["state"] == "DONE"


async def test_a_botcity_program_fails_what_bot_velocity_added_and_that_comes_back(
    api: httpx2.AsyncClient, callers: tuple[Headers, Headers]
) -> None:
    botcity, velocity = callers
    body = {"queue_name": "orders", "payload": {"invoice": 8}, "reference": "R", "priority": 3}
    assert (await api.post(f"{BASE}/queue-items/add", json=body, headers=velocity)).status_code == 201
    entry = (await api.get(f"{POOL}/pull", headers=botcity)).json()
    assert entry["values"] == {"invoice": 8}
    entry |= {"state": "ERROR", "errorType": "SYSTEM", "message": "boom"}
    assert (await api.post(f"{POOL}/entry/{entry['id']}", json=entry, headers=botcity)).status_code == 200
    again = (await api.get(f"{BASE}/queue-items/next?queue_name=orders", headers=velocity)).json()
    assert (again["reference"], again["retries"], again["payload"]) == ("R", 1, {"invoice": 8})
