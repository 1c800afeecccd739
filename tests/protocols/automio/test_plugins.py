"""Plugins over the wire: what strict clients accept, who sees code, and what bad input gets (contract b.17)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from botyard.core import access, apps, integrations, plugins, tasks
from botyard.core.integrations import NewConnection
from botyard.core.vault import RootKeys
from botyard.storage import Database, Tx
from tests.protocols.automio import test_actions as actions
from tests.protocols.automio.conftest import Headers, World
from tests.protocols.automio.test_access import check_fault
from tests.support.integrations import make_integration

LIST = "/api/plugins/plugins/get_list/shop/"
RUNTIME = "/api/plugins/plugins/runtime/"
PAGES = "/api/plugins/plugin-interfaces/shop/plugins/"


@dataclass(frozen=True)
class Made:
    """The plugins "shop/github" and "shop/git-lab"; the latter's only connection is for another app."""

    github: int
    connection: int
    owner: Headers


@pytest.fixture
async def made(world: World, db: Database, settings: Any) -> Made:
    keys = RootKeys(settings.data / "root.key")
    workspace = world.workspace

    def build(tx: Tx) -> Made:
        now = db.now()
        said: dict[str, Any] = {"workspace_id": workspace.id, "actor": "user:ann", "now": now}
        plugins.create_interface(tx, namespace="shop", capabilities=["foo", "bar"], code="A = 1", **said)
        ids = []
        for key, app in (("github", 130), ("git-lab", 131)):
            make_integration(tx, keys, workspace, key=key, name=key.upper())
            connection = NewConnection(name="ann", secrets={"key": "k"}, apps=[app])
            connected = integrations.connect(tx, root_keys=keys, key=key, connection=connection, **said)
            code = "def foo(connection_ids):\n    return connection_ids\n"
            one = plugins.create_plugin(tx, namespace="shop", integration=key, code=code, **said)
            ids.append((one.id, connected.id))
        user = access.create_user(tx, login="ann", name="Ann", password_hash="x", must_change=False, now=now)
        apps.update(tx, workspace_id=workspace.id, app_id=130, fields={"owner_id": user.id}, actor="user:ann", now=now)
        token = access.create_app_token(
            tx, workspace_id=workspace.id, app_id=130, user_id=user.id, name="own", owner="user:ann", now=now
        )
        return Made(*ids[0], {"Authorization": f"App-Token {token.text}"})

    return await db.write(build)


def refused(reply: httpx2.Response, status: int, code: str) -> None:
    assert check_fault(reply, status)["code"] == code


async def get(api: httpx2.AsyncClient, path: str, headers: Headers, **query: Any) -> Any:
    reply = await api.get(path, headers=headers, params=query)
    assert reply.status_code == 200, reply.text
    return reply.json()


async def test_plugins_are_listed_with_the_connections_of_the_app(
    api: httpx2.AsyncClient, world: World, made: Made
) -> None:
    first, second = await get(api, LIST, world.token, app=130)
    assert (first["id"], first["connection_ids"]) == ("github", [made.connection])
    assert (second["id"], second["connection_ids"]) == ("git-lab", [])
    assert first["implemented_capabilities"] == ["foo"]
    assert (first["is_official"], first["is_mine"], first["integration_name"]) == (False, False, "GITHUB")
    for query, ids in (
        ({"integration": "git-lab"}, ["git-lab"]),
        ({"capability": "foo"}, ["github", "git-lab"]),
        ({"capability": "bar"}, []),
        ({"integration": "nowhere"}, []),
    ):
        assert [each["id"] for each in await get(api, LIST, world.token, **query)] == ids
    for unknown in ("nowhere", "a.b", "é"):
        assert await get(api, LIST.replace("shop", unknown), world.token) == []
    assert await get(api, LIST, world.foreign_token) == []


async def test_newer_clients_list_them_by_number(api: httpx2.AsyncClient, world: World, made: Made) -> None:
    found = await get(api, RUNTIME, world.token, app=130, use_users_plugins="false", interface="shop")
    assert (found[0]["id"], found[0]["integration"]) == (made.github, "github")
    assert {type(each["id"]) for each in found} == {int}
    assert [each["enabled_for_organization_id"] for each in found] == [world.workspace.id] * 2
    assert await get(api, RUNTIME, world.token, capability="bar") == []
    assert await get(api, RUNTIME, world.token, interface="nowhere") == []


async def test_only_the_owner_of_the_app_sees_code(api: httpx2.AsyncClient, world: World, made: Made) -> None:
    page = await get(api, PAGES, world.token, per_page=1)
    assert (page["count"], page["previous"], len(page["results"])) == (2, None, 1)
    assert (page["results"][0]["code"], page["results"][0]["is_mine"]) == (None, False)
    assert page["results"][0]["plugin_interface"]["namespace"] == "shop"
    following = (await api.get(page["next"], headers=made.owner)).json()
    assert (following["next"], following["results"][0]["integration"]["integration_id"]) == (None, "git-lab")
    assert following["results"][0]["code"].startswith("def foo")
    assert (await get(api, PAGES.replace("shop", "nowhere"), world.token))["results"] == []
    for query in ({"page": "0"}, {"page": "x"}, {"per_page": "-1"}):
        refused(await api.get(PAGES, headers=world.token, params=query), 400, "invalid")


