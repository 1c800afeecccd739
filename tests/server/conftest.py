"""The whole application, and a caller of every kind."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import httpx2
import pytest

from botyard.base.settings import Settings
from botyard.core import access, actions, apps, systems
from botyard.core.access import Role
from botyard.core.systems import State
from botyard.core.workspaces import Workspace
from botyard.server import mounts
from botyard.server.app import create_app
from botyard.storage import Blobs, Database, Tx
from botyard.web import Application, Route, RouteTable
from tests.support.work import lease_next, make_runner, make_task, make_workspace


@dataclass(frozen=True)
class Tenant:
    """A workspace with a task that an attempt holds, and a credential of every kind."""

    workspace: Workspace
    task_id: int
    attempt_id: str
    runner_id: str
    user_id: int
    tokens: Mapping[str, str]


def make_tenant(tx: Tx, label: str, *, now: int) -> Tenant:
    workspace = make_workspace(tx, label=label, now=now)
    task = make_task(tx, workspace, now=now)
    runner_id = make_runner(tx, workspace, now=now)
    lease = lease_next(tx, workspace, runner_id, now=now)
    tokens = {"attempt": lease.credential.text}
    for role in Role:
        made = access.create_key(
            tx, workspace_id=workspace.id, name=str(role), role=role, owner="user:1", now=now, login=label
        )
        tokens[role] = made.text
        key = access.create_key(
            tx,
            workspace_id=workspace.id,
            name=str(role),
            role=role,
            owner="user:1",
            now=now,
            login=label,
            dialect="botcity",
        )
        tokens[f"login {role}"] = access.login_with_key(
            tx, dialects=("botcity",), login=label, key=key.text, now=now
        ).text
        tokens[f"developer {role}"] = access.create_key(
            tx, workspace_id=workspace.id, name=str(role), role=role, owner="user:1", now=now, dialect="botvelocity"
        ).text
        login = f"{label}-{role}"
        user = access.create_user(tx, login=login, name=login, password_hash="", must_change=False, now=now)
        access.set_role(tx, workspace_id=workspace.id, user_id=user.id, role=role)
        tokens[f"session {role}"] = access.start_session(tx, user_id=user.id, now=now)[0]
    tokens["runner"] = access.create_runner_token(
        tx, workspace_id=workspace.id, runner_id=runner_id, name="vm", now=now
    ).text
    tokens["system"] = systems.create(
        tx, workspace_id=workspace.id, name=label, state=State.ALLOWED, actor="user:1", now=now
    ).token
    app = apps.create(tx, workspace_id=workspace.id, slug="shop", app_id=130, actor="user:1", now=now)
    actions.create(tx, workspace_id=workspace.id, app_id=app.id, slug="sync", actor="user:1", now=now)
    tokens["app"] = access.create_app_token(
        tx, workspace_id=workspace.id, app_id=app.id, user_id=user.id, name="shop", owner="user:1", now=now
    ).text
    tokens["join"] = access.create_join_code(tx, workspace_id=workspace.id, owner="user:1", now=now).text
    return Tenant(workspace, task.id, lease.attempt_id, runner_id, user.id, tokens)


@pytest.fixture
def app(settings: Settings, db: Database, blobs: Blobs) -> Application:
    """Return the application with every protocol mounted."""
    return create_app(settings, db, blobs)


@pytest.fixture
async def tenant(app: Application, db: Database) -> Tenant:
    """Return the workspace of the callers."""
    del app
    return await db.write(make_tenant, "acme", now=db.now())


@pytest.fixture
async def rival(app: Application, db: Database) -> Tenant:
    """Return another workspace, equal in everything."""
    del app
    return await db.write(make_tenant, "rival", now=db.now())


@pytest.fixture
async def client(app: Application) -> AsyncIterator[httpx2.AsyncClient]:
    """Yield a client without a credential."""
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://botyard") as client:
        yield client


def tables(app: Application) -> list[RouteTable]:
    """Return every mounted table."""
    return list(app.router.tables)


def routes() -> list[tuple[RouteTable, Route]]:
    """Return every route of every protocol."""
    return [(table, route) for table in mounts.protocols() for route in table.routes]


def as_caller(table: RouteTable, token: str) -> dict[str, str]:
    """Return the headers with which a caller of this table shows its token."""
    if table.name == "console":
        return {"cookie": f"botyard_session={token}", "origin": "http://botyard"}
    if table.name == "automio":
        return {"authorization": f"App-Token {token}"}
    if table.name == "botvelocity" and token.startswith("by_attempt_"):
        return {"x-robot-token": token}
    return {"authorization": f"Bearer {token}"}
