"""Members, keys, groups, events, the audit, and who it is that calls, over native v1."""

from __future__ import annotations

import asyncio
from typing import Any

from botyard.core import access, workspaces
from botyard.core.access import Role
from botyard.storage import Database, Tx
from tests.protocols.native.conftest import Api, make_key


async def keys_of(api: Api, db: Database, *roles: Role) -> list[Api]:
    """Return the API as keys of these roles see it."""
    place = await db.read(workspaces.get, label="acme")
    return [api.as_(await db.write(make_key, workspace_id=place.id, role=role, now=db.now())) for role in roles]


async def test_a_member_is_made_found_given_another_role_shut_out_and_removed(api: Api, db: Database) -> None:
    made = await api.ok("POST", "/users", {"login": "Ann", "role": "developer"})
    assert (made["user"]["login"], made["user"]["role"], made["user"]["must_change_password"]) == (
        "ann",
        "developer",
        True,
    )
    stored = await db.read(access.find_password, login="ann")
    assert stored is not None
    assert access.passwords.verify(made["password"], stored.password_hash)
    await api.ok("POST", "/users", {"login": "bob", "name": "Bob", "role": "admin"})
    first = await api.ok("GET", "/users?limit=1")
    rest = await api.ok("GET", "/users", params={"after": first["next"]})
    assert [user["login"] for user in [*first["users"], *rest["users"]]] == ["ann", "bob"]
    changed = await api.ok("PATCH", "/users/ann", {"role": "viewer", "disabled": True})
    assert (changed["role"], changed["disabled"]) == ("viewer", True)
    assert (await api.ok("PATCH", "/users/ann", {"disabled": False}))["disabled"] is False
    again = await api.ok("POST", "/users/ann/reset-password")
    assert again["password"] != made["password"]
    assert (await api.ok("GET", "/users/ann"))["must_change_password"]
    await api.ok("DELETE", "/users/ann")
    await api.problem("GET", "/users/ann", status=404)
    told = (await api.ok("GET", "/audit?target=user:ann"))["entries"]
    assert [entry["action"] for entry in told] == ["user.remove", "user.reset_password", "user.create"]
    assert again["password"] not in str(await api.ok("GET", "/audit"))


async def test_the_only_administrator_stays(api: Api) -> None:
    await api.ok("POST", "/users", {"login": "bob", "role": "admin"})
    for method, body in (("PATCH", {"role": "viewer"}), ("PATCH", {"disabled": True}), ("DELETE", None)):
        refused = await api.problem(method, "/users/bob", body, status=409)
        assert refused["hint"] == "Make somebody else one first."
    await api.ok("POST", "/users", {"login": "eve", "role": "admin"})
    await api.ok("PATCH", "/users/bob", {"role": "viewer"})


async def test_of_administrators_who_shut_each_other_out_at_once_one_stays(api: Api) -> None:
    await api.ok("POST", "/users", {"login": "bob", "role": "admin"})
    for number in range(4):
        await api.ok("POST", "/users", {"login": f"eve{number}", "role": "admin"})
        asked = [api("PATCH", f"/users/{login}", {"role": "viewer"}) for login in ("bob", f"eve{number}")]
        assert sorted(reply.status_code for reply in await asyncio.gather(*asked)) == [200, 409]
        await api.ok("PATCH", "/users/bob", {"role": "admin"})
        await api.ok("PATCH", f"/users/eve{number}", {"role": "viewer"})


async def test_an_account_that_is_elsewhere_too_is_only_taken_out(api: Api, db: Database) -> None:
    await api.ok("POST", "/users", {"login": "ann"})
    await db.write(_join, label="rivals", login="ann", now=db.now())
    await api.problem("PATCH", "/users/ann", {"disabled": True}, status=403)
    await api.problem("POST", "/users/ann/reset-password", status=403)
    await api.ok("PATCH", "/users/ann", {"role": "viewer"})
    await api.ok("DELETE", "/users/ann")


def _join(tx: Tx, *, label: str, login: str, now: int) -> None:
    other = workspaces.create(tx, label=label, name=label, now=now)
    stored = access.find_password(tx, login=login)
    assert stored is not None
    access.set_role(tx, workspace_id=other.id, user_id=stored.user_id, role=Role.VIEWER)


