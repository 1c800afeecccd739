"""Whoever says which state of a thing they saw does not overwrite what somebody else made of it meanwhile."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from botyard.core import apps, workspaces
from botyard.storage import Database, Tx
from tests.protocols.native.conftest import Api

FIELDS = [{"name": "amount", "type": "number"}]
#: How each is made, where it is, and two edits of it.
EDITED: dict[str, tuple[list[tuple[str, Any]], str, tuple[str, Any], tuple[str, Any]]] = {
    "automations": (
        [("/automations", {"label": "a"})],
        "/automations/a",
        ("PATCH", {"priority": 1}),
        ("PATCH", {"priority": 2}),
    ),
    "queues": ([("/queues", {"label": "a"})], "/queues/a", ("PATCH", {"name": "b"}), ("DELETE", None)),
    "schedules": (
        [("/automations", {"label": "a"}), ("/schedules", {"automation": "a", "cron": "@daily"})],
        "/schedules/1",
        ("PATCH", {"cron": "@hourly"}),
        ("DELETE", None),
    ),
    "assets": (
        [("/assets", {"name": "a", "type": "text", "value": "x"})],
        "/assets/a",
        ("PUT", {"type": "text", "value": "y"}),
        ("PUT", {"type": "text", "value": "z"}),
    ),
    "credentials": (
        [("/credentials", {"label": "a", "secrets": {"k": "x"}})],
        "/credentials/a",
        ("PATCH", {"secrets": {"k": "y"}}),
        ("PUT", {"secrets": {"k": "z"}}),
    ),
    "integrations": (
        [("/integrations", {"key": "a", "name": "A", "base_url": "https://a.example.com"})],
        "/integrations/a",
        ("PATCH", {"name": "B"}),
        ("PATCH", {"name": "C"}),
    ),
    "interfaces": (
        [("/plugin-interfaces", {"namespace": "a"})],
        "/plugin-interfaces/a",
        ("PATCH", {"title": "B"}),
        ("PATCH", {"title": "C"}),
    ),
    "tables": (
        [("/apps/shop/tables", {"name": "a", "fields": FIELDS})],
        "/apps/shop/tables/a",
        ("PUT", {"fields": [*FIELDS, {"name": "b"}]}),
        ("PUT", {"fields": FIELDS}),
    ),
    "apps": ([("/apps", {"slug": "a"})], "/apps/a", ("PATCH", {"name": "B"}), ("DELETE", None)),
    "groups": (
        [("/groups", {"name": "a"})],
        "/groups/a",
        ("PATCH", {"addresses": ["b@example.org"]}),
        ("DELETE", None),
    ),
    "actions": (
        [("/apps/shop/actions", {"slug": "a", "type": "app_action"})],
        "/apps/shop/actions/a",
        ("PATCH", {"description": "B"}),
        ("PATCH", {"description": "C"}),
    ),
}


@pytest.fixture
async def shop(api: Api, db: Database) -> Api:
    await db.write(_shop, now=db.now())
    return api


def _shop(tx: Tx, *, now: int) -> None:
    workspace = workspaces.get(tx, label="acme")
    apps.create(tx, workspace_id=workspace.id, slug="shop", actor="user:ann", now=now)


def seen(tag: str) -> dict[str, dict[str, str]]:
    return {"headers": {"If-Match": tag}}


@pytest.mark.parametrize("what", EDITED)
async def test_an_edit_of_what_was_changed_meanwhile_is_refused(shop: Api, what: str) -> None:
    made, path, (method, change), (later_method, later) = EDITED[what]
    for where, body in made:
        await shop.ok("POST", where, body)
    tag = (await shop("GET", path)).headers["etag"]
    changed = await shop(method, path, change, **seen(tag))
    assert changed.is_success, changed.text
    now = changed.headers["etag"]
    assert now != tag
    assert (await shop("GET", path)).headers["etag"] == now
    problem = await shop.problem(later_method, path, later, **seen(tag), status=412)
    assert problem["code"] == "precondition_failed"
    assert (await shop("GET", path)).headers["etag"] == now
    await shop.ok(later_method, path, later, **seen(f'"other", {now}'))


async def test_of_two_edits_of_one_state_one_is_carried_out(api: Api) -> None:
    await api.ok("POST", "/queues", {"label": "a"})
    tag = (await api("GET", "/queues/a")).headers["etag"]
    edits = (api("PATCH", "/queues/a", {"name": f"n{number}"}, **seen(tag)) for number in range(6))
    answers = sorted(answer.status_code for answer in await asyncio.gather(*edits))
    assert answers == [200, 412, 412, 412, 412, 412]


async def test_any_state_will_do_for_a_star_and_for_who_does_not_say(api: Api) -> None:
    await api.ok("POST", "/queues", {"label": "a"})
    await api.ok("PATCH", "/queues/a", {"name": "b"}, **seen("*"))
    await api.ok("PATCH", "/queues/a", {"name": "c"})
