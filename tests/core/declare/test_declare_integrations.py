"""Integrations in a workspace file: in the order of the file, changed part by part, and told without secrets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from botyard.base.exceptions import Invalid
from botyard.core import declare, integrations
from botyard.core.declare import Change, Source
from botyard.core.vault import RootKeys
from botyard.storage import Database
from tests.support.work import NOW, make_workspace

LINES = {"integrations": 2, "integrations[0]": 3, "integrations[0].auth": 4, "integrations[0].connections[0]": 9}
SOURCE = Source(file="ws.yaml", lines=LINES)
GITHUB: dict[str, Any] = {
    "id": "github",
    "name": "GitHub",
    "version": "1",
    "base_url": "http://127.0.0.1:9000",
    "allow_private_network": True,
    "auth": {"kind": "api_key", "in": "header", "name": "Authorization", "scheme": "Bearer"},
    "connections": [
        {"name": "zoe@example.com", "key": "canary-1", "apps": [130]},
        {"name": "ann@example.com", "key": "canary-2"},
    ],
}
APPS = [{"id": 130, "slug": "shop"}]


class Workspace:
    """A workspace that files are applied to."""

    def __init__(self, db: Database, workspace_id: int, keys: RootKeys) -> None:
        self.db, self.id, self.keys = db, workspace_id, keys

    async def apply(self, *entries: dict[str, Any], **sections: Any) -> list[Change]:
        document = declare.read({"integrations": list(entries), **sections}, SOURCE)
        common: dict[str, Any] = {"workspace_id": self.id, "document": document, "root_keys": self.keys}
        planned = await self.db.read(lambda tx: declare.plan(tx, **common))
        done = await self.db.write(lambda tx: declare.apply(tx, **common, actor="user:ann", now=NOW))
        assert [change.name for change in planned] == [change.name for change in done]
        assert "canary" not in repr(done)
        return done


@pytest.fixture
async def workspace(db: Database, tmp_path: Path) -> Workspace:
    """Return an empty one."""
    return Workspace(db, (await db.write(make_workspace)).id, RootKeys(tmp_path / "root.key"))


async def test_what_the_file_declares_is_made_in_its_order_and_a_second_time_changes_nothing(
    workspace: Workspace, db: Database
) -> None:
    app, change = await workspace.apply(GITHUB, apps=APPS)
    assert (app.kind, change.action, change.kind, change.name) == ("app", "create", "integration", "github")
    made = await db.read(integrations.get, workspace_id=workspace.id, key="github")
    assert made.details.api_auth_header_key == "Bearer"
    found = await db.read(integrations.connections_of, integration=made)
    assert [(one.name, one.apps, one.every_app) for one in found] == [
        ("zoe@example.com", (130,), False),
        ("ann@example.com", (), True),
    ]
    assert await workspace.apply(GITHUB, apps=APPS) == []
    assert await workspace.apply({"id": "github", "auth": GITHUB["auth"], "base_url": GITHUB["base_url"]}) == []


async def test_only_what_differs_is_changed(workspace: Workspace, db: Database) -> None:
    await workspace.apply(GITHUB, apps=APPS)
    changed = GITHUB | {
        "version": 2,
        "description": "code",
        "connections": [{"name": "zoe@example.com", "key": "canary-3", "concurrency": 5}, {"name": "new", "key": "k"}],
    }
    (change,) = await workspace.apply(changed)
    assert change.fields == {
        "version": ("1", "2"),
        "details.description": (None, "code"),
        "connections.zoe@example.com": ("as it was", "other concurrency, secrets"),
        "connections.new": (None, "new"),
    }
    made = await db.read(integrations.get, workspace_id=workspace.id, key="github")
    found = await db.read(integrations.connections_of, integration=made)
    assert [(one.name, one.secret_version) for one in found] == [
        ("zoe@example.com", 2),
        ("ann@example.com", 1),
        ("new", 1),
    ]
    assert await workspace.apply(changed) == []


async def test_every_kind_of_sign_in_can_be_declared(workspace: Workspace, db: Database) -> None:
    url = "https://api.example.com"
    oauth = {
        "kind": "oauth2",
        "client_id": "c",
        "secret": "canary-s",
        "authorize_url": f"{url}/authorize",
        "token_url": f"{url}/token",
        "scope": "read",
        "pkce": True,
    }
    kinds: list[dict[str, Any]] = [
        {"id": "a"},
        {"id": "b", "auth": {"kind": "basic"}, "connections": [{"user": "u", "password": "canary"}]},
        {"id": "c", "auth": {"kind": "api_key", "in": "query", "name": "key"}},
        {"id": "d", "auth": {"kind": "api_key", "in": "body", "name": "key"}},
        {"id": "e", "auth": oauth},
        {"id": "f", "auth": {"kind": "hmac", "algorithm": "sha1", "fields": ["body"], "header": "X: {signature}"}},
        {"id": "g", "auth": {"kind": "soap", "url": f"{url}/wsdl", "method": "wsse"}},
    ]
    kinds = [{"base_url": url} | kind for kind in kinds]
    assert len(await workspace.apply(*kinds)) == 7
    assert await workspace.apply(*kinds) == []
    made = await db.read(integrations.get, workspace_id=workspace.id, key="e")
    assert (made.details.oauth_pkce_enabled, made.details.access_token_url) == (True, f"{url}/token")
    (change,) = await workspace.apply(kinds[4] | {"auth": oauth | {"secret": "canary-t"}})
    assert change.fields == {"auth.secret": ("version 1", "a new value")}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"id": 5}, "ws.yaml:3: integrations[0].id"),
        ({"id": "a.b"}, "ws.yaml:3: integrations[0].key"),
        ({"colour": "red"}, "ws.yaml:3: integrations[0].colour"),
        ({"version": "12345678901"}, "ws.yaml:3: integrations[0].version"),
        ({"auth": "none"}, "ws.yaml:4: integrations[0].auth.kind"),
        ({"auth": {"kind": "api_key", "where": "header"}}, "ws.yaml:4: integrations[0].auth.where"),
        ({"auth": {"kind": "api_key", "in": "path"}}, "ws.yaml:3: integrations[0].api_key_distribution"),
        ({"connections": {}}, "ws.yaml:3: integrations[0].connections"),
        ({"connections": [{"name": "a"}]}, "ws.yaml:9: integrations[0].connections[0].key"),
        ({"connections": [{"name": "a", "key": 5}]}, "ws.yaml:9: integrations[0].connections[0].key"),
        ({"connections": [{"name": "12", "key": "k"}]}, "ws.yaml:9: integrations[0].connections[0].name"),
        ({"connections": [{"name": "a", "password": "k"}]}, "ws.yaml:9: integrations[0].connections[0].password"),
        ({"connections": [{"name": "a", "key": "k", "apps": 1}]}, "ws.yaml:9: integrations[0].connections[0].apps"),
        ({"connections": [{"name": "a", "key": "k"}] * 2}, "ws.yaml:3: integrations[0].connections[1].name"),
    ],
)
def test_what_cannot_be_accepted_is_named_with_its_place(change: dict[str, Any], place: str) -> None:
    with pytest.raises(Invalid) as refused:
        declare.read({"integrations": [GITHUB | change]}, SOURCE)
    assert str(refused.value).startswith(place)


async def test_a_connection_for_an_app_that_nobody_has_is_refused_whole(workspace: Workspace, db: Database) -> None:
    with pytest.raises(Invalid, match=r"connections\[0\]\.apps\[0\]: The app \"130\" does not exist"):
        await workspace.apply(GITHUB)
    assert await db.read(integrations.find, workspace_id=workspace.id, key="github") is None
