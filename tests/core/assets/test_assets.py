"""Assets: typed values, secrets that leave a trace when they are read, and who may use which."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from botyard.base.exceptions import AlreadyExists, Denied, Invalid, NotFound, StaleLease
from botyard.core import assets, audit, automations, folders
from botyard.core.assets import Asset
from botyard.core.audit import Origin
from botyard.core.vault import RootKeys
from botyard.core.workspaces import Workspace
from botyard.storage import Database, Tx
from tests.support.work import NOW, attempt_of, lease_next, lose_all, make_runner, make_task, make_workspace


@pytest.fixture
def keys(data: Path) -> RootKeys:
    """Return the root keys of this test."""
    return RootKeys(data / "root.key")


def make(tx: Tx, keys: RootKeys, workspace: Workspace, **parts: Any) -> Asset:
    asset = assets.checked(**parts)
    return assets.create(tx, root_keys=keys, workspace_id=workspace.id, asset=asset, actor="user:ann", now=NOW)


def read(tx: Tx, keys: RootKeys, workspace: Workspace, name: str, **options: Any) -> str:
    origin = Origin(workspace_id=workspace.id, actor="user:ann", address="::1", request_id="r")
    found = assets.reveal(tx, root_keys=keys, workspace_id=workspace.id, name=name, origin=origin, now=NOW, **options)
    return found.secret.reveal()


async def test_a_secret_is_read_with_an_audit_row_and_shown_nowhere_else(db: Database, keys: RootKeys) -> None:
    def scenario(tx: Tx) -> None:
        workspace = make_workspace(tx)
        made = make(tx, keys, workspace, name="KEY", type="secret", value="canary-1")
        assert "canary" not in repr(made)
        assert read(tx, keys, workspace, "KEY") == "canary-1"
        row = audit.list_for(tx, workspace_id=workspace.id)[0]
        assert (row.action, row.target) == ("asset.read", "KEY")
        assert [each.value for each in assets.search(tx, workspace_id=workspace.id)] == [None]
        found = assets.find(tx, workspace_id=workspace.id, name="KEY", folder="DEFAULT")
        assert found is not None
        assert found.read_by == "user:ann"

    await db.write(scenario)


async def test_a_folder_is_looked_in_before_the_default_one(db: Database, keys: RootKeys) -> None:
    def scenario(tx: Tx) -> None:
        workspace = make_workspace(tx)
        folder = folders.create(tx, workspace_id=workspace.id, name="Fünf Häuser", actor="user:ann", now=NOW)
        assert folder.slug == "funf-hauser"
        make(tx, keys, workspace, name="A", type="text", value="default")
        make(tx, keys, workspace, name="A", type="text", value="own", folder="Fünf Häuser")
        make(tx, keys, workspace, name="B", type="int", value=1)
        for named in (folder.id, folder.slug, folder.name):
            assert assets.get(tx, workspace_id=workspace.id, name="A", folder=named).value == "own"
            assert assets.get(tx, workspace_id=workspace.id, name="B", folder=named).value == 1
        assert assets.get(tx, workspace_id=workspace.id, name="A").value == "default"
        with pytest.raises(NotFound):
            assets.get(tx, workspace_id=workspace.id, name="A", folder="elsewhere")
        make(tx, keys, workspace, name="C", type="int", value=2, folder="Fünf Häuser")
        assert assets.get(tx, workspace_id=workspace.id, name="C").value == 2
        with pytest.raises(NotFound):
            assets.get(tx, workspace_id=workspace.id, name="C", folder="DEFAULT")
        folders.create(tx, workspace_id=workspace.id, name="Third", actor="user:ann", now=NOW)
        make(tx, keys, workspace, name="C", type="int", value=3, folder="Third")
        with pytest.raises(NotFound, match="is not in this folder"):
            assets.get(tx, workspace_id=workspace.id, name="C")
        with pytest.raises(AlreadyExists):
            make(tx, keys, workspace, name="A", type="text", value="again")
        with pytest.raises(AlreadyExists):
            folders.create(tx, workspace_id=workspace.id, name="Fünf Häuser", actor="user:ann", now=NOW)

    await db.write(scenario)


async def test_an_attempt_uses_what_its_automation_declares_while_it_holds_its_task(
    db: Database, keys: RootKeys
) -> None:
    def scenario(tx: Tx) -> None:
        workspace = make_workspace(tx)
        make_task(tx, workspace)
        uses: dict[str, Any] = {"uses": {"assets": ["MINE"]}}
        automations.update(tx, workspace_id=workspace.id, label="billing", fields=uses, actor="user:ann", now=NOW)
        for name in ("MINE", "OTHER"):
            make(tx, keys, workspace, name=name, type="secret", value=f"canary-{name}")
        attempt = attempt_of(lease_next(tx, workspace, make_runner(tx, workspace)))
        assert read(tx, keys, workspace, "MINE", attempt=attempt) == "canary-MINE"
        with pytest.raises(Denied):
            read(tx, keys, workspace, "OTHER", attempt=attempt)
        listed = assets.search(tx, workspace_id=workspace.id, attempt=attempt)
        assert [each.name for each in listed] == ["MINE"]
        known = assets.read_by(tx, root_keys=keys, attempt_id=attempt.id)
        assert [each.reveal() for each in known] == ["canary-MINE"]
        lose_all(tx)
        with pytest.raises(StaleLease):
            read(tx, keys, workspace, "MINE", attempt=attempt)

    await db.write(scenario)


async def test_a_deleted_secret_is_gone(db: Database, keys: RootKeys) -> None:
    def scenario(tx: Tx) -> None:
        workspace = make_workspace(tx)
        where: dict[str, Any] = {"workspace_id": workspace.id, "name": "DB"}
        make(tx, keys, workspace, name="DB", type="credential", username="u", password="p")
        changed = assets.set_credential(
            tx, root_keys=keys, username="v", password="q", actor="user:ann", now=NOW, **where
        )
        assert (changed.username, changed.version, read(tx, keys, workspace, "DB")) == ("v", 2, "q")
        assets.delete(tx, folder="DEFAULT", actor="user:ann", now=NOW, **where)
        with pytest.raises(NotFound):
            read(tx, keys, workspace, "DB")

    await db.write(scenario)


@pytest.mark.parametrize(
    "parts",
    [
        {"name": "a/b", "type": "text", "value": "x"},
        {"name": "..", "type": "text", "value": "x"},
        {"name": "A", "type": "number", "value": 1},
        {"name": "A", "type": "int", "value": True},
        {"name": "A", "type": "int", "value": 2**63},
        {"name": "A", "type": "bool", "value": 1},
        {"name": "A", "type": "text", "value": 1},
        {"name": "A", "type": "secret", "value": 1},
        {"name": "A", "type": "secret", "value": "x" * 70_000},
        {"name": "A", "type": "text", "value": "x", "username": "u"},
        {"name": "A", "type": "credential", "username": "u"},
        {"name": "A", "type": "credential", "username": "u", "password": "p", "value": "v"},
    ],
)
def test_what_cannot_be_an_asset_is_refused(parts: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        assets.checked(**parts)


async def test_an_asset_is_put_where_it_is_named_and_keeps_what_is_left_out(db: Database, keys: RootKeys) -> None:
    def scenario(tx: Tx) -> None:
        workspace = make_workspace(tx)
        folder = folders.create(tx, workspace_id=workspace.id, name="Fünf Häuser", actor="user:ann", now=NOW)

        def put(**parts: Any) -> Asset:
            asset = assets.checked(**parts, whole=False)
            return assets.put(tx, root_keys=keys, workspace_id=workspace.id, asset=asset, actor="user:ann", now=NOW)

        in_default = put(name="DB", type="credential", username="u", password="p")
        made = put(name="DB", type="credential", username="v", password="q", folder=folder.slug)
        assert (in_default.folder, made.folder) == ("DEFAULT", "Fünf Häuser")
        changed = put(name="DB", type="credential", folder=folder.id, description="The ledger")
        assert (changed.id, changed.version, changed.username, changed.description) == (made.id, 1, "v", "The ledger")
        assert read(tx, keys, workspace, "DB", folder=folder.id) == "q"
        changed = put(name="DB", type="credential", folder=folder.id, password="r")
        assert (changed.version, changed.username) == (2, "v")
        assert [read(tx, keys, workspace, "DB", folder=place) for place in (folder.id, None)] == ["r", "p"]
        for lacking in ({"type": "credential", "username": "u"}, {"type": "secret"}, {"type": "int"}):
            with pytest.raises(Invalid, match="lacks its"):
                put(name="NEW", **lacking)
        with pytest.raises(Invalid):
            put(name="DB", type="text", value="x")

    await db.write(scenario)


async def test_who_read_a_secret_is_told_with_the_task(db: Database, keys: RootKeys) -> None:
    def scenario(tx: Tx) -> None:
        workspace = make_workspace(tx)
        make_task(tx, workspace)
        asset = make(tx, keys, workspace, name="KEY", type="secret", value="canary")
        folders.create(tx, workspace_id=workspace.id, name="Else", actor="user:ann", now=NOW)
        make(tx, keys, workspace, name="KEY", type="secret", value="other", folder="Else")
        attempt = attempt_of(lease_next(tx, workspace, make_runner(tx, workspace)))
        read(tx, keys, workspace, "KEY")
        read(tx, keys, workspace, "KEY", attempt=attempt)
        read(tx, keys, workspace, "KEY", folder="Else")
        found = assets.reads_of(tx, asset, limit=10)
        assert [entry.data.get("task") for entry in found] == [attempt.task_id, None]
        assert assets.get_by_id(tx, workspace_id=workspace.id, asset_id=asset.id).name == "KEY"
        with pytest.raises(NotFound):
            assets.get_by_id(tx, workspace_id=make_workspace(tx, label="rival").id, asset_id=asset.id)

    await db.write(scenario)
