"""What the API answers to what it cannot accept: one plain text, and the right status."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from botyard.base.settings import Settings
from botyard.core import access, assets, queues, tasks
from botyard.core.access import Role
from botyard.core.vault import RootKeys
from botyard.protocols.botvelocity.routes import TABLES
from botyard.server.app import ROOT_KEY_FILE, create_app
from botyard.storage import Blobs, Database, Tx
from botyard.wire.execution import execution_id
from tests.support.work import deploy, make_workspace

BASE = "/acme/orchestrator_"


@dataclass(frozen=True)
class World:
    """A workspace with a robot and a developer."""

    robot: dict[str, str]
    developer: dict[str, str]
    viewer: dict[str, str]
    execution: str


@pytest.fixture
async def api(settings: Settings, db: Database, blobs: Blobs) -> AsyncIterator[httpx2.AsyncClient]:
    """Yield a client that talks to the application without a socket."""
    app = create_app(settings, db, blobs, tables=list(TABLES))
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://botyard") as client:
        yield client


@pytest.fixture
async def world(api: httpx2.AsyncClient, db: Database, settings: Settings) -> World:
    """Return the callers of a workspace with a queue and some assets."""
    del api
    root_keys = RootKeys(settings.data / ROOT_KEY_FILE)

    def build(tx: Tx) -> World:
        now = db.now()
        workspace = make_workspace(tx, label="acme", now=now)
        deploy(tx, workspace, automation="agent", now=now)
        queues.create(tx, workspace_id=workspace.id, label="orders", actor="u", now=now)
        for asset in ({"name": "N", "type": "int", "value": 7}, {"name": "S", "type": "secret", "value": "hush-hush"}):
            checked = assets.checked(**asset)
            assets.create(tx, root_keys=root_keys, workspace_id=workspace.id, asset=checked, actor="u", now=now)
        opened = tasks.develop(
            tx, workspace_id=workspace.id, automation="agent", dialect="botvelocity", actor="u", now=now
        )
        keys = {role: make_key(tx, workspace.id, role, now) for role in (Role.DEVELOPER, Role.VIEWER)}
        return World(
            {"X-Robot-Token": opened.credential.text},
            {"Authorization": f"Bearer {keys[Role.DEVELOPER]}"},
            {"Authorization": f"Bearer {keys[Role.VIEWER]}"},
            execution_id(opened.attempt_id),
        )

    return await db.write(build)


def make_key(tx: Tx, workspace_id: int, role: Role, now: int) -> str:
    made = access.create_key(
        tx, workspace_id=workspace_id, name="k", role=role, owner="user:1", now=now, dialect="botvelocity"
    )
    return made.text


ADD, STATUS = "/queue-items/add", "/queue-items/b07a2d00-0000-8000-8000-000000000001/status"
LOGS, SPANS = "/job-executions/00000000-0000-4000-8000-000000000000/logs", "/agent-traces/12345/spans"
CASES: list[tuple[str, str, Any, int]] = [
    ("GET", "/queue-items/next", None, 422),
    ("GET", "/queue-items/next?queue_name=nothing", None, 404),
    ("GET", "/queue-items?queue_name=nothing&limit=1", None, 404),
    ("GET", "/queue-items?queue_name=orders&limit=x", None, 422),
    ("POST", ADD, {"queue_name": "nothing", "payload": {}}, 404),
    ("POST", ADD, {"payload": {}}, 422),
    ("POST", ADD, {"queue_name": "orders", "payload": {}, "priority": 99}, 422),
    ("POST", ADD, {"queue_name": "orders", "payload": {}, "priority": "high"}, 422),
    ("PUT", STATUS, {"status": "DONE"}, 404),
    ("PUT", STATUS, {"status": "DONE", "error_message": "x"}, 422),
    ("PUT", STATUS, {"status": "FAILED", "error_message": "x"}, 422),
    ("PUT", STATUS, {"status": "FAILED", "error_type": "BUSINESS"}, 422),
    ("PUT", STATUS, {"status": "FAILED", "error_type": "OTHER", "error_message": "x"}, 422),
    ("PUT", STATUS, {"status": "ABANDONED"}, 422),
    ("PUT", STATUS, {"status": "LOST"}, 422),
    ("PUT", "/queue-items/17/status", {"status": "DONE"}, 404),
    ("GET", "/assets/name/NOPE", None, 404),
    ("GET", "/assets/name/S", None, 403),
    ("GET", "/assets/name/a/b", None, 404),
    ("PUT", "/assets/name/N", {"value": "x"}, 409),
    ("PUT", "/assets/name/N", {"value": True}, 409),
    ("PUT", "/assets/name/S", {"value": "x"}, 409),
    ("PUT", "/assets/secret/N", {"value": "x"}, 409),
    ("PUT", "/assets/secret/S", {"value": 5}, 422),
    ("PUT", "/assets/credential/S", {"username": "u", "password": "p"}, 409),
    ("PUT", "/assets/name/NOPE", {"value": 1}, 404),
    ("POST", "/runtime/secrets/resolve", {"name": "N"}, 409),
    ("POST", "/runtime/secrets/resolve", {"name": "NOPE.password"}, 404),
    ("POST", "/runtime/secrets/resolve", {}, 422),
    ("GET", "/runtime/credentials/S", None, 409),
    ("POST", LOGS, {"message": "x", "level": "INFO"}, 404),
    ("POST", SPANS, {"spans": []}, 404),
    ("GET", "/nothing/here", None, 404),
    ("DELETE", "/queues", None, 405),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), CASES)
async def test_each_fault_has_its_status_and_one_text(
    api: httpx2.AsyncClient, world: World, *, method: str, path: str, body: Any, status: int
) -> None:
    reply = await api.request(method, BASE + path, json=body, headers=world.robot)
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/json"
    assert isinstance(reply.json()["detail"], str)
    assert "hush-hush" not in reply.text


async def test_callers_are_told_apart(api: httpx2.AsyncClient, world: World) -> None:
    robot, developer = world.robot["X-Robot-Token"], world.developer["Authorization"]
    calls: list[tuple[str, dict[str, str], int]] = [
        (f"{BASE}/queues", {}, 401),
        (f"{BASE}/queues", {"X-Robot-Token": "nonsense"}, 401),
        (f"{BASE}/queues", {"X-Robot-Token": developer.removeprefix("Bearer ")}, 403),
        (f"{BASE}/queues", {"Authorization": f"Bearer {robot}"}, 403),
        (f"{BASE}/queues", world.developer, 200),
        (f"{BASE}/api/queues", world.robot, 200),
        ("/api/queues", world.robot, 200),
        ("/rival/orchestrator_/queues", world.robot, 403),
        (f"{BASE}/queues", {**world.robot, "X-Folder-ID": "nowhere"}, 404),
        (f"{BASE}/queues", {**world.robot, "X-Folder-ID": "DEFAULT"}, 200),
        (f"{BASE}/queues/", world.robot, 404),
        (f"{BASE}/assets", world.viewer, 403),
    ]
    for path, headers, status in calls:
        reply = await api.get(path, headers=headers)
        assert reply.status_code == status, (path, headers, reply.text)


async def test_an_empty_queue_is_answered_with_nothing(api: httpx2.AsyncClient, world: World) -> None:
    reply = await api.get(f"{BASE}/queue-items/next?queue_name=orders", headers=world.robot)
    assert (reply.status_code, reply.content) == (204, b"")


async def test_an_item_of_somebody_else_is_refused(api: httpx2.AsyncClient, world: World) -> None:
    await api.post(BASE + ADD, json={"queue_name": "orders", "payload": {"a": 1}}, headers=world.robot)
    item = (await api.get(f"{BASE}/queue-items/next?queue_name=orders", headers=world.robot)).json()
    path = f"{BASE}/queue-items/{item['id']}/status"
    assert (await api.put(path, json={"status": "DONE"}, headers=world.developer)).status_code == 409
    for _ in range(2):
        assert (await api.put(path, json={"status": "DONE"}, headers=world.robot)).status_code == 200


async def test_a_reported_outcome_is_not_replaced_by_another(api: httpx2.AsyncClient, world: World) -> None:
    failed = {"status": "FAILED", "error_type": "APPLICATION", "error_message": "boom"}
    gone = {"status": "ABANDONED", "error_message": "gone"}
    for first, second in (({"status": "DONE"}, failed), (failed, {"status": "DONE"}), (gone, {"status": "DONE"})):
        await api.post(BASE + ADD, json={"queue_name": "orders", "payload": {"a": 1}}, headers=world.robot)
        item = (await api.get(f"{BASE}/queue-items/next?queue_name=orders", headers=world.robot)).json()
        path = f"{BASE}/queue-items/{item['id']}/status"
        statuses = [
            (await api.put(path, json=body, headers=world.robot)).status_code for body in (first, second, first)
        ]
        assert statuses == [200, 409, 200], (first, second)


async def test_long_messages_and_payloads_are_cut(api: httpx2.AsyncClient, world: World) -> None:
    path = f"{BASE}/job-executions/{world.execution}/logs"
    reply = await api.post(path, json={"level": "x" * 999, "message": "a\n" * 5000 + "b" * 90_000}, headers=world.robot)
    assert (reply.status_code, reply.json()["accepted"]) == (201, 501)
    span = {"span_id": "s", "name": "n", "input_payload": "p" * 200_000, "start_time": "soon", "duration_ms": 5}
    reply = await api.post(f"{BASE}/agent-traces/{world.execution}/spans", json={"spans": [span]}, headers=world.robot)
    assert (reply.status_code, reply.json()) == (201, {"accepted": 1, "dropped": 0})


async def test_a_login_that_nobody_knows_or_decides(api: httpx2.AsyncClient, world: World) -> None:
    del world
    assert (await api.get(f"{BASE}/sdk/auth/status?session_id=none")).status_code == 404
    assert (await api.post("/nobody/orchestrator_/sdk/auth/start", json={})).status_code == 404
    begun = await api.post(f"{BASE}/sdk/auth/start", json={"machine_name": "vm", "os": "Linux"})
    waiting = await api.get(f"{BASE}/sdk/auth/status?session_id={begun.json()['session_id']}")
    assert (waiting.status_code, waiting.json()) == (202, {"status": "pending"})


async def test_a_hostile_package_is_refused(api: httpx2.AsyncClient, world: World) -> None:
    files = {"file": ("a-1.0.0.bvpackage", b"PK\x03\x04 no archive", "application/octet-stream")}
    reply = await api.post(f"{BASE}/packages/upload", files=files, headers=world.developer)
    assert (reply.status_code, isinstance(reply.json()["detail"], str)) == (400, True)
    reply = await api.post(f"{BASE}/packages/upload", files=files, headers=world.robot)
    assert reply.status_code == 403
