"""The routes of this dialect over a real database, with keys of two workspaces and an automation in each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx2
import pytest

from botyard.base.settings import Settings
from botyard.core import access
from botyard.core.access import Role
from botyard.core.workspaces import Workspace
from botyard.protocols.botcity.routes import ROUTES
from botyard.protocols.maestro_client.routes import ROUTES as MAESTRO_CLIENT
from botyard.server.app import create_app
from botyard.storage import Blobs, Database, Tx
from tests.support.work import deploy, make_workspace

AUTOMATION = "TestCI"
#: Small, so that a test of the limit is quick.
MAX_UPLOAD = 256 * 1024


@dataclass(frozen=True)
class World:
    """What is there before a conversation begins."""

    workspace: Workspace
    key: str
    foreign: Workspace
    foreign_key: str


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Return the settings of a server that takes small files only."""
    return Settings(data=settings.data, database=settings.database, runner=False, max_upload_bytes=MAX_UPLOAD)


@pytest.fixture
async def api(settings: Settings, db: Database, blobs: Blobs) -> AsyncIterator[httpx2.AsyncClient]:
    """Yield a client that talks to the application without a socket."""
    app = create_app(settings, db, blobs, tables=[ROUTES, MAESTRO_CLIENT])
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://botyard") as client:
        yield client


@pytest.fixture
async def world(api: httpx2.AsyncClient, db: Database) -> World:
    """Return two workspaces, each with a key and a deployed automation."""
    del api  # building the application names the pepper that keys are hashed with

    def build(tx: Tx) -> World:
        mine, theirs = make_workspace(tx, label="acme"), make_workspace(tx, label="rival")
        for workspace in (mine, theirs):
            deploy(tx, workspace, automation=AUTOMATION, now=db.now())
        return World(mine, make_key(tx, mine, now=db.now()), theirs, make_key(tx, theirs, now=db.now()))

    return await db.write(build)


def make_key(tx: Tx, workspace: Workspace, *, role: Role = Role.DEVELOPER, now: int) -> str:
    """Return the text of a new key of a workspace."""
    made = access.create_key(
        tx,
        workspace_id=workspace.id,
        name="ci",
        role=role,
        owner="user:1",
        now=now,
        dialect="botcity",
        login=workspace.label,
    )
    return made.text
