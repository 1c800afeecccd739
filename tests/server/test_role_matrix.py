"""Who may use which route: every route times every kind of caller equals the table that is checked in.

After a deliberate change write the table anew: `BOTYARD_WRITE_TABLES=1 pytest tests/server/test_role_matrix.py`.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import httpx2

from botyard.core.access import ROLE_PERMISSIONS, Permission, Role, tokens
from botyard.core.access.permissions import (
    APP_PERMISSIONS,
    ATTEMPT_PERMISSIONS,
    ENDED_ATTEMPT_PERMISSIONS,
    JOIN_PERMISSIONS,
    RUNNER_PERMISSIONS,
    SYSTEM_PERMISSIONS,
)
from botyard.web import OPEN, SIGNED_IN, Route, RouteTable
from tests.server.conftest import Tenant, as_caller, routes
from tests.server.test_open_routes import concrete

CHECKED_IN = Path(__file__).with_name("role_matrix.txt")
COLUMNS = {
    **{str(role): ROLE_PERMISSIONS[role] for role in Role},
    "runner": RUNNER_PERMISSIONS,
    "join": JOIN_PERMISSIONS,
    "attempt": ATTEMPT_PERMISSIONS,
    "ended": ENDED_ATTEMPT_PERMISSIONS,
    "system": SYSTEM_PERMISSIONS,
    "app": APP_PERMISSIONS,
}


#: Tables that do not know every kind of caller.
KNOWN = {
    "console": frozenset(map(str, Role)),
    "botcity": frozenset({*map(str, Role), "attempt", "ended"}),
    "maestro-client": frozenset({*map(str, Role), "attempt", "ended"}),
    "botvelocity": frozenset({*map(str, Role), "attempt", "ended"}),
    "elma": frozenset({"system"}),
    "automio": frozenset({"attempt", "ended", "app"}),
}


def allowed(route: Route, permissions: frozenset[Permission]) -> bool:
    return route.permission in (OPEN, SIGNED_IN) or route.permission in permissions


def cell(table: RouteTable, route: Route, column: str) -> str:
    if route.permission is OPEN:
        return "open"
    known = column in KNOWN.get(table.name, COLUMNS.keys() - {"system", "app"})
    return "yes" if known and allowed(route, COLUMNS[column]) else "-"


def rendered() -> str:
    lines = [f"{'route':56}" + "".join(f"{name:10}" for name in COLUMNS)]
    for table, route in sorted(routes(), key=lambda pair: (pair[0].full_path(pair[1]), pair[1].method)):
        cells = "".join(f"{cell(table, route, column):10}" for column in COLUMNS)
        lines.append(f"{route.method:7}{table.full_path(route):49}{cells}")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def test_the_matrix_is_the_one_that_is_checked_in() -> None:
    if os.environ.get("BOTYARD_WRITE_TABLES"):
        CHECKED_IN.write_text(rendered(), "utf-8")
    assert rendered() == CHECKED_IN.read_text("utf-8")


async def test_the_server_refuses_what_the_matrix_denies(client: httpx2.AsyncClient, tenant: Tenant) -> None:
    for table, route in routes():
        for name, token in tokens_for(table, tenant).items():
            held = COLUMNS[name.rpartition(" ")[2]]
            if allowed(route, held):
                continue
            asked = client.request(
                route.method, concrete(table, route, tenant), headers=as_caller(table, token) | form(table, token)
            )
            reply = await asyncio.create_task(asked)
            assert reply.status_code == 403, f"{name}: {route.method} {table.full_path(route)} {reply.status_code}"


def tokens_for(table: RouteTable, tenant: Tenant) -> dict[str, str]:
    """Return the callers that a table knows, by the column of the matrix that ends their name."""
    if table.name == "console":
        return {f"session {role}": tenant.tokens[f"session {role}"] for role in Role}
    if table.name in ("botcity", "maestro-client"):
        return {f"login {role}": tenant.tokens[f"login {role}"] for role in Role} | {
            "attempt": tenant.tokens["attempt"]
        }
    if table.name == "elma":
        return {}  # an allowed system may use every route
    if table.name == "automio":
        return {"app": tenant.tokens["app"]}
    if table.name == "botvelocity":
        return {f"developer {role}": tenant.tokens[f"developer {role}"] for role in Role} | {
            "attempt": tenant.tokens["attempt"]
        }
    return {name: tenant.tokens[name] for name in (*map(str, Role), "runner", "join", "attempt")}


def form(table: RouteTable, token: str) -> dict[str, str]:
    """Return what a form of this session sends along."""
    return {"x-form-token": tokens.sign("form", token)} if table.name == "console" else {}
