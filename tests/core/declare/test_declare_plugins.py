"""Plugins in a workspace file: an object of two lists, of what the same file declares or the workspace has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from botyard.base.exceptions import Invalid
from botyard.core import declare, plugins
from botyard.core.declare import Change, Source
from botyard.core.vault import RootKeys
from botyard.storage import Database
from tests.support.work import NOW, make_workspace

LINES = {
    "plugins": 4,
    "plugins.interfaces": 5,
    "plugins.interfaces[0]": 6,
    "plugins.interfaces[0].code": 7,
    "plugins.implementations": 9,
    "plugins.implementations[0]": 10,
    "plugins.implementations[0].integration": 11,
}
SOURCE = Source(file="ws.yaml", lines=LINES)
GITHUB = {"id": "github", "base_url": "https://api.example.com"}


def code(text: str) -> dict[str, str]:
    return {"path": "plugins/x.py", "source": text}


INTERFACE: dict[str, Any] = {"namespace": "shop", "capabilities": ["foo"], "code": code("X = 1")}
PLUGIN: dict[str, Any] = {"interface": "shop", "integration": "github", "code": code("def foo(connection_ids): ...")}


class Workspace:
    """A workspace that files are applied to."""

    def __init__(self, db: Database, workspace_id: int, keys: RootKeys) -> None:
        self.db, self.id, self.keys = db, workspace_id, keys

    async def apply(self, interfaces: list[Any], implementations: list[Any], **sections: Any) -> list[Change]:
        found = {"interfaces": interfaces, "implementations": implementations}
        document = declare.read({"plugins": found, **sections}, SOURCE)
        common: dict[str, Any] = {"workspace_id": self.id, "document": document, "root_keys": self.keys}
        planned = await self.db.read(lambda tx: declare.plan(tx, **common))
        done = await self.db.write(lambda tx: declare.apply(tx, **common, actor="user:ann", now=NOW))
        assert planned == done
        return done


@pytest.fixture
async def workspace(db: Database, tmp_path: Path) -> Workspace:
    """Return an empty one."""
    return Workspace(db, (await db.write(make_workspace)).id, RootKeys(tmp_path / "root.key"))


async def test_what_the_file_declares_is_made_and_a_second_time_changes_nothing(
    workspace: Workspace, db: Database
) -> None:
    done = await workspace.apply([INTERFACE], [PLUGIN], integrations=[GITHUB])
    assert [(change.kind, change.action, change.name) for change in done] == [
        ("integration", "create", "github"),
        ("plugin interface", "create", "shop"),
        ("plugin", "create", "shop/github"),
    ]
    assert done[1].fields == {"capabilities": (None, ["foo"]), "code": (None, "5 characters")}
    assert await workspace.apply([INTERFACE], [PLUGIN], integrations=[GITHUB]) == []
    assert await workspace.apply([{"namespace": "shop"}], [PLUGIN]) == []
    made = await db.read(plugins.find_plugin, workspace_id=workspace.id, namespace="shop", integration="github")
    assert made is not None
    assert (made.enabled, made.implemented, made.shared) == (True, ["foo"], "X = 1")


async def test_only_what_differs_is_changed(workspace: Workspace, db: Database) -> None:
    await workspace.apply([INTERFACE], [PLUGIN], integrations=[GITHUB])
    interface, plugin = await workspace.apply(
        [INTERFACE | {"title": "Shops", "capabilities": ["foo", "bar"]}], [PLUGIN | {"enabled": False}]
    )
    assert interface.fields == {"title": ("shop", "Shops"), "capabilities": (["foo"], ["foo", "bar"])}
    assert plugin.fields == {"enabled": (True, False)}
    (change,) = await workspace.apply([], [PLUGIN | {"code": code("foo = print")}])
    assert change.fields == {"code": ("28 characters", "11 characters")}
    made = await db.read(plugins.find_plugin, workspace_id=workspace.id, namespace="shop", integration="github")
    assert made is not None
    assert (made.version, made.enabled) == (2, False)


BAD: list[tuple[Any, str]] = [
    ([], "ws.yaml:4: plugins: "),
    ("x", "ws.yaml:4: plugins: "),
    ({"interface": []}, "ws.yaml:4: plugins.interface: "),
    ({"interfaces": {}}, "ws.yaml:5: plugins.interfaces: "),
    ({"interfaces": [1]}, "ws.yaml:6: plugins.interfaces[0]: "),
    ({"interfaces": [{}]}, "ws.yaml:6: plugins.interfaces[0].namespace: "),
    ({"interfaces": [{"namespace": "a.b"}]}, "ws.yaml:6: plugins.interfaces[0].namespace: "),
    ({"interfaces": [{"namespace": "a", "nonsense": 1}]}, "ws.yaml:6: plugins.interfaces[0].nonsense: "),
    ({"interfaces": [{"namespace": "a", "title": 1}]}, "ws.yaml:6: plugins.interfaces[0].title: "),
    (
        {"interfaces": [{"namespace": "a", "capabilities": ["b-c"]}]},
        "ws.yaml:6: plugins.interfaces[0].capabilities[0]: ",
    ),
    ({"interfaces": [{"namespace": "a", "code": "x.py"}]}, "ws.yaml:7: plugins.interfaces[0].code: "),
    ({"interfaces": [{"namespace": "a", "code": code(" ")}]}, "ws.yaml:7: plugins.interfaces[0].code: "),
    ({"interfaces": [{"namespace": "a", "code": code("def")}]}, "ws.yaml:7: plugins.interfaces[0].code: "),
    ({"interfaces": [INTERFACE, INTERFACE]}, "ws.yaml:5: plugins.interfaces[1]"),
    ({"implementations": [1]}, "ws.yaml:10: plugins.implementations[0]: "),
    ({"implementations": [{"interface": "a"}]}, "ws.yaml:11: plugins.implementations[0].integration: "),
    ({"implementations": [PLUGIN | {"code": None}]}, "ws.yaml:10: plugins.implementations[0].code: "),
    ({"implementations": [PLUGIN | {"enabled": 1}]}, "ws.yaml:10: plugins.implementations[0].enabled: "),
    ({"implementations": [PLUGIN | {"version": 1}]}, "ws.yaml:10: plugins.implementations[0].version: "),
]


@pytest.mark.parametrize(("found", "place"), BAD, ids=[place for _, place in BAD])
def test_what_cannot_be_accepted_is_refused_with_its_line(found: Any, place: str) -> None:
    with pytest.raises(Invalid) as refused:
        declare.read({"plugins": found}, SOURCE)
    assert refused.value.message.startswith(place)


async def test_what_leads_nowhere_refuses_the_whole_file(workspace: Workspace, db: Database) -> None:
    for interfaces, plugin, sections, place in (
        ([INTERFACE], PLUGIN, {}, "ws.yaml:11: plugins.implementations[0].integration: "),
        ([], PLUGIN, {"integrations": [GITHUB]}, "ws.yaml:10: plugins.implementations[0].interface: "),
    ):
        with pytest.raises(Invalid) as refused:
            await workspace.apply(interfaces, [plugin], **sections)
        assert refused.value.message.startswith(place)
    assert await db.read(plugins.interfaces, workspace_id=workspace.id) == []
