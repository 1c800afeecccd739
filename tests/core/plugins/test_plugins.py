"""Plugins: contracts and the code that keeps them, every version of it, and the modules that come of both."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from botyard.base.exceptions import AlreadyExists, BotyardError, IllegalTransition, Invalid, NotFound
from botyard.core import integrations, plugins
from botyard.core.plugins import Interface, Plugin
from botyard.core.plugins import model as limits
from botyard.core.vault import RootKeys
from botyard.core.workspaces import Workspace
from botyard.storage import Database, Tx
from tests.support.integrations import make_integration
from tests.support.work import NOW, make_workspace

SHARED = "def base():\n    return 'shared'\n\n\ndef bar(connection_ids):\n    return 'bar of all'\n"
OWN = "from plugins.interfaces.shop import *\n\n\ndef foo(connection_ids):\n    return base()\n"


@dataclass(frozen=True)
class World:
    """A workspace with the integrations "github" and "git-lab", and the interface "shop"."""

    workspace: Workspace
    said: dict[str, Any]


@pytest.fixture
async def world(db: Database, data: Path) -> World:
    keys = RootKeys(data / "root.key")

    def build(tx: Tx) -> World:
        workspace = make_workspace(tx)
        for key in ("github", "git-lab"):
            make_integration(tx, keys, workspace, key=key, name=key.upper())
        said: dict[str, Any] = {"workspace_id": workspace.id, "actor": "user:ann", "now": NOW}
        plugins.create_interface(tx, namespace="shop", capabilities=["foo", "bar", "baz"], code=SHARED, **said)
        return World(workspace, said)

    return await db.write(build)


def put(tx: Tx, world: World, /, integration: str = "github", code: str = OWN, **more: Any) -> Plugin:
    return plugins.create_plugin(tx, namespace="shop", integration=integration, code=code, **more, **world.said)


def kinds(tx: Tx, world: World, /) -> list[str]:
    rows = tx.all_of(events_of(world))
    return [row["kind"] for row in rows]


def events_of(world: World) -> Any:
    from botyard.storage import Select

    return (
        Select("events", "kind").where("workspace_id = :w AND entity = 'plugin'", w=world.workspace.id).order_by("id")
    )


def loaded(found: dict[str, str], path: str) -> SimpleNamespace:
    """Run a module whose interface's names are there already."""
    names: dict[str, Any] = {"__name__": path}
    exec(found["plugins/interfaces/shop.py"], names)
    exec(found[path].replace("from plugins.interfaces.shop import *", ""), names)
    return SimpleNamespace(**{name: value for name, value in names.items() if not name.startswith("__")})


async def test_an_interface_and_its_plugins_become_modules(db: Database, world: World) -> None:
    def scenario(tx: Tx) -> dict[str, str]:
        put(tx, world)
        put(tx, world, "git-lab", "def foo(connection_ids):\n    raise NotImplementedError\n", enabled=False)
        return plugins.modules(tx, workspace_id=world.workspace.id)

    found = await db.write(scenario)
    assert sorted(found) == ["plugins/interfaces/shop.py", "plugins/shop_github.py"]
    module = loaded(found, "plugins/shop_github.py")
    assert (module.foo([1]), module.bar([1])) == ("shared", "bar of all")
    with pytest.raises(NotImplementedError, match="baz"):
        module.baz(connection_ids=[1])


async def test_a_workspace_without_plugins_has_no_modules(db: Database, world: World) -> None:
    other = await db.write(make_workspace)
    assert await db.read(plugins.modules, workspace_id=other.id) == {}
    assert await db.read(plugins.interfaces, workspace_id=other.id) == []
    assert await db.read(plugins.count, workspace_id=other.id, namespace="shop") == 0
    with pytest.raises(NotFound):
        await db.read(plugins.get_interface, workspace_id=other.id, namespace="shop")
    made = await db.write(put, world)
    with pytest.raises(NotFound):
        await db.read(plugins.get_plugin, workspace_id=other.id, plugin_id=made.id)


async def test_a_plugin_knows_which_capabilities_it_has(db: Database, world: World) -> None:
    made = await db.write(put, world)
    assert (made.implemented, made.name, made.integration_name) == (["foo", "bar"], "shop/github", "GITHUB")
    partly = "from plugins.interfaces.shop import bar as baz\nfoo = baz\n"
    assert (await db.write(put, world, "git-lab", partly)).implemented == ["foo", "baz"]