async def test_a_key_is_issued_once_listed_used_and_revoked(api: Api) -> None:
    made = await api.ok("POST", "/keys", {"name": "export", "role": "operator", "expires": "2099-01-01"})
    holder = api.as_(made["token"])
    assert (await holder.ok("GET", "/me"))["role"] == "operator"
    await holder.problem("GET", "/keys", status=403)
    page = await api.ok("GET", "/keys?limit=1")
    assert page["keys"] == [made["key"]]
    rest = await api.ok("GET", "/keys", params={"before": page["next"]})
    assert [key["name"] for key in rest["keys"]] == ["test"]
    assert await api.ok("GET", f"/keys/{made['key']['id']}") == made["key"]
    vendors = await api.ok("POST", "/keys", {"name": "bots", "dialect": "botcity"})
    assert (vendors["key"]["dialect"], vendors["key"]["login"]) == ("botcity", "acme")
    await api.new_runner(name="vm")
    assert [key["name"] for key in (await api.ok("GET", "/keys?kind=runner"))["keys"]] == ["vm"]
    await api.ok("DELETE", f"/keys/{made['key']['id']}")
    await holder.problem("GET", "/me", status=401)
    assert made["key"]["id"] not in str(await api.ok("GET", "/keys"))
    ended = await api.ok("GET", "/keys?revoked=true")
    assert made["key"]["id"] in [key["id"] for key in ended["keys"]]
    await api.problem("DELETE", "/keys/none", status=404)
    assert made["token"] not in str(await api.ok("GET", "/audit"))


async def test_a_group_is_made_changed_and_deleted(api: Api) -> None:
    await api.ok("POST", "/users", {"login": "ann"})
    made = await api.ok("POST", "/groups", {"name": "On duty", "users": ["ANN"], "addresses": ["D <d@example.org>"]})
    assert (made["users"], made["addresses"]) == (["ann"], ["d@example.org"])
    await api.problem("POST", "/groups", {"name": "On duty"}, status=409)
    await api.ok("POST", "/groups", {"name": "Rest"})
    first = await api.ok("GET", "/groups?limit=1")
    rest = await api.ok("GET", "/groups", params={"after": first["next"]})
    assert [group["name"] for group in [*first["groups"], *rest["groups"]]] == ["On duty", "Rest"]
    changed = await api.ok("PATCH", "/groups/On%20duty", {"addresses": []})
    assert (changed["users"], changed["addresses"]) == (["ann"], [])
    # Who has left stays on the list until somebody takes them off.
    await api.ok("DELETE", "/users/ann")
    assert (await api.ok("PATCH", "/groups/On%20duty", {"addresses": ["e@example.org"]}))["users"] == ["ann"]
    assert (await api.problem("PATCH", "/groups/On%20duty", {"users": ["ann"]}, status=404))["field"] == "users"
    assert (await api.problem("POST", "/groups", {"name": "x", "addresses": ["no"]}, status=400))[
        "field"
    ] == "addresses"
    await api.ok("DELETE", "/groups/On%20duty")
    await api.problem("GET", "/groups/On%20duty", status=404)


async def test_who_is_told_of_alerts_is_replaced_as_a_whole(api: Api) -> None:
    await api.ok("POST", "/users", {"login": "ann"})
    await api.ok("POST", "/groups", {"name": "duty", "addresses": ["d@example.org"]})
    await api.ok("POST", "/automations", {"label": "invoices"})
    path = "/automations/invoices/subscribers"
    wanted = [{"user": "ann"}, {"group": "duty", "level": "warn"}, {"address": "x@example.org", "level": "info"}]
    told = await api.ok("PUT", path, {"subscribers": wanted})
    assert await api.ok("GET", path) == told
    assert [(one["user"], one["group"], one["level"]) for one in told["subscribers"]] == [
        ("ann", None, "error"),
        (None, "duty", "warn"),
        (None, None, "info"),
    ]
    refused = await api.problem("PUT", path, {"subscribers": [{"user": "a", "group": "b"}]}, status=400)
    assert refused["field"] == "subscribers[0]"
    await api.problem("PUT", path, {"subscribers": [{"user": "nobody"}]}, status=404)
    assert await api.ok("PUT", path, {"subscribers": []}) == {"subscribers": []}
    await api.problem("GET", "/automations/none/subscribers", status=404)


async def test_events_are_listed_backwards_and_followed_onwards(api: Api, db: Database) -> None:
    await api.ok("POST", "/automations", {"label": "invoices"})
    for name in ("a", "b"):
        await api.ok("POST", "/groups", {"name": name})
    newest = await api.ok("GET", "/events?limit=2")
    assert [event["data"]["name"] for event in newest["events"]] == ["b", "a"]
    before = await api.ok("GET", "/events", params={"before": newest["next"]})
    assert [event["kind"] for event in before["events"]] == ["automation.created"]
    onwards = await api.ok("GET", "/events?after=0&limit=2")
    then = await api.ok("GET", "/events", params={"after": onwards["next"]})
    assert [event["kind"] for event in [*onwards["events"], *then["events"]]] == [
        "automation.created",
        "group.created",
        "group.created",
    ]
    assert then["next"] is None
    (made,) = (await api.ok("GET", "/events?kind=automation.created&entity=automation"))["events"]
    found = await api.ok("GET", "/events", params={"entity_id": made["entity_id"], "after": 0})
    assert found["events"] == [made]


