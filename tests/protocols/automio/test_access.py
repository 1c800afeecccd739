"""Who may ask, what a client may say of its app, and where the addresses lead (contract 0.2, a)."""

from __future__ import annotations

from typing import Any

import httpx2

from botyard.core import access
from botyard.core.access import Role
from botyard.storage import Database
from tests.protocols.automio.conftest import World
from tests.support.work import lease_next, make_runner

ROUTES = [
    ("GET", "/api/actions/"),
    ("POST", "/api/actions/sync/run/"),
    ("GET", "/api/actions/runs/1/status/"),
    ("POST", "/api/actions/runs/1/stop/"),
    ("GET", "/api/actions/run-code-stream/?task_id=1"),
    ("GET", "/api/actions/sync/run-request/?request_key=k"),
]


def check_fault(reply: httpx2.Response, status: int) -> dict[str, Any]:
    """Check that an error is the one object that no client sleeps for."""
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/json"
    assert "retry-after" not in reply.headers
    body: dict[str, Any] = reply.json()
    assert set(body) == {"detail", "error", "code", "retryable", "request_id"}
    assert body["detail"] == body["error"]
    assert body["detail"]
    return body


async def test_a_token_that_does_not_hold_is_a_403_with_a_detail(
    api: httpx2.AsyncClient, world: World, db: Database
) -> None:
    key = await db.write(
        access.create_key,
        workspace_id=world.workspace.id,
        name="k",
        role=Role.ADMIN,
        owner="user:ann",
        now=db.now(),
        dialect="botcity",
    )
    good = world.token["Authorization"]
    wrong: list[str | None] = [
        None,
        "",
        "App-Token",
        "App-Token None",
        "App-Token ",
        good + "x",
        good.replace("App-Token", "Bearer"),
        good.removeprefix("App-Token "),
        f"App-Token {key.text}",
        "App-Token \xff".encode("latin-1").decode("latin-1"),
    ]
    for value in wrong:
        headers = {} if value is None else {b"Authorization": value.encode("latin-1")}
        for method, path in ROUTES:
            check_fault(await api.request(method, path, headers=headers), 403)


async def test_a_client_may_name_its_own_app_and_no_other(api: httpx2.AsyncClient, world: World) -> None:
    for named in ("None", "130", "shop", "acme/shop", ""):
        assert (await api.get("/api/actions/", headers={**world.token, "X-App-Id": named})).status_code == 200
        assert (await api.get("/api/actions/", headers=world.token, params={"app": named})).status_code == 200
    for named in ("131", "crm", "rival/shop", "999"):
        assert check_fault(await api.get("/api/actions/", headers={**world.token, "X-App-Id": named}), 403)
        fault = check_fault(await api.get("/api/actions/", headers=world.token, params={"app": named}), 403)
        assert fault["code"] == "foreign_app"


async def test_below_api_every_wrong_address_is_told_in_the_same_object(api: httpx2.AsyncClient, world: World) -> None:
    for path in ("/api/", "/api/nothing/", "/api//nothing", "/api/actions/a/b/c/", "/api/ai-router/x/", "/api/apps/"):
        for method in ("GET", "POST", "DELETE"):
            fault = check_fault(await api.request(method, path, headers=world.token), 404)
            assert (fault["code"], fault["retryable"]) == ("unknown_route", False)


async def test_another_organization_is_refused(api: httpx2.AsyncClient, world: World) -> None:
    own = str(world.workspace.id)
    assert (await api.get("/api/actions/", headers={**world.token, "X-Organization-Id": own})).status_code == 200
    for headers, params in (({"X-Organization-Id": "99"}, {}), ({}, {"organization_id": "99"})):
        reply = await api.get("/api/actions/", headers=world.token | headers, params=params)
        assert check_fault(reply, 403)["code"] == "foreign_organization"


async def test_apps_see_their_own_actions_and_runs_only(api: httpx2.AsyncClient, world: World) -> None:
    run = (await api.post("/api/actions/sync/run/", headers=world.token)).json()
    for token in (world.crm_token, world.foreign_token):
        assert (await api.get("/api/actions/", headers=token)).json() == []
        check_fault(await api.post("/api/actions/sync/run/", headers=token), 404)
        check_fault(await api.get(f"/api/actions/runs/{run['run_id']}/status/", headers=token), 404)
        check_fault(await api.post(f"/api/actions/runs/{run['run_id']}/stop/", headers=token), 404)
        check_fault(await api.get(f"/api/actions/run-code-stream/?task_id={run['task_id']}", headers=token), 404)


async def test_the_token_of_a_running_attempt_is_an_app_token(
    api: httpx2.AsyncClient, world: World, db: Database
) -> None:
    await api.post("/api/actions/sync/run/", headers=world.token)
    runner = await db.write(lambda tx: make_runner(tx, world.workspace, now=db.now()))
    lease = await db.write(lambda tx: lease_next(tx, world.workspace, runner, now=db.now()))
    own = {"Authorization": f"App-Token {lease.credential.text}"}
    assert [each["slug"] for each in (await api.get("/api/actions/", headers=own)).json()] == ["sync", "hook"]
    check_fault(await api.get("/api/actions/", headers={**own, "X-App-Id": "131"}), 403)


async def test_slashes_lead_to_the_same_place_without_a_redirect(api: httpx2.AsyncClient, world: World) -> None:
    paths = (
        "/api/actions/",
        "/api/actions",
        "//api/actions/",
        "//api//actions",
        "/api/actions//",
        "///api///actions//",
    )
    for number, path in enumerate(paths, 1):
        reply = await api.get(f"http://botyard{path}", headers=world.token)
        assert reply.status_code == 200, path
        reply = await api.post(f"http://botyard{path}/sync/run", headers=world.token)
        assert reply.json()["run_number"] == number


async def test_other_addresses_and_methods_are_json_as_well(api: httpx2.AsyncClient, world: World) -> None:
    for path in ("/api/actions/nothing/here/", "//api/actions/nothing/here", "/api/actions/%ff/run/"):
        reply = await api.get(f"http://botyard{path}", headers=world.token)
        check_fault(reply, 400 if "ff" in path else 404)
    check_fault(await api.delete("/api/actions/", headers=world.token), 405)
