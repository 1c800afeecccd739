"""A workspace document is read whole, applied in one piece, and applying it twice changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from botyard.base.exceptions import Invalid
from botyard.core import automations, declare
from botyard.core.declare import Change, Source
from botyard.core.vault import RootKeys
from botyard.storage import Database
from tests.support.work import NOW, make_workspace

SOURCE = Source(
    file="ws.yaml", lines={"automations": 2, "automations[0]": 3, "automations[0].priority": 5, "plugins": 9}
)

#: Nothing here has secrets.
NO_KEYS = RootKeys(Path("/nowhere/root.key"))


@pytest.fixture
async def workspace_id(db: Database) -> int:
    return (await db.write(make_workspace)).id


async def apply(db: Database, workspace_id: int, document: dict[str, Any]) -> list[Change]:
    return await db.write(
        declare.apply,
        workspace_id=workspace_id,
        document=declare.read(document, SOURCE),
        root_keys=NO_KEYS,
        actor="user:ann",
        now=NOW,
    )


async def test_what_is_missing_is_created(db: Database, workspace_id: int) -> None:
    changes = await apply(db, workspace_id, {"automations": [{"label": "TestCI", "name": "CI sample"}]})
    assert [(change.action, change.kind, change.name) for change in changes] == [("create", "automation", "TestCI")]
    made = await db.read(automations.get, workspace_id=workspace_id, label="TestCI")
    assert made.name == "CI sample"


async def test_applying_twice_changes_nothing(db: Database, workspace_id: int) -> None:
    document = {
        "automations": [
            {"label": "TestCI", "priority": 4, "uses": {"queues": []}, "parameters": [{"name": "a", "type": "int"}]}
        ]
    }
    await apply(db, workspace_id, document)
    assert await apply(db, workspace_id, document) == []


async def test_only_the_difference_is_changed_and_told(db: Database, workspace_id: int) -> None:
    await apply(db, workspace_id, {"automations": [{"label": "TestCI", "name": "CI", "priority": 4}]})
    (change,) = await apply(db, workspace_id, {"automations": [{"label": "TestCI", "priority": 6}]})
    assert (change.action, change.fields) == ("update", {"priority": (4, 6)})
    after = await db.read(automations.get, workspace_id=workspace_id, label="TestCI")
    assert (after.name, after.priority) == ("CI", 6)


async def test_a_plan_changes_nothing(db: Database, workspace_id: int) -> None:
    document = declare.read({"automations": [{"label": "TestCI"}]}, SOURCE)
    assert len(await db.read(declare.plan, workspace_id=workspace_id, document=document, root_keys=NO_KEYS)) == 1
    assert await db.read(automations.find, workspace_id=workspace_id, label="TestCI") is None


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ([], "ws.yaml:1: document"),
        ({"automatons": []}, "ws.yaml:1: automatons"),
        ({"plugins": []}, "ws.yaml:9: plugins"),
        ({"automations": {}}, "ws.yaml:2: automations"),
        ({"automations": ["x"]}, "ws.yaml:3: automations[0]"),
        ({"automations": [{"name": "x"}]}, "ws.yaml:3: automations[0].label"),
        ({"automations": [{"label": "a/b"}]}, "ws.yaml:3: automations[0].label"),
        ({"automations": [{"label": "a", "priority": 99}]}, "ws.yaml:5: automations[0].priority"),
        ({"automations": [{"label": "a", "colour": "red"}]}, "ws.yaml:3: automations[0].colour"),
        ({"automations": [{"label": "a"}, {"label": "a"}]}, "ws.yaml:2: automations[1].label"),
        ({"workspace": 5}, "ws.yaml:1: workspace"),
    ],
)
def test_what_cannot_be_accepted_is_named_with_file_line_and_key(document: object, place: str) -> None:
    with pytest.raises(Invalid) as error:
        declare.read(document, SOURCE)
    assert error.value.message.startswith(f"{place}: ")


async def test_nothing_is_written_when_one_entry_is_wrong(db: Database, workspace_id: int) -> None:
    with pytest.raises(Invalid):
        await apply(db, workspace_id, {"automations": [{"label": "good"}, {"label": "bad", "priority": -1}]})
    assert await db.read(automations.labels, workspace_id=workspace_id) == []


async def test_using_what_does_not_exist_refuses_the_file(db: Database, workspace_id: int) -> None:
    for kind in ("queues", "credentials"):
        with pytest.raises(Invalid, match=rf"ws.yaml:3: automations\[0\].uses.{kind}\[0\]"):
            await apply(db, workspace_id, {"automations": [{"label": "a", "uses": {kind: ["q"]}}]})
