"""What belongs to another workspace looks exactly like what does not exist, and cannot be changed."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx2
import pytest

from botyard.core import events, tasks
from botyard.core.access import tokens
from botyard.storage import Database, Tx
from botyard.web import OPEN, Application, Route, RouteTable
from tests.server.conftest import Tenant, as_caller, routes, tables

NOBODY = 987_654_321
#: Bodies that make a request meaningful, by path; the rest get an empty object.
BODIES: dict[str, Any] = {
    "/api/v1/runner/attempts/{attempt}/logs": {"lines": [[1, 1, "stdout", "x"]]},
    "/api/v1/runner/attempts/{attempt}/end": {"exit_code": 0, "outcome": None, "message": "", "output": None},
    "/api/v1/runner/attempts/{attempt}/release": {"reason": "x"},
    "/api/v2/task/{id}": {"state": "CANCELED"},
    "/api/v2/task/{id}/finish": {"finishStatus": "SUCCESS", "state": "FINISHED"},
}


def with_ids(table: RouteTable, route: Route, *, task: object, attempt: str, runner: str, user: object) -> str | None:
    """Return the path of a route with ids, or None when there is none in it."""
    path = table.full_path(route)
    filled = path.replace("{attempt}", attempt)
    numbered = user if "/members/" in path else task
    filled = filled.replace("{id}", runner if "/runners/" in path else str(numbered))
    return filled if filled != path and "{" not in filled else None


def snapshot(tx: Tx, tenant: Tenant) -> tuple[object, ...]:
    workspace_id = tenant.workspace.id
    return (
        tasks.get(tx, workspace_id=workspace_id, task_id=tenant.task_id),
        tasks.attempts_of(tx, workspace_id=workspace_id, task_id=tenant.task_id),
        events.list_for(tx, workspace_id=workspace_id, entity="task", entity_id=str(tenant.task_id)),
    )


def comparable(reply: httpx2.Response, *ids: object) -> tuple[int, str]:
    """Return status and body without what differs between any two requests."""
    text = reply.text
    for known in sorted(map(str, ids), key=len, reverse=True):
        text = re.sub(rf"\b{re.escape(known)}\b", "ID", text)
    text = re.sub(r'"(request_id|requestId|timestamp)":"[^"]*"', "", text)
    return reply.status_code, re.sub(r"[0-9a-f]{16}|\d", "", text)


@pytest.mark.parametrize("kind", ["admin", "login admin", "session admin", "runner", "attempt"])
async def test_foreign_ids_look_like_random_ones_and_nothing_changes(
    app: Application, client: httpx2.AsyncClient, db: Database, *, tenant: Tenant, rival: Tenant, kind: str
) -> None:
    mine = {
        "admin": {"native"},
        "login admin": {"botcity", "maestro-client"},
        "developer admin": {"botvelocity"},
        "session admin": {"console"},
        "runner": {"native"},
    }
    before = await db.read(snapshot, rival)
    asked = 0
    for table in tables(app):
        if table.name not in mine.get(kind, {"native", "botcity", "maestro-client"}):
            continue
        for route in table.routes:
            theirs: dict[str, Any] = {"attempt": rival.attempt_id, "runner": rival.runner_id, "user": rival.user_id}
            foreign = with_ids(table, route, task=rival.task_id, **theirs)
            random = with_ids(table, route, task=NOBODY, attempt="0" * 22, runner="0" * 36, user=NOBODY)
            if foreign is None or random is None or route.permission is OPEN:
                continue
            token = tenant.tokens[kind]
            headers = as_caller(table, token) | {"x-form-token": tokens.sign("form", token)}
            body = BODIES.get(table.full_path(route), {})
            replies = []
            for path in (foreign, random):
                request = client.request(
                    route.method, path, headers=headers, json=body if route.method != "GET" else None
                )
                replies.append(await asyncio.create_task(request))
            one = comparable(replies[0], rival.attempt_id, rival.runner_id)
            other = comparable(replies[1], "0" * 22, "0" * 36)
            assert one[0] == other[0] in range(300, 500), f"{kind}: {route.method} {foreign}: {one} {other}"
            if one[0] != 303:
                assert one[1] == other[1], f"{kind}: {route.method} {foreign}"
            asked += 1
    assert asked >= 8
    assert await db.read(snapshot, rival) == before


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("admin", "/api/v1/tasks"),
        ("admin", "/api/v1/automations"),
        ("admin", "/api/v1/runners"),
        ("login admin", "/api/v2/task"),
        ("login admin", "/api/v2/alerts"),
        ("login admin", "/api/v2/artifact"),
        ("attempt", "/api/v1/tasks"),
        ("attempt", "/api/v2/task"),
    ],
)
async def test_lists_hold_nothing_of_another_workspace(
    client: httpx2.AsyncClient, tenant: Tenant, rival: Tenant, kind: str, path: str
) -> None:
    reply = await client.get(path, headers={"authorization": f"Bearer {tenant.tokens[kind]}"})
    assert reply.status_code == 200, reply.text
    assert rival.runner_id not in reply.text
    assert "rival" not in reply.text
    theirs = await client.get(path, headers={"authorization": f"Bearer {rival.tokens[kind]}"})
    assert "acme" not in theirs.text
    assert theirs.status_code == 200


async def test_a_workspace_that_the_client_names_can_only_narrow(
    client: httpx2.AsyncClient, tenant: Tenant, rival: Tenant
) -> None:
    token = tenant.tokens["login admin"]
    for header in ("organization", "x-organization"):
        for named, status in ((rival.workspace.label, 403), ("nobody", 403), (tenant.workspace.label, 200), ("", 200)):
            reply = await client.get(f"/api/v2/task/{tenant.task_id}", headers={"token": token, header: named})
            assert reply.status_code == status, (header, named, reply.text)


async def test_no_workspace_is_assumed_without_a_credential(client: httpx2.AsyncClient, tenant: Tenant) -> None:
    for path in ("/api/v1/tasks", "/api/v2/task"):
        reply = await client.get(path, headers={"organization": tenant.workspace.label, "x-workspace": "acme"})
        assert reply.status_code == 401


def test_every_route_is_looked_at() -> None:
    dialects = {"botcity", "maestro-client", "botvelocity", "otlp", "elma", "automio"}
    assert {table.name for table, _ in routes()} == {"native", "reference", "console", "oauth"} | dialects
