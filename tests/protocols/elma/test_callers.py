"""Who is answered: allowed systems, from where they may call, about what they may see."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from botyard.core import automations, systems, tasks, workspaces
from botyard.core.systems import State
from botyard.core.tasks import NewTask
from botyard.server.app import elma_app
from botyard.storage import Database, Tx
from botyard.web import Application
from tests.protocols.elma.conftest import Yard
from tests.support.work import make_workspace

STATUS = "orchestra/task/status"


async def test_nothing_is_answered_before_there_is_a_system(http: httpx2.AsyncClient, app: Application) -> None:
    for client in (http, httpx2.AsyncClient(transport=httpx2.ASGITransport(app=elma_app(app)), base_url="http://e")):
        reply = await client.post(f"/v1/{STATUS}", json={"auth_tkn": "5d5ec66f-357d-4c2d-bbc1-2012278d2361", "id": 1})
        assert (reply.status_code, reply.json()["status"]) == (404, 404)


async def test_the_other_port_answers_systems_and_nothing_else(yard: Yard) -> None:
    side = elma_app(yard.app)
    task_id = await yard.made()
    answer = await yard.send(STATUS, {"auth_tkn": yard.token, "id": task_id}, app=side)
    assert answer.task["id"] == task_id
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=side), base_url="http://e") as client:
        for path in ("/", "/healthz", "/sign-in", "/api/v1/tasks", "/api/v2/task/1", "/x", "/static/app.css", "/%ff"):
            reply = await client.get(path)
            assert reply.status_code in (400, 404), path
            assert reply.headers["content-type"] == "application/json"
            assert reply.json()["status"] == reply.status_code


@pytest.mark.parametrize(("state", "word"), [(State.REQUEST, "not allowed yet"), (State.LOCKED, "locked")])
async def test_a_system_that_is_not_allowed_learns_so(yard: Yard, state: State, word: str) -> None:
    other = await yard.other(state=state)
    for route in ("orchestra/task/create", STATUS, "orchestra/task/cancel", "repository/actual"):
        answer = await yard.send(route, {"auth_tkn": other.token, "id": 1, "task": {"process": yard.process}})
        assert (answer.http, answer.body["status"]) == (200, 403)
        assert word in answer.body["ErrorMessage"]
    assert (await yard.download(1, "a", token=other.token)).http == 403


async def test_a_decision_counts_at_once(yard: Yard) -> None:
    where: dict[str, Any] = {"workspace_id": yard.workspace.id, "system_id": yard.system, "actor": "user:ann"}
    task_id = await yard.made()
    for _ in range(2):
        assert (await yard.status(task_id)).body["status"] == 201
        await yard.db.write(systems.lock, **where, now=yard.db.now())
        assert (await yard.status(task_id)).body["status"] == 403
        await yard.db.write(systems.allow, **where, now=yard.db.now())


async def test_a_token_counts_whatever_its_case(yard: Yard) -> None:
    answer = await yard.create(token=yard.token.upper())
    assert answer.task["system"] == yard.token
    assert (await yard.status(answer.task["id"], token=f" {yard.token} ")).body["status"] == 201


async def test_the_earlier_token_ends_at_once_or_after_an_overlap(yard: Yard) -> None:
    where: dict[str, Any] = {"workspace_id": yard.workspace.id, "system_id": yard.system, "actor": "user:ann"}
    task_id = await yard.made()
    second = await yard.db.write(systems.rotate, **where, overlap=60_000_000, now=yard.db.now())
    assert (await yard.status(task_id)).task["system"] == yard.token
    assert (await yard.status(task_id, token=second.token)).task["system"] == second.token
    third = await yard.db.write(systems.rotate, **where, now=yard.db.now())
    for token in (yard.token, second.token):
        assert (await yard.status(task_id, token=token)).body["status"] == 401
    assert (await yard.status(task_id, token=third.token)).body["status"] == 201


@pytest.mark.parametrize(
    ("networks", "address", "status"),
    [
        (None, "203.0.113.9", 201),
        (["10.0.0.0/8"], "10.1.2.3", 201),
        (["10.0.0.0/8"], "::ffff:10.1.2.3", 201),
        (["10.0.0.0/8"], "11.1.2.3", 403),
        (["10.0.0.1"], "10.0.0.2", 403),
        (["fd00::/8", "192.0.2.7"], "fd00::5", 201),
        (["fd00::/8"], "10.1.2.3", 403),
        (["fd00::/8"], "local", 403),
        ([], "10.1.2.3", 403),
    ],
)
async def test_a_system_may_be_limited_to_networks(
    yard: Yard, networks: list[str] | None, address: str, status: int
) -> None:
    task_id = await yard.made()
    await yard.set(networks=networks)
    answer = await yard.send(STATUS, {"auth_tkn": yard.token, "id": task_id}, address=address)
    assert (answer.http, answer.body["status"]) == (200, status)


async def test_tasks_of_others_are_closed(yard: Yard) -> None:
    task_id = await yard.made()
    other = await yard.other()
    answer = await yard.status(task_id, token=other.token)
    assert (answer.http, answer.body["status"]) == (200, 403)
    assert "task" not in answer.body
    assert yard.token not in answer.raw.text


async def test_tasks_that_people_started_are_closed_unless_a_system_may_read_all(yard: Yard) -> None:
    new = NewTask(workspace_id=yard.workspace.id, automation="TestCI", actor="user:ann", now=yard.db.now())
    task = await yard.db.write_set(tasks.create_many, new)
    assert (await yard.status(task.id)).body["status"] == 403
    await yard.set(reads_all=True)
    answer = await yard.status(task.id)
    assert answer.body["status"] == 201
    assert answer.task["system"] not in (yard.token, yard.system)


async def test_who_may_read_all_never_sees_a_token(yard: Yard) -> None:
    task_id = await yard.made()
    reader = await yard.other(reads_all=True)
    answer = await yard.status(task_id, token=reader.token)
    assert answer.task["system"] == yard.system
    assert yard.token not in answer.raw.text


async def test_a_system_may_be_limited_to_processes(yard: Yard, db: Database) -> None:
    await db.write(_add, now=db.now())
    await yard.set(processes=["Other"])
    answer = await yard.create()
    assert (answer.http, answer.body["status"]) == (200, 403)
    listed = (await yard.send("repository/actual", {"auth_tkn": yard.token})).body
    assert (listed["total"], [process["name"] for process in listed["process"]]) == (1, ["Other"])
    allowed = await yard.create(process=listed["process"][0]["token"].upper())
    assert allowed.body["status"] == 201
    assert (await yard.create(process="5d5ec66f-357d-4c2d-bbc1-2012278d2362")).body["status"] == 404
    await yard.set(processes=[])
    assert (await yard.send("repository/actual", {"auth_tkn": yard.token})).body["total"] == 0


async def test_a_limited_system_reads_no_tasks_of_other_processes(yard: Yard, db: Database) -> None:
    await db.write(_add, now=db.now())
    task_id = await yard.made()
    reader = await yard.other(reads_all=True, processes=["Other"])
    assert (await yard.status(task_id, token=reader.token)).body["status"] == 403


async def test_another_workspace_is_not_there(yard: Yard, db: Database) -> None:
    task_id = await yard.made()
    stranger = await db.write(_stranger, now=db.now())
    for answer in (await yard.status(task_id, token=stranger), await yard.cancel(task_id, token=stranger)):
        assert answer.body == {"status": 404, "ErrorMessage": f"task {task_id} not found"}
    assert (await yard.download(task_id, "a", token=stranger)).http == 404
    assert (await yard.create(token=stranger)).body["status"] == 404
    assert (await yard.send("repository/actual", {"auth_tkn": stranger})).body["total"] == 0


async def test_when_a_system_called_is_remembered(yard: Yard) -> None:
    await yard.made()
    found = await yard.db.read(systems.get, workspace_id=yard.workspace.id, system_id=yard.system)
    assert found.used_at is not None


def _add(tx: Tx, *, now: int) -> None:
    workspace = workspaces.get(tx, label="default")
    automations.create(tx, workspace_id=workspace.id, label="Other", fields={}, actor="user:ann", now=now)


def _stranger(tx: Tx, *, now: int) -> str:
    workspace = make_workspace(tx, now=now)
    return systems.create(
        tx,
        workspace_id=workspace.id,
        name="BPM",
        state=State.ALLOWED,
        fields={"reads_all": True},
        actor="user:eve",
        now=now,
    ).token
