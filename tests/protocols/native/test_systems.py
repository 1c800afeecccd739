"""Systems in native v1: a developer asks, an administrator decides."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.core import audit, systems, workspaces
from botyard.core.access import Role
from botyard.storage import Database
from tests.protocols.native.conftest import Api, make_key


async def test_one_is_asked_for_allowed_locked_and_changed(api: Api, db: Database) -> None:
    await api.deploy("invoices")
    made = await api.ok("POST", "/systems", {"name": "BPM", "processes": ["invoices"], "networks": ["10.0.0.0/8"]})
    system, path = made["system"], f"/systems/{made['system']['id']}"
    assert (system["state"], system["processes"], system["decided_at"]) == ("request", ["invoices"], None)
    assert (await api.ok("POST", f"{path}/allow"))["state"] == "allowed"
    assert (await db.read(systems.authenticate, token=made["token"], now=db.now())).name == "BPM"
    changed = await api.ok("PATCH", path, {"name": "ERP", "processes": None, "reads_all": True})
    assert (changed["name"], changed["processes"], changed["networks"]) == ("ERP", None, ["10.0.0.0/8"])
    assert (await api.ok("POST", f"{path}/lock"))["state"] == "locked"
    assert await api.ok("GET", path) == (await api.ok("GET", "/systems"))["systems"][0]
    shown = str([await api.ok("GET", "/systems"), await api.ok("GET", path)])
    assert made["token"] not in shown
    latest = await db.read(audit.list_latest, limit=10)
    assert {"systems.create", "systems.allow", "systems.update", "systems.lock"} <= {entry.action for entry in latest}


async def test_a_token_is_rotated(api: Api, db: Database) -> None:
    made = await api.ok("POST", "/systems", {"name": "BPM"})
    path = f"/systems/{made['system']['id']}/rotate"
    second = await api.ok("POST", path, {"overlap_seconds": 60})
    for token in (made["token"], second["token"]):
        assert (await db.read(systems.authenticate, token=token, now=db.now())).name == "BPM"
    token = "5d5ec66f-357d-4c2d-bbc1-2012278d2361"
    assert (await api.ok("POST", path, {"token": token.upper()}))["token"] == token
    assert (await api.problem("POST", path, {"token": "x"}, status=400))["field"] == "token"
    for overlap in (-1, 31 * 86400, 2**70):
        await api.problem("POST", path, {"overlap_seconds": overlap}, status=400)


async def test_lists_go_by_name(api: Api) -> None:
    for name in ("c", "a", "b"):
        await api.ok("POST", "/systems", {"name": name})
    first = await api.ok("GET", "/systems?limit=2")
    rest = await api.ok("GET", f"/systems?limit=2&after={first['next']}&state=request")
    assert [system["name"] for system in first["systems"] + rest["systems"]] == ["a", "b", "c"]
    await api.problem("GET", "/systems?state=open", status=400)


async def test_who_may(api: Api, db: Database) -> None:
    workspace_id = (await db.read(workspaces.get, label="acme")).id
    callers = {
        role: api.as_(await db.write(make_key, workspace_id=workspace_id, role=role, now=db.now())) for role in Role
    }
    for role, asking in ((Role.VIEWER, False), (Role.OPERATOR, False), (Role.DEVELOPER, True)):
        reply = await callers[role]("POST", "/systems", {"name": role})
        assert reply.status_code == (201 if asking else 403)
    (system,) = (await callers[Role.OPERATOR].ok("GET", "/systems"))["systems"]
    assert (await callers[Role.VIEWER]("GET", "/systems")).status_code == 403
    for step in ("allow", "lock", "rotate"):
        reply = await callers[Role.DEVELOPER]("POST", f"/systems/{system['id']}/{step}", {})
        assert reply.status_code == 403


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": 5}, {"name": "x", "token": "y"}, {"name": "x", "a": 1}])
async def test_what_cannot_be_one(api: Api, body: Any) -> None:
    await api.problem("POST", "/systems", body, status=400)
    assert (await api.ok("GET", "/systems"))["systems"] == []


async def test_another_workspace_sees_none(api: Api, stranger: Api) -> None:
    made = await api.ok("POST", "/systems", {"name": "BPM"})
    path = f"/systems/{made['system']['id']}"
    assert (await stranger.ok("GET", "/systems"))["systems"] == []
    for method, route, body in (("GET", path, None), ("PATCH", path, {}), ("POST", f"{path}/allow", {})):
        await stranger.problem(method, route, body, status=404)
    await stranger.problem("POST", "/systems", {"name": "x", "token": made["token"]}, status=409)


async def test_connect_makes_one_that_is_allowed(api: Api, db: Database) -> None:
    made = await api.ok("POST", "/connect", {"dialect": "elma"})
    assert list(made) == ["url", "auth_tkn"]
    assert made["url"] == "http://botyard"
    system = await db.read(systems.authenticate, token=made["auth_tkn"], now=db.now())
    assert (system.name, system.state, system.processes) == ("elma", "allowed", None)
    await api.ok("POST", "/connect", {"dialect": "elma"})
    named = await api.ok("POST", "/connect", {"dialect": "elma", "name": "BPM", "expires": "2099-01-01"})
    assert named["auth_tkn"] != made["auth_tkn"]
    await api.problem("POST", "/connect", {"dialect": "elma", "name": "BPM"}, status=409)
    names = [each["name"] for each in (await api.ok("GET", "/systems"))["systems"]]
    assert names == ["BPM", "elma", "elma-2"]