async def end(db: Database, world: World, *, code: int, output: Any = None) -> dict[str, Any]:
    """Do what a runner does with the next task; return what it was given."""
    while not await db.read(tasks.search, workspace_id=world.workspace.id, states=[tasks.State.QUEUED]):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    leased, runner = await actions.lease(db, world)
    await actions.end(db, leased.attempt_id, runner, code, output)
    await actions.write(
        db, leased.attempt_id, runner, [("stderr", "Trace"), ("stderr", "ValueError: no")], complete=True
    )
    return dict(leased.parameters)


async def test_an_invocation_is_a_task_of_the_app(
    api: httpx2.AsyncClient, world: World, made: Made, db: Database
) -> None:
    body = {"capability": "foo", "connection_ids": [made.connection], "payload": {"a": 1}}
    address = f"{RUNTIME}{made.github}/invoke/"
    for code, output, answer in ((0, {"result": [7]}, [7]), (0, {"result": None}, None)):
        waiting = asyncio.create_task(api.post(address, headers=world.token, params={"app": 130}, json=body))
        given = await end(db, world, code=code, output=output)
        assert (given["namespace"], given["integration"], given["payload"]) == ("shop", "github", {"a": 1})
        reply = await waiting
        assert (reply.status_code, reply.json()) == (200, {"result": answer})
    waiting = asyncio.create_task(api.post(address, headers=world.token, json=body))
    await end(db, world, code=1)
    reply = await waiting
    refused(reply, 422, "plugin_failed")
    assert "ValueError: no" in reply.json()["detail"]
    assert [each["slug"] for each in await get(api, "/api/actions/", world.token)] == ["sync", "hook"]


async def test_an_invocation_that_takes_too_long_is_cancelled(
    api: httpx2.AsyncClient, world: World, made: Made, db: Database
) -> None:
    body = {"capability": "foo", "timeout_seconds": 0.05}
    refused(await api.post(f"{RUNTIME}{made.github}/invoke/", headers=world.token, json=body), 504, "plugin_timeout")
    (task,) = await db.read(tasks.search, workspace_id=world.workspace.id)
    assert task.state is tasks.State.CANCELLED


BAD: list[tuple[str, Any, int, str]] = [
    ("0", {"capability": "foo"}, 404, "not_found"),
    ("x", {"capability": "foo"}, 404, "not_found"),
    ("99999999999999999999", {"capability": "foo"}, 404, "not_found"),
    ("{id}", {"capability": "baz"}, 404, "unknown_capability"),
    ("{id}", {}, 400, "invalid"),
    ("{id}", [], 400, "invalid"),
    ("{id}", {"capability": 1}, 400, "invalid"),
    ("{id}", {"capability": "foo", "payload": []}, 400, "invalid"),
    ("{id}", {"capability": "foo", "connection_ids": [{}]}, 400, "invalid"),
    ("{id}", {"capability": "foo", "timeout_seconds": 0}, 400, "invalid"),
    ("{id}", {"capability": "foo", "timeout_seconds": 1e9}, 400, "invalid"),
    ("{id}", {"capability": "foo", "timeout_seconds": "x"}, 400, "invalid"),
]


async def test_what_cannot_be_invoked_is_said_at_once(
    api: httpx2.AsyncClient, world: World, made: Made, db: Database
) -> None:
    for name, body, status, code in BAD:
        address = f"{RUNTIME}{name.replace('{id}', str(made.github))}/invoke/"
        refused(await api.post(address, headers=world.token, json=body), status, code)
    address = f"{RUNTIME}{made.github}/invoke/"
    refused(await api.post(address, headers=world.foreign_token, json={"capability": "foo"}), 404, "not_found")
    raw = b'{"capability": "foo", "timeout_seconds": NaN}'
    refused(await api.post(address, headers=world.token, content=raw), 400, "invalid")
    refused(await api.post(address, headers=world.token), 400, "invalid")
    await db.write(
        plugins.update_plugin,
        workspace_id=world.workspace.id,
        plugin_id=made.github,
        enabled=False,
        actor="user:ann",
        now=db.now(),
    )
    refused(await api.post(address, headers=world.token, json={"capability": "foo"}), 404, "not_found")
    assert [each["id"] for each in await get(api, LIST, world.token)] == ["git-lab"]
    assert await db.read(tasks.search, workspace_id=world.workspace.id) == []
    for path in (LIST, RUNTIME, PAGES):
        refused(await api.get(path, headers={"Authorization": "App-Token nonsense"}), 403, "unauthenticated")
