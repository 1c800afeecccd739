"""Assets and folders over native v1: described, put, renamed and deleted; what is secret only by its own route."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.core import access, audit
from botyard.core.access import Role
from botyard.storage import Database
from tests.protocols.native.conftest import Api
from tests.protocols.native.test_credentials import bot, with_role

CANARY = "canary-77aa-ação"


@pytest.fixture
async def stock(api: Api) -> dict[str, Any]:
    """Have a folder with a text and a credential in it, and return the folder."""
    folder: dict[str, Any] = await api.ok("POST", "/folders", {"name": "Fünf Häuser"})
    await api.ok("PUT", f"/assets/URL?folder={folder['slug']}", {"type": "text", "value": "https://example.org"})
    await api.ok("POST", "/assets", {"name": "LIMIT", "type": "int", "value": 7})
    login = {"type": "credential", "username": "robot", "password": CANARY, "description": "The ledger"}
    await api.ok("PUT", f"/assets/LEDGER?folder={folder['id']}", login)
    return folder


async def test_assets_are_described_without_what_is_secret(api: Api, stock: dict[str, Any]) -> None:
    listed = await api("GET", "/assets")
    assert CANARY not in listed.text
    assert [each["name"] for each in listed.json()["assets"]] == ["LEDGER", "LIMIT", "URL"]
    one = await api.ok("GET", f"/assets/LEDGER?folder={stock['slug']}")
    assert (one["value"], one["username"], one["description"], one["version"]) == (None, "robot", "The ledger", 1)
    narrowed = await api.ok("GET", "/assets", params={"folder": "Fünf Häuser", "text": "r"})
    assert [each["name"] for each in narrowed["assets"]] == ["LEDGER", "URL"]
    first = await api.ok("GET", "/assets?limit=2")
    rest = await api.ok("GET", "/assets", params={"limit": "2", "after": first["next"]})
    assert ([each["name"] for each in rest["assets"]], rest["next"]) == (["URL"], None)
    await api.problem("GET", "/assets?after=nowhere", status=400)
    await api.problem("GET", "/assets/URL?folder=elsewhere", status=404)


async def test_an_asset_is_found_by_its_name_alone_while_no_second_folder_has_it(
    api: Api, stock: dict[str, Any]
) -> None:
    assert (await api.ok("GET", "/assets/LEDGER"))["folder"] == stock["name"]
    other = await api.ok("POST", "/folders", {"name": "Elsewhere"})
    await api.ok("PUT", f"/assets/LEDGER?folder={other['id']}", {"type": "text", "value": "another"})
    await api.problem("GET", "/assets/LEDGER", status=404)


async def test_a_secret_is_read_by_its_own_route_and_audited(api: Api, db: Database, stock: dict[str, Any]) -> None:
    path = f"/assets/LEDGER/secret?folder={stock['id']}"
    reply = await api("GET", path)
    assert reply.json() == {"value": CANARY, "username": "robot"}
    assert reply.headers["cache-control"] == "no-store"
    workspace = (await db.read(access.authenticate, token=api.token or "", now=db.now())).workspace_id
    rows = await db.read(audit.list_for, workspace_id=workspace)
    assert [row.target for row in rows if row.action == "asset.read"] == ["LEDGER"]
    await api.problem("GET", "/assets/LIMIT/secret", status=400)
    operator = await with_role(api, db, Role.OPERATOR)
    await operator.problem("GET", path, status=403)
    assert (await operator("GET", f"/assets/LEDGER?folder={stock['id']}")).status_code == 200


async def test_an_asset_is_changed_part_by_part_and_deleted_where_it_lies(api: Api, stock: dict[str, Any]) -> None:
    where = f"?folder={stock['slug']}"
    changed = await api.ok("PUT", f"/assets/LEDGER{where}", {"type": "credential", "username": "other"})
    assert (changed["username"], changed["version"]) == ("other", 2)
    assert (await api.ok("GET", f"/assets/LEDGER/secret{where}"))["value"] == CANARY
    problem = await api.problem("PUT", f"/assets/LEDGER{where}", {"type": "text", "value": "x"}, status=400)
    assert problem["code"] == "wrong_asset_type"
    problem = await api.problem("PUT", "/assets/NEW", {"type": "credential", "username": "x"}, status=400)
    assert problem["field"] == "password"
    for bad in ({"type": "int", "value": 2**63}, {"type": "bool", "value": 1}, {"type": "text", "username": "x"}):
        await api.problem("PUT", "/assets/NEW", bad, status=400)
    await api.problem("DELETE", "/assets/LEDGER", status=404)
    await api.ok("DELETE", f"/assets/LEDGER{where}")
    await api.problem("GET", f"/assets/LEDGER{where}", status=404)


async def test_an_attempt_reaches_what_its_automation_declares(api: Api, stock: dict[str, Any]) -> None:
    as_bot, _, _ = await bot(api, uses={"assets": ["LIMIT"]})
    assert (await as_bot.ok("GET", "/assets/LIMIT"))["value"] == 7
    assert [each["name"] for each in (await as_bot.ok("GET", "/assets"))["assets"]] == ["LIMIT"]
    assert (await as_bot.ok("PUT", "/assets/LIMIT", {"type": "int", "value": 8}))["version"] == 2
    await as_bot.problem("PUT", "/assets/OTHER", {"type": "int", "value": 8}, status=403)
    await as_bot.problem("DELETE", f"/assets/URL?folder={stock['slug']}", status=403)
    await as_bot.problem("POST", "/assets", {"name": "MORE", "type": "int", "value": 8}, status=403)


async def test_folders_are_renamed_with_what_lies_in_them_and_deleted_empty(api: Api, stock: dict[str, Any]) -> None:
    names = [each["name"] for each in (await api.ok("GET", "/folders"))["folders"]]
    assert names == ["DEFAULT", "Fünf Häuser"]
    first = await api.ok("GET", "/folders?limit=1")
    rest = await api.ok("GET", "/folders", params={"limit": 1, "after": first["next"]})
    assert [each["name"] for each in first["folders"] + rest["folders"]] == names
    assert (await api.ok("GET", "/folders", params={"after": rest["next"]}))["folders"] == []
    renamed = await api.ok("PATCH", f"/folders/{stock['slug']}", {"name": "Six"})
    assert renamed == {**stock, "name": "Six"}
    assert (await api.ok("GET", f"/assets/URL?folder={stock['id']}"))["folder"] == "Six"
    await api.problem("DELETE", "/folders/Six", status=409)
    await api.problem("PATCH", "/folders/DEFAULT", {"name": "Other"}, status=409)
    await api.problem("POST", "/folders", {"name": "Six"}, status=409)
    for name in ("URL", "LEDGER"):
        await api.ok("DELETE", f"/assets/{name}?folder=Six")
    await api.ok("DELETE", "/folders/Six")
    await api.problem("GET", "/folders/Six", status=404)