async def test_the_audit_is_filtered_and_says_who_was_refused(api: Api, db: Database) -> None:
    await api.ok("POST", "/automations", {"label": "invoices"})
    (viewer,) = await keys_of(api, db, Role.VIEWER)
    await viewer.problem("POST", "/automations", {"label": "x"}, status=403)
    (denied,) = (await api.ok("GET", "/audit?verdict=denied"))["entries"]
    assert denied["target"] == "POST /api/v1/automations"
    (made,) = (await api.ok("GET", "/audit?action=automations.create&target=invoices&actor=key:test"))["entries"]
    assert (made["verdict"], made["request_id"] is None) == ("allowed", False)
    assert (await api.ok("GET", "/audit?since=2100-01-01"))["entries"] == []
    page = await api.ok("GET", "/audit?limit=1")
    rest = await api.ok("GET", "/audit", params={"before": page["next"]})
    assert made in rest["entries"]


async def test_everybody_is_told_who_they_are(api: Api, db: Database) -> None:
    me = await api.ok("GET", "/me")
    assert (me["kind"], me["role"], me["workspace"], me["actor"]) == ("key", "admin", "acme", "key:test")
    assert "audit:read" in me["permissions"]
    await api.deploy("invoices")
    runner = await api.new_runner(name="vm")
    assert (await runner.ok("GET", "/me"))["kind"] == "runner"
    task = await api.ok("POST", "/tasks", {"automation": "invoices"})
    (lease,) = await runner.lease()
    bot = await api.as_(lease["token"]).ok("GET", "/me")
    assert (bot["kind"], bot["task"], bot["epoch"], bot["role"]) == ("attempt", task["id"], 1, None)
    await api.as_(None).problem("GET", "/me", status=401)


async def test_nonsense_is_refused_with_a_word(api: Api) -> None:
    asked: list[tuple[str, str, Any, int]] = [
        ("POST", "/users", {"login": "a b"}, 400),
        ("POST", "/users", {"login": "ann", "role": "king"}, 400),
        ("PATCH", "/users/none", {"role": "viewer"}, 404),
        ("GET", "/users/%00", None, 404),
        ("POST", "/keys", {"name": ""}, 400),
        ("POST", "/keys", {"name": "x", "expires": "2001-01-01"}, 400),
        ("POST", "/keys", {"name": "x", "expires": "soon"}, 400),
        ("GET", "/keys?before=none", None, 400),
        ("GET", "/keys?kind=none", None, 400),
        ("POST", "/groups", {"name": ""}, 400),
        ("GET", "/groups/none", None, 404),
        ("GET", "/events?after=-1", None, 400),
        ("GET", "/audit?verdict=perhaps", None, 400),
        ("GET", "/audit?since=soon", None, 400),
        ("GET", "/me?x=1", None, 400),
    ]
    for method, path, body, status in asked:
        assert (await api.problem(method, path, body, status=status))["detail"]


async def test_another_workspace_has_none_of_it(api: Api, stranger: Api) -> None:
    await api.ok("POST", "/users", {"login": "ann"})
    await api.ok("POST", "/groups", {"name": "duty"})
    key = (await api.ok("POST", "/keys", {"name": "x"}))["key"]["id"]
    for method, path in [
        ("GET", "/users/ann"),
        ("DELETE", "/users/ann"),
        ("POST", "/users/ann/reset-password"),
        ("GET", "/groups/duty"),
        ("DELETE", "/groups/duty"),
        ("GET", f"/keys/{key}"),
        ("DELETE", f"/keys/{key}"),
    ]:
        await stranger.problem(method, path, status=404)
    assert (await stranger.ok("GET", "/users"))["users"] == []
    assert (await stranger.ok("GET", "/events"))["events"] == []
    assert all(entry["actor"] == "key:test" for entry in (await stranger.ok("GET", "/audit"))["entries"])
    await stranger.problem("POST", "/users", {"login": "ann"}, status=409)


async def test_who_may_do_what(api: Api, db: Database) -> None:
    viewer, operator, developer = await keys_of(api, db, Role.VIEWER, Role.OPERATOR, Role.DEVELOPER)
    await viewer.ok("GET", "/me")
    for path in ("/events", "/groups"):
        await viewer.problem("GET", path, status=403)
        await operator.ok("GET", path)
    await operator.problem("POST", "/groups", {"name": "x"}, status=403)
    await developer.ok("POST", "/groups", {"name": "x"})
    for path in ("/users", "/keys", "/audit"):
        await developer.problem("GET", path, status=403)
