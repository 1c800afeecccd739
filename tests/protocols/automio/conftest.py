"""The dialect over a real database, without a socket: two apps of one workspace, one of another, and their tokens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from botyard.base.settings import Settings
from botyard.core import access, actions, apps
from botyard.core.apps import App
from botyard.core.workspaces import Workspace
from botyard.protocols.automio.routes import TABLES
from botyard.server.app import create_app
from botyard.storage import Blobs, Database, Tx
from tests.support.work import make_workspace

Headers = dict[str, str]


@dataclass(frozen=True)
class World:
    """What is there before a conversation begins; `shop` has the actions "sync" and "hook"."""

    workspace: Workspace
    shop: App
    crm: App
    token: Headers
    crm_token: Headers
    foreign_token: Headers
    webhook: str


@pytest.fixture
async def api(settings: Settings, db: Database, blobs: Blobs) -> AsyncIterator[httpx2.AsyncClient]:
    """Yield a client that talks to the application without a socket."""
    app = create_app(settings, db, blobs, tables=list(TABLES))
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://botyard") as client:
        yield client
    for close in app.tools.closing:
        await close()
    await app.tools.upstream.close()


@pytest.fixture
async def world(api: httpx2.AsyncClient, db: Database) -> World:
    """Return two apps of a workspace and one of another."""
    del api  # building the application names the pepper that tokens are hashed with

    def build(tx: Tx) -> World:
        now = db.now()
        workspace, rival = make_workspace(tx, label="acme", now=now), make_workspace(tx, label="rival", now=now)
        shop, crm, foreign = (
            apps.create(tx, workspace_id=home.id, slug=slug, app_id=app_id, actor="user:ann", now=now)
            for home, slug, app_id in ((workspace, "shop", 130), (workspace, "crm", 131), (rival, "shop", 130))
        )
        said: dict[str, Any] = {"workspace_id": workspace.id, "app_id": shop.id, "actor": "user:ann", "now": now}
        for slug, kind in (("sync", "app_action"), ("hook", "webhook_action")):
            action = actions.create(tx, slug=slug, fields={"type": kind}, **said)
            actions.deploy(tx, named=slug, package=actions.package_of("RESULT = 1", []), **said)
        return World(
            workspace,
            shop,
            crm,
            token_of(tx, shop, now=now),
            token_of(tx, crm, now=now),
            token_of(tx, foreign, now=now),
            webhook=actions.webhook_path(action, app_slug="shop"),
        )

    return await db.write(build)


def token_of(tx: Tx, app: App, *, now: int) -> Headers:
    """Return the header with a new token of an app."""
    made = access.create_app_token(
        tx, workspace_id=app.workspace_id, app_id=app.id, user_id=None, name=app.slug, owner="user:ann", now=now
    )
    return {"Authorization": f"App-Token {made.text}"}
