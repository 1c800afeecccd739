"""A switchboard over a real database, and a workspace with integrations."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from botyard.core.audit import Origin
from botyard.core.integrations import Account
from botyard.core.vault import RootKeys
from botyard.core.workspaces import Workspace
from botyard.storage import Database, Tx
from botyard.upstream import Upstream
from botyard.upstream.integration import Bounds, CallerOf, Outcome, Switchboard, Wanted
from tests.support.integrations import make_connection, make_integration
from tests.support.work import make_workspace


class Board:
    """Makes integrations and calls them."""

    def __init__(self, db: Database, keys: RootKeys, upstream: Upstream, workspace: Workspace) -> None:
        self.db, self.keys, self.workspace = db, keys, workspace
        self.board = Switchboard(db, keys, upstream, Bounds(seconds=5, max_bytes=200_000))
        origin = Origin(workspace_id=workspace.id, actor="app:shop")
        self.caller = CallerOf(workspace_id=workspace.id, app_id=None, task_id=None, connection_id=None, origin=origin)

    async def account(self, connection: dict[str, Any] | None = None, **parts: Any) -> Account:
        """Make an integration with one connection and return the account."""

        def build(tx: Tx) -> str:
            made = make_integration(tx, self.keys, self.workspace, **parts)
            if made.kind != "none":
                make_connection(tx, self.keys, made, **(connection or {}))
            return made.key

        return await self.board.account(self.caller, await self.db.write(build), None)

    async def call(self, account: Account, endpoint: str = "/echo", **parts: Any) -> Outcome:
        """Make one call."""
        return await self.board.call(self.caller, account, Wanted(endpoint=endpoint, **parts))


@pytest.fixture
def backend() -> str:
    """Return the one database that these tests need: what differs between two is tested in the core."""
    return "sqlite"


@pytest.fixture
async def board(db: Database, data: Path) -> AsyncIterator[Board]:
    """Yield a switchboard."""
    upstream = Upstream()
    made = Board(db, RootKeys(data / "root.key"), upstream, await db.write(make_workspace))
    yield made
    await made.board.close()
    await upstream.close()
