"""Which routes answer without a credential: exactly those in `open_routes.txt`, and no spelling of another one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx2
import pytest

from botyard.web import OPEN, Application, Route, RouteTable
from botyard.wire.execution import execution_id
from tests.server.conftest import Tenant, routes, tables

CHECKED_IN = Path(__file__).with_name("open_routes.txt")
#: Endings that once slipped past the checks of other products.
VARIANTS = ("", "/", "/health", "/healthz", "/configs", ";x", "%2f", "%2e", "//", ".", "?x", "%00", "/..;/healthz")


def test_the_open_routes_are_those_that_are_checked_in(app: Application) -> None:
    open_routes = sorted(
        f"{route.method} {table.full_path(route)}"
        for table in tables(app)
        for route in table.routes
        if route.permission is OPEN
    )
    assert open_routes == CHECKED_IN.read_text("utf-8").split("\n")[:-1]


@pytest.mark.parametrize("name", sorted({table.name for table, _ in routes()}))
async def test_every_other_route_asks_for_one(client: httpx2.AsyncClient, tenant: Tenant, name: str) -> None:
    for table, route in routes():
        if table.name != name or route.permission is OPEN:
            continue
        path = concrete(table, route, tenant)
        # Whatever is added to the root is another route altogether.
        for variant in VARIANTS if path != "/" else ("",):
            reply = await alone(client, route.method, path + variant)
            allowed = {401, 404, 405, 400} | {"console": {303, 403}, "automio": {403}}.get(table.name, set())
            assert reply.status_code in allowed, f"{route.method} {path + variant}: {reply.status_code}"
            if reply.status_code == 303:
                assert reply.headers["location"].startswith("/sign-in")
        if table.name == "elma":  # its callers show their token in the body, and are answered there
            told = await asyncio.create_task(client.request(route.method, path, json={}))
            assert told.json()["status"] == 401
            continue
        plain = await alone(client, route.method, path)
        if table.name == "automio":  # its clients sleep over a 401
            assert plain.status_code == 403
            continue
        assert plain.status_code == 401 or (table.name == "console" and plain.status_code in (303, 403))


async def alone(client: httpx2.AsyncClient, method: str, path: str) -> httpx2.Response:
    """Send a request in a task of its own, as the server answers it, so that nothing is left over from another."""
    return await asyncio.create_task(client.request(method, path))


def concrete(table: RouteTable, route: Route, tenant: Tenant) -> str:
    """Return the path of a route with ids of things that exist."""
    path = table.full_path(route)
    for name in ("id", "task", "task_id"):
        path = path.replace(f"{{{name}}}", str(tenant.task_id))
    path = (
        path.replace("{attempt}", tenant.attempt_id)
        .replace("{label}", "billing")
        .replace("{bot}", "billing")
        .replace("{digest}", "0" * 64)
        .replace("{execution}", execution_id(tenant.attempt_id))
        .replace("{app}", "130")
        .replace("{action}", "sync")
    )
    if table.name != "maestro-client":
        path = path.replace("{workspace}", tenant.workspace.label)
    return path.replace("{", "").replace("}", "")
