"""Integrations and connections for tests, made by the real operations."""

from __future__ import annotations

from typing import Any

from botyard.core import apps, integrations
from botyard.core.integrations import Connection, Integration, NewConnection
from botyard.core.vault import RootKeys
from botyard.core.workspaces import Workspace
from botyard.storage import Tx
from tests.support.work import NOW


def make_integration(tx: Tx, keys: RootKeys, workspace: Workspace, /, **parts: Any) -> Integration:
    """Create an integration with an API key in a header, unless told otherwise."""
    whole: dict[str, Any] = {
        "key": "github",
        "name": "GitHub",
        "version": "1",
        "kind": "api_key",
        "base_url": "http://127.0.0.1:9",
        "allow_private_network": True,
    } | parts
    return integrations.create(
        tx,
        root_keys=keys,
        workspace_id=workspace.id,
        integration=integrations.checked(**whole),
        may_open=True,
        actor="user:ann",
        now=NOW,
    )


def make_connection(tx: Tx, keys: RootKeys, integration: Integration, /, **parts: Any) -> Connection:
    """Connect an account, for every app unless told otherwise."""
    parts = {"name": "ann@example.com", "secrets": {"key": "canary-key-1"}} | parts
    return integrations.connect(
        tx,
        root_keys=keys,
        workspace_id=integration.workspace_id,
        key=integration.key,
        connection=NewConnection(**parts),
        actor="user:ann",
        now=NOW,
    )


def make_app(tx: Tx, workspace: Workspace, app_id: int = 130, slug: str = "shop") -> int:
    """Create an app and return its id."""
    return apps.create(tx, workspace_id=workspace.id, slug=slug, app_id=app_id, name=slug, actor="user:ann", now=NOW).id
