"""Folders and assets in a document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from botyard.base.exceptions import Invalid
from botyard.core import assets, declare, folders
from botyard.core.declare import Change, Source
from botyard.core.vault import RootKeys
from botyard.storage import Database
from tests.support.work import NOW, make_workspace

DOCUMENT: dict[str, Any] = {
    "folders": ["Finance"],
    "assets": [
        {"name": "CONFIG", "type": "text", "value": "hello"},
        {"name": "KEY", "type": "secret", "value": "canary-1"},
        {"name": "DB", "type": "credential", "username": "bot", "password": "canary-2", "folder": "Finance"},
    ],
    "automations": [{"label": "agent", "uses": {"assets": ["KEY", "DB"]}}],
}


async def apply(db: Database, data: Path, workspace_id: int, document: dict[str, Any]) -> list[Change]:
    return await db.write(
        declare.apply,
        workspace_id=workspace_id,
        document=declare.read(document, Source()),
        root_keys=RootKeys(data / "root.key"),
        actor="user:ann",
        now=NOW,
    )


async def test_applying_twice_changes_nothing_and_tells_no_secret(db: Database, data: Path) -> None:
    workspace_id = (await db.write(make_workspace)).id
    changes = await apply(db, data, workspace_id, DOCUMENT)
    assert [change.name for change in changes] == ["Finance", "CONFIG", "KEY", "DB in Finance", "agent"]
    assert "canary" not in repr(changes)
    assert await apply(db, data, workspace_id, DOCUMENT) == []
    assert [each.name for each in await db.read(folders.search, workspace_id=workspace_id)] == ["DEFAULT", "Finance"]


async def test_a_secret_that_differs_is_the_only_change(db: Database, data: Path) -> None:
    workspace_id = (await db.write(make_workspace)).id
    await apply(db, data, workspace_id, DOCUMENT)
    changed = {"assets": [{"name": "KEY", "type": "secret", "value": "canary-3"}]}
    (change,) = await apply(db, data, workspace_id, changed)
    assert (change.action, change.fields) == ("update", {"secret": ("version 1", "a new value")})
    found = await db.read(assets.find, workspace_id=workspace_id, name="KEY", folder="DEFAULT")
    assert found is not None
    assert found.version == 2


@pytest.mark.parametrize(
    "asset",
    [
        {"name": "A", "type": "text", "value": 5},
        {"name": "A", "type": "text", "value": "x", "folder": "Nowhere"},
        {"name": "A", "type": "text", "value": "x", "colour": "red"},
        {"name": "CONFIG", "type": "int", "value": 5},
        {"name": "A", "type": "secret"},
        "A",
    ],
)
async def test_what_cannot_be_is_refused_whole(db: Database, data: Path, asset: Any) -> None:
    workspace_id = (await db.write(make_workspace)).id
    await apply(db, data, workspace_id, DOCUMENT)
    with pytest.raises(Invalid):
        await apply(db, data, workspace_id, {"folders": ["New"], "assets": [asset]})
    assert len(await db.read(folders.search, workspace_id=workspace_id)) == 2
