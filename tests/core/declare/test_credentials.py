"""Credentials in a workspace file: made and changed by it, compared by value, and told without values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from botyard.base.exceptions import Invalid
from botyard.core import automations, credentials, declare
from botyard.core.declare import Change, Source
from botyard.core.vault import RootKeys
from botyard.storage import Database
from tests.support.work import NOW, make_workspace

SOURCE = Source(file="ws.yaml", lines={"credentials": 2, "credentials[0]": 3, "credentials[0].secrets": 4})
BANK = {"label": "Bank", "secrets": {"user": "ann", "pin": 1234}}


@pytest.fixture
async def workspace_id(db: Database) -> int:
    return (await db.write(make_workspace)).id


@pytest.fixture
def root_keys(tmp_path: Path) -> RootKeys:
    return RootKeys(tmp_path / "root.key")


async def apply(db: Database, workspace_id: int, root_keys: RootKeys, document: dict[str, Any]) -> list[Change]:
    return await db.write(
        declare.apply,
        workspace_id=workspace_id,
        document=declare.read(document, SOURCE),
        root_keys=root_keys,
        actor="user:ann",
        now=NOW,
    )


async def test_a_set_is_made_once_and_told_without_values(db: Database, workspace_id: int, root_keys: RootKeys) -> None:
    (change,) = await apply(db, workspace_id, root_keys, {"credentials": [BANK]})
    assert (change.action, change.kind, change.name) == ("create", "credential", "Bank")
    assert change.fields == {"secrets.user": (None, "version 1"), "secrets.pin": (None, "version 1")}
    assert await apply(db, workspace_id, root_keys, {"credentials": [BANK]}) == []


async def test_only_another_value_is_a_change_and_other_keys_stay(
    db: Database, workspace_id: int, root_keys: RootKeys
) -> None:
    await apply(db, workspace_id, root_keys, {"credentials": [BANK]})
    (change,) = await apply(
        db, workspace_id, root_keys, {"credentials": [{"label": "Bank", "secrets": {"pin": "9999"}}]}
    )
    assert change.fields == {"secrets.pin": ("version 1", "version 2")}
    bank = await db.read(credentials.get, workspace_id=workspace_id, label="Bank")
    assert [(key.name, key.version) for key in bank.keys] == [("user", 1), ("pin", 2)]


async def test_a_set_moves_to_the_folder_that_the_file_names(
    db: Database, workspace_id: int, root_keys: RootKeys
) -> None:
    await apply(db, workspace_id, root_keys, {"credentials": [BANK]})
    (change,) = await apply(db, workspace_id, root_keys, {"credentials": [{"label": "Bank", "folder": "Finance"}]})
    assert change.fields == {"folder": ("DEFAULT", "Finance")}
    bank = await db.read(credentials.get, workspace_id=workspace_id, label="Bank")
    assert (bank.folder, len(bank.keys)) == ("Finance", 2)
    assert await apply(db, workspace_id, root_keys, {"credentials": [BANK | {"folder": "Finance"}]}) == []


async def test_an_automation_may_use_what_the_same_file_declares(
    db: Database, workspace_id: int, root_keys: RootKeys
) -> None:
    document = {
        "automations": [{"label": "a", "uses": {"credentials": ["Bank"]}}],
        "credentials": [BANK],
    }
    assert len(await apply(db, workspace_id, root_keys, document)) == 2
    made = await db.read(automations.get, workspace_id=workspace_id, label="a")
    assert made.uses == {"credentials": ["Bank"]}


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        ("Bank", "ws.yaml:3: credentials[0]"),
        ({"secrets": {}}, "ws.yaml:3: credentials[0].label"),
        ({"label": "a/b"}, "ws.yaml:3: credentials[0].label"),
        ({"label": "a", "secrets": ["x"]}, "ws.yaml:4: credentials[0].secrets"),
        ({"label": "a", "secrets": {"k": {"env": "NAME"}}}, "ws.yaml:4: credentials[0].secrets.k"),
        ({"label": "a", "colour": "red"}, "ws.yaml:3: credentials[0].colour"),
        ({"label": "a", "folder": 7}, "ws.yaml:3: credentials[0].folder"),
    ],
)
def test_what_cannot_be_is_refused_at_its_place(entry: Any, place: str) -> None:
    with pytest.raises(Invalid) as refused:
        declare.read({"credentials": [entry]}, SOURCE)
    assert refused.value.message.startswith(f"{place}:")
