"""Things of another workspace look like none over every route of native v1, and no call changes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx2
import pytest

from botyard.core.access import Permission
from botyard.protocols.native.routes import ROUTES
from botyard.storage import Database, Select
from botyard.web import EVENTS, Route
from tests.protocols.native.conftest import Api, package

SECRET = "vEry-s3cret-value"
_FIELDS = [{"name": "customer"}, {"name": "amount", "type": "number"}]
#: What is made in this order, by the head of the paths in which the id of it stands.
THINGS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("", "/queues", {"label": "theirs"}),
    ("/items/", "/queues/theirs/items", {"items": [{}]}),
    ("", "/credentials", {"label": "theirs", "secrets": {"password": SECRET}}),
    ("", "/assets", {"name": "theirs", "type": "credential", "username": "a", "password": SECRET}),
    ("", "/folders", {"name": "theirs"}),
    ("", "/groups", {"name": "theirs", "addresses": ["duty@example.com"]}),
    ("", "/integrations", {"key": "theirs", "name": "CRM", "kind": "api_key", "base_url": "https://127.0.0.1:9"}),
    ("/connections/", "/integrations/theirs/connections", {"name": "head", "secrets": {"key": SECRET}}),
    ("", "/plugin-interfaces", {"namespace": "theirs"}),
    ("/plugins/", "/plugins", {"interface": "theirs", "integration": "theirs", "code": ""}),
    ("/schedules/", "/schedules", {"automation": "theirs", "cron": "@daily"}),
    ("", "/apps", {"slug": "theirs"}),
    ("/apps/{app}/tokens/", "/apps/theirs/tokens", {"name": "theirs"}),
    ("", "/apps/theirs/tables", {"name": "theirs", "fields": _FIELDS}),
    ("row", "/apps/theirs/tables/theirs/rows", {"values": {"amount": 1}}),
    ("", "/apps/theirs/actions", {"slug": "theirs"}),
    ("", "/log-tables", {"label": "theirs", "columns": [{"label": "a"}]}),
    ("/messages/", "/messages", {"subject": "x", "body": "y", "addresses": ["duty@example.com"]}),
    ("/keys/", "/keys", {"name": "theirs", "role": "viewer"}),
    ("", "/users", {"login": "theirs", "role": "viewer"}),
    ("system", "/systems", {"name": "theirs"}),
    ("/tasks/", "/tasks", {"automation": "theirs"}),
)
#: What is made of the task; the names stand in paths with their id.
OF_TASK: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("/alerts/", "alerts", {"level": "warn", "title": "x"}),
    ("/errors/", "errors", {"type": "E", "message": "m"}),
    ("", "spans", {"spans": [{"span_id": "theirs", "name": "s"}]}),
    ("", "logs", {"writer": "w", "messages": [[1, 1, "info", "hello"]]}),
    ("", "progress", {"percent": 5}),
)
#: Where what was called, done and answered is kept.
KEPT = ("audit a", "events e", "replies r")
#: Make what is not there yet, or answer for each part of the body.
MAKING = {
    "PUT /assets/{name}",
    "DELETE /assets/{name}",
    "PUT /cache/{key}",
    "GET /cache/{key}",
    "DELETE /cache/{key}",
    "POST /queues/{label}/report",
    "POST /queues/{label}/release",
}
#: Bodies that name what another workspace has.
NAMED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/tasks", {"automation": "theirs"}),
    ("/schedules", {"automation": "theirs", "cron": "@daily"}),
    ("/groups", {"name": "ours", "users": ["theirs"]}),
    ("/messages", {"subject": "x", "body": "y", "users": ["theirs"]}),
    ("/messages", {"subject": "x", "body": "y", "groups": ["theirs"]}),
    ("/apps", {"slug": "other", "owner": "theirs"}),
    ("/apps/ours/tokens", {"user": "theirs"}),
    ("/apps/ours/triggers", {"action": "theirs", "table": "theirs", "events": ["insert"]}),
    ("/plugins", {"interface": "theirs", "integration": "theirs", "code": ""}),
    ("/plugins", {"interface": "ours", "integration": "theirs", "code": ""}),
    ("/connect", {"dialect": "automio", "app": "theirs"}),
    ("/automations/ours/subscribers", {"subscribers": [{"user": "theirs", "level": "warn"}]}),
    ("/automations/ours/subscribers", {"subscribers": [{"group": "theirs", "level": "warn"}]}),
)
_NOBODY = {"id": "987654321", "attempt": "0" * 22, "epoch": "1", "version": "1.0.0", "digest": "0" * 64}
_TEXTS = ("action", "app", "credential", "folder", "integration", "interface", "label", "login", "name", "table")


class World(NamedTuple):
    """What another workspace has, by the names in paths."""

    names: dict[str, str]
    ids: dict[str, str]
    tokens: list[str]


@pytest.fixture
async def world(stranger: Api) -> World:
    """Return another workspace in which every kind of thing exists once."""
    world = World(dict.fromkeys(_TEXTS, "theirs") | {"epoch": "1", "key": "password", "path": "a.txt"}, {}, [])
    deployed = await stranger.deploy("theirs")
    world.names["version"], world.names["digest"] = deployed["version"], deployed["digest"]
    for head, path, body in THINGS:
        _note(world, head, await stranger.ok("POST", path, body, headers={"Idempotency-Key": path}))
    await stranger.ok("PUT", "/cache/password", {"value": SECRET})
    await stranger.ok("PUT", "/apps/theirs/cache/password", {"value": SECRET})
    webhook = await stranger.ok("PUT", "/apps/theirs/actions/theirs/webhook")
    world.tokens.append(webhook["url"].rstrip("/").rpartition("/")[2])
    await stranger.ok("POST", "/apps/theirs/files", params={"path": "a.txt"}, content=b"x")
    runner = await stranger.new_runner()
    (lease,) = await runner.lease()
    world.tokens.extend((runner.token or "", lease["token"]))
    world.names["attempt"], world.ids["/tasks/"] = lease["attempt"], str(lease["task"])
    for head, path, body in OF_TASK:
        _note(world, head, await stranger.ok("POST", f"/tasks/{world.ids['/tasks/']}/{path}", body))
    (group,) = (await stranger.ok("GET", "/error-groups"))["groups"]
    world.ids["/error-groups/"] = str(group["id"])
    file = await stranger.ok("POST", f"/errors/{world.ids['/errors/']}/files", params={"name": "a"}, content=b"x")
    world.ids["/errors/files/"] = str(file["id"])
    kept = await stranger.ok("POST", f"/tasks/{world.ids['/tasks/']}/artifacts", params={"name": "a"}, content=b"x")
    world.ids["/artifacts/"] = str(kept["id"])
    world.names.update(span="theirs", relationship="none")
    (found,) = (await stranger.ok("GET", "/runners"))["runners"]
    world.names["runner"] = found["id"]
    return world


def _note(world: World, head: str, made: dict[str, Any]) -> None:
    for name in ("token", "password"):
        if made.get(name):
            world.tokens.append(made[name])
    for part in ("items", "key", "row", "system"):
        found = made.get(part)
        made = found[0] if isinstance(found, list) and found else found if isinstance(found, dict) else made
    if head.startswith("/"):
        world.ids[head] = str(made["id"])
    elif head:
        world.names[head] = str(made["id"])


def paths(world: World) -> Iterator[tuple[Route, str, str]]:
    """Yield each route about a thing, with its path for what the other workspace has and for what nobody has."""
    for route in ROUTES.routes:
        if "{" not in route.path or route.gives == EVENTS:
            continue
        theirs = nobody = route.path
        head = max((known for known in world.ids if route.path.startswith(known)), key=len, default="")
        for name in [part.partition("}")[0] for part in route.path.split("{")[1:]]:
            known = world.ids.get(head, "1") if name == "id" else world.names[name]
            theirs = theirs.replace(f"{{{name}}}", known)
            nobody = nobody.replace(f"{{{name}}}", _NOBODY.get(name, "nothing"))
        yield route, theirs, nobody


def _code(reply: httpx2.Response) -> str:
    """Return the code of a refusal, nothing of another answer."""
    return str(reply.json()["code"]) if reply.headers.get("content-type") == "application/problem+json" else ""


async def seen(api: Api, world: World) -> dict[str, Any]:
    """Return what a workspace says of itself, where it does not depend on the moment."""
    found = {}
    for route, theirs, _ in paths(world):
        # Reading a secret is noted in it, and a runner says when it was heard from.
        if route.method == "GET" and not any(part in theirs for part in ("/runner", "/secret", "/keys/")):
            reply = await api(route.method, theirs)
            found[theirs] = reply.content if reply.is_success else reply.status_code
    return found


async def test_what_another_workspace_has_looks_like_nothing(api: Api, stranger: Api, world: World) -> None:
    await api.deploy("ours", package(main__py="print('ours')"))
    ours = await api.new_runner()
    before = await seen(stranger, world)
    faults = []
    for route, theirs, nobody in paths(world):
        caller = ours if route.permission is Permission.RUNNER_WORK else api
        options = {} if route.method == "GET" else {"json": route.example if route.example is not None else {}}
        replies = [await caller(route.method, path, **options) for path in (theirs, nobody)]
        one, other = [(reply.status_code, _code(reply)) for reply in replies]
        allowed = range(200, 500) if f"{route.method} {route.path}" in MAKING else range(400, 500)
        if one != other or one[0] not in allowed:
            faults.append((route.method, theirs, one, other))
    assert faults == []
    after = await seen(stranger, world)
    assert {path: (before[path], after[path]) for path in before if before[path] != after[path]} == {}


async def test_what_another_workspace_has_cannot_be_named_in_a_body(api: Api, stranger: Api, world: World) -> None:
    before = await seen(stranger, world)
    await api.ok("POST", "/queues", {"label": "ours"})
    await api.ok("POST", "/automations", {"label": "ours"})
    await api.ok("POST", "/apps", {"slug": "ours"})
    await api.ok("POST", "/plugin-interfaces", {"namespace": "ours"})
    for path, body in NAMED:
        reply = await api("POST" if not path.endswith("/subscribers") else "PUT", path, body)
        assert reply.status_code in (400, 404), (path, reply.text)
    item, task = int(world.ids["/items/"]), int(world.ids["/tasks/"])
    for path, body in (
        ("/tasks/bulk", {"action": "cancel", "ids": [task]}),
        ("/items/bulk", {"action": "cancel", "ids": [item]}),
    ):
        assert (await api.ok("POST", path, body)).get("done", 0) == 0
    report = {"item": item, "outcome": "done"}
    for queue in ("ours", "theirs"):
        reply = await api.ok("POST", f"/queues/{queue}/report", {"reports": [report]})
        assert "not_found" in repr(reply)
    after = await seen(stranger, world)
    assert {path: (before[path], after[path]) for path in before if before[path] != after[path]} == {}


async def test_no_secret_is_kept_beside_what_it_is_for(world: World, stranger: Api, db: Database) -> None:
    """Tokens, passwords and values are in no audit row, event or answer that is kept for repeated calls."""
    assert len(world.tokens) >= 7
    told = repr(await db.read(lambda tx: [tx.all_of(Select(table, "*")) for table in KEPT]))
    for token in [*world.tokens, SECRET]:
        assert token not in told, token