async def test_plugins_are_found_by_interface_integration_and_page(db: Database, world: World) -> None:
    def scenario(tx: Tx) -> tuple[list[str], ...]:
        plugins.create_interface(tx, namespace="crm", **world.said)
        first = put(tx, world)
        put(tx, world, "git-lab", enabled=False)
        plugins.create_plugin(tx, namespace="crm", integration="github", code="", **world.said)
        scope: dict[str, Any] = {"workspace_id": world.workspace.id}
        assert [each.namespace for each in plugins.interfaces(tx, **scope)] == ["crm", "shop"]
        assert [each.namespace for each in plugins.interfaces(tx, after="crm", limit=1, **scope)] == ["shop"]
        assert plugins.count(tx, namespace="shop", **scope) == 1
        pages: list[dict[str, Any]] = [
            {},
            {"disabled": True},
            {"namespace": "shop", "disabled": True, "after": first.id},
            {"integration": "github", "offset": 1},
            {"namespace": "sh\0op", "limit": 1},
            {"namespace": "nowhere"},
        ]
        return tuple([each.name for each in plugins.plugins(tx, **scope, **page)] for page in pages)

    assert await db.write(scenario) == (
        ["shop/github", "crm/github"],
        ["shop/github", "shop/git-lab", "crm/github"],
        ["shop/git-lab"],
        ["crm/github"],
        ["shop/github"],
        [],
    )


async def test_every_code_is_a_version_and_what_changes_nothing_is_none(db: Database, world: World) -> None:
    def scenario(tx: Tx) -> tuple[Interface, Plugin]:
        made = put(tx, world)
        changed = plugins.update_plugin(tx, plugin_id=made.id, code="X = 1", version=1, **world.said)
        plugins.update_plugin(tx, plugin_id=made.id, code="X = 1", **world.said)
        off = plugins.update_plugin(tx, plugin_id=made.id, enabled=False, version=2, **world.said)
        assert (changed.version, off.version, off.enabled) == (2, 2, False)
        interface = plugins.update_interface(tx, namespace="shop", capabilities=["foo"], title="Shops", **world.said)
        plugins.update_interface(tx, namespace="shop", title="Shops", **world.said)
        kept = plugins.versions(tx, kind="plugin", owner_id=made.id)
        assert [(each.version, each.code, each.actor) for each in kept] == [
            (2, "X = 1", "user:ann"),
            (1, OWN, "user:ann"),
        ]
        assert [each.version for each in plugins.versions(tx, kind="plugin", owner_id=made.id, before=2)] == [1]
        assert [each.version for each in plugins.versions(tx, kind="interface", owner_id=interface.id)] == [2, 1]
        return interface, off

    interface, plugin = await db.write(scenario)
    assert (interface.version, interface.capabilities, interface.code) == (2, ["foo"], SHARED)
    assert await db.read(kinds, world) == [
        "plugin_interface.created",
        "plugin.created",
        "plugin.changed",
        "plugin.changed",
        "plugin_interface.changed",
    ]
    for change in (
        lambda tx: plugins.update_plugin(tx, plugin_id=plugin.id, code="Y = 1", version=1, **world.said),
        lambda tx: plugins.update_interface(tx, namespace="shop", code="Y = 1", version=1, **world.said),
    ):
        with pytest.raises(IllegalTransition, match="somebody else"):
            await db.write(change)


async def test_putting_a_plugin_makes_it_once(db: Database, world: World) -> None:
    def scenario(tx: Tx) -> list[tuple[int, bool]]:
        said = {"namespace": "shop", "integration": "github", **world.said}
        made = [
            plugins.put_plugin(tx, code="", enabled=False, **said),
            plugins.put_plugin(tx, code="", **said),
            plugins.put_plugin(tx, code="X = 1", enabled=True, **said),
        ]
        assert len({each.id for each in made}) == 1
        return [(each.version, each.enabled) for each in made]

    assert await db.write(scenario) == [(1, False), (1, False), (2, True)]


