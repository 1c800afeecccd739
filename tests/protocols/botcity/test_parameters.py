"""Declared parameters as this dialect meets them: converted where nothing is lost, refused by name otherwise."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from botyard.core import automations
from botyard.storage import Database, Tx
from tests.protocols.botcity.conftest import AUTOMATION, World

DECLARED = [
    {"name": "Amount", "type": "int"},
    {"name": "When", "type": "datetime"},
    {"name": "Letter", "type": "file"},
]


@pytest.fixture
async def headers(api: httpx2.AsyncClient, db: Database, world: World) -> dict[str, str]:
    """Declare parameters and return what a signed-in client sends."""

    def declare(tx: Tx) -> None:
        fields = {"parameters": DECLARED}
        automations.update(
            tx, workspace_id=world.workspace.id, label=AUTOMATION, fields=fields, actor="user:ann", now=db.now()
        )

    await db.write(declare)
    reply = await api.post("/api/v2/workspace/login", json={"login": world.workspace.label, "key": world.key})
    return {"token": reply.json()["accessToken"], "organization": world.workspace.label}


async def test_values_become_what_is_declared(api: httpx2.AsyncClient, headers: dict[str, str]) -> None:
    sent: dict[str, Any] = {"AMOUNT": "12", "when": "2026-03-22T02:00:00+02:00", "other": [1]}
    body = {"activityLabel": AUTOMATION, "parameters": sent}
    reply = await api.post("/api/v2/task", json=body, headers=headers)
    assert reply.status_code == 200
    assert reply.json()["parameters"] == {"Amount": 12, "When": "2026-03-22T00:00:00Z", "other": [1]}


async def test_a_wrong_type_is_refused_by_name(api: httpx2.AsyncClient, headers: dict[str, str]) -> None:
    body = {"activityLabel": AUTOMATION, "parameters": {"amount": 7.5}}
    reply = await api.post("/api/v2/task", json=body, headers=headers)
    assert reply.status_code == 400
    assert '"Amount" must be a whole number' in reply.json()["message"]


async def test_a_task_that_prepares_is_not_started_yet(api: httpx2.AsyncClient, headers: dict[str, str]) -> None:
    body = {"activityLabel": AUTOMATION, "parameters": {"letter": "http://files.test/a"}}
    task = (await api.post("/api/v2/task", json=body, headers=headers)).json()
    assert task["state"] == "START"
    finish = {"state": "FINISHED", "finishStatus": "SUCCESS"}
    refused = await api.post(f"/api/v2/task/{task['id']}", json=finish, headers=headers)
    assert refused.status_code in (400, 409)
    cancelled = await api.post(f"/api/v2/task/{task['id']}", json={"state": "CANCELED"}, headers=headers)
    assert cancelled.json()["state"] == "CANCELED"
