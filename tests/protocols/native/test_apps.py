"""Apps, their actions and triggers, and the tokens that speak for apps, over native v1."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.core import access, workspaces
from botyard.core.access import Role
from botyard.storage import Database, Tx
from tests.protocols.native.conftest import Api, make_key

CODE = "print('Hello')\n"
SYNC = "/apps/shop/actions/sync"


def _member(tx: Tx, *, login: str, now: int) -> None:
    workspace = workspaces.get(tx, label="acme")
    user = access.create_user(tx, login=login, name=login, password_hash="", must_change=False, now=now)
    access.set_role(tx, workspace_id=workspace.id, user_id=user.id, role=Role.DEVELOPER)


@pytest.fixture
async def shop(api: Api, db: Database) -> Api:
    """Return the API of a workspace with the app `shop`, which belongs to Ann and has the action `sync`."""
    await db.write(_member, login="ann", now=db.now())
    await api.ok("POST", "/apps", {"slug": "shop", "owner": "ann"})
    await api.ok("POST", "/apps/shop/actions", {"slug": "sync", "name": "Sync"})
    return api


async def test_an_app_is_made_found_by_id_and_slug_changed_and_deleted(shop: Api) -> None:
    made = await shop.ok("POST", "/apps", {"slug": "crm", "id": 130, "description": "Customers"})
    assert (made["id"], made["name"], made["owner"]) == (130, "crm", None)
    assert await shop.ok("GET", "/apps/130") == await shop.ok("GET", "/apps/crm") == made
    first = await shop.ok("GET", "/apps?limit=1")
    assert [app["slug"] for app in first["apps"]] == ["shop"]
    assert first["apps"][0]["owner"] == "ann"
    rest = await shop.ok("GET", "/apps", params={"after": first["next"]})
    assert [app["slug"] for app in rest["apps"]] == ["crm"]
    changed = await shop.ok("PATCH", "/apps/crm", {"name": "CRM", "owner": "ann"})
    assert (changed["name"], changed["owner"], changed["description"]) == ("CRM", "ann", "Customers")
    assert (await shop.problem("PATCH", "/apps/crm", {"slug": "shop"}, status=409))["field"] == "slug"
    await shop.ok("DELETE", "/apps/crm")
    await shop.problem("GET", "/apps/crm", status=404)


async def test_an_app_in_which_something_lives_stays(shop: Api) -> None:
    refused = await shop.problem("DELETE", "/apps/shop", status=409)
    assert (refused["code"], "sync" in refused["detail"]) == ("not_empty", True)
    await shop.ok("DELETE", SYNC)
    await shop.ok("POST", "/apps/shop/tables", {"name": "orders", "fields": [{"name": "number"}]})
    assert "orders" in (await shop.problem("DELETE", "/apps/shop", status=409))["detail"]
    await shop.ok("DELETE", "/apps/shop/tables/orders")
    token = await shop.ok("POST", "/apps/shop/tokens", {})
    await shop.ok("POST", "/connect", {"dialect": "automio"})
    await shop.ok("DELETE", "/apps/shop")
    assert (await shop.ok("GET", "/apps"))["apps"] == []
    kept = await shop.ok("GET", f"/keys/{token['key']['id']}")
    assert kept["revoked_at"] is not None


async def test_a_token_of_an_app_is_shown_once_and_revoked(shop: Api) -> None:
    made = await shop.ok("POST", "/apps/shop/tokens", {"name": "laptop", "user": "ann", "expires": "2099-01-01"})
    assert made["token"].startswith("by_app_")
    (listed,) = (await shop.ok("GET", "/apps/shop/tokens"))["keys"]
    assert listed == made["key"]
    assert "token" not in listed
    assert (await shop.problem("POST", "/apps/shop/tokens", {"user": "nobody"}, status=404))["field"] == "user"
    await shop.problem("POST", "/apps/shop/tokens", {"expires": "2001-01-01"}, status=400)
    key = await shop.ok("POST", "/keys", {"name": "no app"})
    await shop.problem("DELETE", f"/apps/shop/tokens/{key['key']['id']}", status=404)
    await shop.ok("DELETE", f"/apps/shop/tokens/{listed['id']}")
    assert (await shop.ok("GET", "/apps/shop/tokens"))["keys"] == []
    (ended,) = (await shop.ok("GET", "/apps/shop/tokens?revoked=true"))["keys"]
    assert ended["revoked_at"] is not None


async def test_an_action_is_made_listed_changed_and_deleted(shop: Api) -> None:
    wanted = {"slug": "report", "input_schema": {"type": "object"}, "requirements": ["pandas"], "is_public": True}
    made = await shop.ok("POST", "/apps/shop/actions", wanted)
    assert (made["name"], made["automation"], made["runs"]) == ("report", "report", 0)
    assert await shop.ok("GET", f"/apps/1/actions/{made['id']}") == made
    first = await shop.ok("GET", "/apps/shop/actions?limit=1")
    rest = await shop.ok("GET", "/apps/shop/actions", params={"after": first["next"]})
    assert [each["slug"] for each in [*first["actions"], *rest["actions"]]] == ["sync", "report"]
    assert (await shop.ok("GET", "/apps/shop/actions?type=webhook_action"))["actions"] == []
    changed = await shop.ok("PATCH", "/apps/shop/actions/report", {"name": "Report", "input_schema": None})
    assert (changed["name"], changed["input_schema"], changed["requirements"]) == ("Report", None, ["pandas"])
    await shop.problem("POST", "/apps/shop/actions", wanted, status=409)
    await shop.problem("PATCH", "/apps/shop/actions/report", {"slug": "sync"}, status=409)
    await shop.ok("DELETE", "/apps/shop/actions/report")
    near = await shop.problem("GET", "/apps/shop/actions/synk", status=404)
    assert "sync" in near["hint"]
    # An automation that never ran goes with its action.
    await shop.problem("GET", "/automations/report", status=404)


async def test_code_has_versions_and_overwrites_nobody_elses(shop: Api) -> None:
    assert await shop.ok("GET", f"{SYNC}/code") == {"version": None, "code": "", "released": False}
    first = await shop("PUT", f"{SYNC}/code", {"code": CODE, "base": ""})
    assert (first.status_code, first.json()["version"]) == (201, "1")
    assert (await shop("PUT", f"{SYNC}/code", {"code": CODE})).status_code == 200
    await shop.problem("PUT", f"{SYNC}/code", {"code": "print(2)", "base": ""}, status=409)
    second = await shop.ok("PUT", f"{SYNC}/code", {"code": "print(2)", "base": "1", "requirements": ["pandas"]})
    assert second["version"] == "2"
    assert await shop.ok("GET", f"{SYNC}/code") == {"version": "2", "code": "print(2)", "released": True}
    assert await shop.ok("GET", f"{SYNC}/code?version=1") == {"version": "1", "code": CODE, "released": False}
    await shop.problem("GET", f"{SYNC}/code?version=9", status=404)
    assert (await shop.ok("GET", SYNC))["requirements"] == ["pandas"]
    await shop.problem("PUT", f"{SYNC}/code", {"code": "print()\0"}, status=400)
    await shop.problem("PUT", f"{SYNC}/code", {"code": "1", "requirements": ["--index-url x"]}, status=400)


async def test_an_action_is_run_and_a_repeated_key_finds_its_run(shop: Api) -> None:
    await shop.ok("PUT", f"{SYNC}/code", {"code": CODE})
    run = {"input": {"month": 3}, "key": "march", "user": "ann"}
    made = await shop.ok("POST", f"{SYNC}/run", run)
    assert made["number"] == 1
    assert (await shop.ok("GET", f"/tasks/{made['task']}"))["parameters"] == {"month": 3}
    assert await shop.ok("POST", f"{SYNC}/run", run) == made
    reused = await shop.problem("POST", f"{SYNC}/run", run | {"input": {}}, status=409)
    assert reused["code"] == "request_key_reused"
    await shop.problem("DELETE", SYNC, status=409)
    await shop.ok("POST", f"/tasks/{made['task']}/cancel")
    await shop.ok("DELETE", SYNC)
    # What ran stays in the history, under its automation.
    assert (await shop.ok("GET", f"/tasks/{made['task']}"))["automation"] == "sync"
    assert (await shop.ok("GET", "/automations/sync"))["label"] == "sync"


async def test_a_run_that_starts_another_stands_for_the_same_person(shop: Api) -> None:
    await shop.ok("PUT", f"{SYNC}/code", {"code": CODE})
    await shop.ok("POST", f"{SYNC}/run", {"user": "ann"})
    (lease,) = await (await shop.new_runner()).lease()
    bot = shop.as_(lease["token"])
    assert (await bot.ok("GET", "/me"))["app"] == 1
    await bot.ok("POST", f"{SYNC}/run", {})
    await bot.problem("POST", f"{SYNC}/run", {"user": "ann"}, status=403)


async def test_a_webhook_is_switched_on_given_another_address_and_off(shop: Api) -> None:
    assert await shop.ok("GET", f"{SYNC}/webhook") == {"enabled": False, "url": None}
    on = await shop.ok("PUT", f"{SYNC}/webhook")
    assert on["url"].startswith("http://botyard/api/webhooks/shop/sync-")
    assert (await shop.ok("GET", SYNC))["type"] == "webhook_action"
    turned = await shop.ok("POST", f"{SYNC}/webhook/rotate")
    assert turned["enabled"]
    assert turned["url"] != on["url"]
    assert await shop.ok("GET", "/apps/1/actions/sync/webhook") == turned
    await shop.ok("DELETE", f"{SYNC}/webhook")
    assert (await shop.ok("GET", SYNC))["type"] == "app_action"


async def test_rows_start_an_action_until_its_trigger_is_deleted(shop: Api) -> None:
    wanted = {"action": "sync", "table": "orders", "events": ["update", "insert"]}
    made = await shop.ok("POST", "/apps/shop/triggers", wanted)
    assert made == {"action": "sync", "table": "orders", "events": ["insert", "update"]}
    assert (await shop.ok("GET", "/apps/shop/triggers"))["triggers"] == [made]
    assert await shop.ok("GET", "/apps/shop/triggers/sync") == made
    await shop.problem("POST", "/apps/shop/triggers", wanted, status=409)
    changed = await shop.ok("PATCH", "/apps/shop/triggers/sync", {"events": ["delete"]})
    assert (changed["table"], changed["events"]) == ("orders", ["delete"])
    await shop.ok("DELETE", "/apps/shop/triggers/sync")
    await shop.problem("PATCH", "/apps/shop/triggers/sync", {"events": ["delete"]}, status=404)
    assert (await shop.ok("GET", SYNC))["table"] is None


NONSENSE: list[tuple[Any, Any, Any, Any]] = [
    ("POST", "/apps", {"slug": "12"}, 400),
    ("POST", "/apps", {"slug": "a", "id": 0}, 400),
    ("POST", "/apps", {"slug": "a", "owner": "nobody"}, 404),
    ("POST", "/apps", {"slug": "a", "colour": "red"}, 400),
    ("POST", "/apps/none/actions", {"slug": "a"}, 404),
    ("POST", "/apps/shop/actions", {"slug": "a b"}, 400),
    ("POST", "/apps/shop/actions", {"slug": "a", "events": ["insert"]}, 400),
    ("POST", "/apps/shop/triggers", {"action": "sync", "table": "", "events": ["insert"]}, 400),
    ("POST", "/apps/shop/triggers", {"action": "none", "table": "t", "events": ["insert"]}, 404),
    ("POST", f"{SYNC}/run", {"connection": 99}, 404),
    ("POST", f"{SYNC}/run", {"key": "k" * 300}, 400),
    ("GET", "/apps/shop/actions?type=none", None, 400),
    ("GET", "/apps/shop/tokens?before=none", None, None),
    ("GET", "/apps/shop/tokens?revoked=perhaps", None, 400),
]


async def test_nonsense_is_refused_with_a_word(shop: Api) -> None:
    for method, path, body, status in NONSENSE:
        found = await shop.problem(method, path, body, status=status or 400)
        assert found["hint"] or found["detail"]


async def test_another_workspace_has_none_of_it(shop: Api, stranger: Api) -> None:
    await stranger.ok("POST", "/apps", {"slug": "own"})
    token = await shop.ok("POST", "/apps/shop/tokens", {})
    action = (await shop.ok("GET", SYNC))["id"]
    for method, path in [
        ("GET", "/apps/shop"),
        ("DELETE", "/apps/shop"),
        ("GET", SYNC),
        ("GET", f"/apps/own/actions/{action}"),
        ("DELETE", f"/apps/own/actions/{action}"),
        ("GET", f"/apps/own/actions/{action}/code"),
        ("DELETE", f"/apps/own/tokens/{token['key']['id']}"),
        ("GET", f"/keys/{token['key']['id']}"),
        ("DELETE", f"/keys/{token['key']['id']}"),
    ]:
        await stranger.problem(method, path, status=404)


async def test_who_may_do_what(shop: Api, db: Database) -> None:
    place = await db.read(workspaces.get, label="acme")
    viewer, operator, developer = [
        shop.as_(await db.write(make_key, workspace_id=place.id, role=role, now=db.now()))
        for role in (Role.VIEWER, Role.OPERATOR, Role.DEVELOPER)
    ]
    await viewer.ok("GET", SYNC)
    await viewer.problem("POST", f"{SYNC}/run", {}, status=403)
    await operator.ok("POST", f"{SYNC}/run", {})
    await operator.problem("PATCH", SYNC, {"name": "x"}, status=403)
    await operator.problem("GET", f"{SYNC}/webhook", status=403)
    await operator.problem("GET", f"{SYNC}/code", status=403)
    await developer.ok("PATCH", SYNC, {"name": "x"})
    await developer.problem("POST", "/apps/shop/tokens", {}, status=403)