async def test_an_interface_goes_with_its_plugins_and_an_integration_with_its_own(db: Database, world: World) -> None:
    def scenario(tx: Tx) -> None:
        scope: dict[str, Any] = {"workspace_id": world.workspace.id}
        first, second = put(tx, world), put(tx, world, "git-lab")
        integrations.delete(tx, key="git-lab", **world.said)
        assert [each.id for each in plugins.plugins(tx, **scope)] == [first.id]
        with pytest.raises(NotFound):
            plugins.update_plugin(tx, plugin_id=second.id, code="", **world.said)
        plugins.delete_interface(tx, namespace="shop", **world.said)
        assert plugins.plugins(tx, disabled=True, **scope) == []
        assert plugins.versions(tx, kind="plugin", owner_id=first.id) == []
        plugins.create_interface(tx, namespace="shop", **world.said)
        again = put(tx, world)
        plugins.delete_plugin(tx, plugin_id=again.id, **world.said)
        with pytest.raises(NotFound):
            plugins.delete_plugin(tx, plugin_id=again.id, **world.said)
        assert plugins.modules(tx, **scope) == {"plugins/interfaces/shop.py": ""}

    await db.write(scenario)


BAD_INTERFACES: list[tuple[dict[str, Any], str]] = [
    ({"namespace": "my-shop"}, "namespace"),
    ({"namespace": "a.b"}, "namespace"),
    ({"namespace": "class"}, "namespace"),
    ({"namespace": "1a"}, "namespace"),
    ({"namespace": "é"}, "namespace"),
    ({"namespace": "x" * 71}, "namespace"),
    ({"namespace": ""}, "namespace"),
    ({"title": "t" * 256}, "title"),
    ({"capabilities": ["a", "b-c"]}, "capabilities[1]"),
    ({"capabilities": ["a", "a"]}, "capabilities[1]"),
    ({"capabilities": [1]}, "capabilities[0]"),
    ({"capabilities": ["a" * 71]}, "capabilities[0]"),
    ({"capabilities": [f"c{number}" for number in range(201)]}, "capabilities"),
    ({"capabilities": "foo"}, "capabilities"),
    ({"code": "def foo(:"}, "code"),
    ({"code": "x = '\0'"}, "code"),
    ({"code": "(" * 500}, "code"),
    ({"code": "# " + "x" * limits.MAX_CODE}, "code"),
    ({"code": 1}, "code"),
]


async def test_what_is_no_interface_is_refused_with_its_field(db: Database, world: World) -> None:
    for parts, field in BAD_INTERFACES:
        whole: dict[str, Any] = {"namespace": "fresh"} | parts
        with pytest.raises(Invalid) as refused:
            await db.write(plugins.create_interface, **whole, **world.said)
        assert refused.value.field == field, parts
        assert refused.value.hint, parts
    assert [each.namespace for each in await db.read(plugins.interfaces, workspace_id=world.workspace.id)] == ["shop"]


async def test_what_is_there_already_or_leads_nowhere_is_refused(db: Database, world: World) -> None:
    await db.write(put, world)
    refusals: list[tuple[Any, type[BotyardError], str]] = [
        (lambda tx: plugins.create_interface(tx, namespace="shop", **world.said), AlreadyExists, "namespace"),
        (lambda tx: put(tx, world), AlreadyExists, "integration"),
        (lambda tx: put(tx, world, "gitlab"), NotFound, "git-lab"),
        (
            lambda tx: plugins.create_plugin(tx, namespace="shp", integration="github", code="", **world.said),
            NotFound,
            '"shop"',
        ),
        (lambda tx: put(tx, world, "git-lab", "return 1"), Invalid, "line 1"),
    ]
    for change, kind, said in refusals:
        with pytest.raises(kind) as refused:
            await db.write(change)
        assert said in f"{refused.value} {refused.value.field}"


async def test_a_workspace_has_room_for_so_much_code_and_so_many(
    db: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botyard.core.plugins.write.MAX_TOTAL", len(SHARED) + 100)
    made = await db.write(put, world, "github", "#" * 100)
    for change in (
        lambda tx: put(tx, world, "git-lab", "#"),
        lambda tx: plugins.update_plugin(tx, plugin_id=made.id, code="#" * 101, **world.said),
        lambda tx: plugins.update_interface(tx, namespace="shop", code=f"{SHARED}#", **world.said),
    ):
        with pytest.raises(Invalid) as refused:
            await db.write(change)
        assert refused.value.code == "too_large"
    await db.write(lambda tx: plugins.update_plugin(tx, plugin_id=made.id, code="#", **world.said))
    await db.write(put, world, "git-lab", "#" * 99)
    monkeypatch.setattr("botyard.core.plugins.write.MAX_PLUGINS", 3)
    with pytest.raises(Invalid, match="the most"):
        await db.write(lambda tx: plugins.create_interface(tx, namespace="crm", **world.said))
