"""Pages of plugins over HTTP: interfaces, plugins, their code with versions, and two people who save at once."""

from __future__ import annotations

import re
from typing import Any

from botyard.console import codeview
from botyard.core import events, integrations, plugins
from botyard.core.plugins import Plugin
from botyard.storage import Tx
from tests.console.conftest import Desk
from tests.support.work import make_workspace

SHARED = "def helper():\n    return 1\n"
PAGE = "/plugins/orders/for/shop"


def _integration(tx: Tx, *, workspace_id: int, now: int) -> None:
    whole = integrations.checked(key="shop", name="Shop", version="1", kind="none", base_url="https://api.example.com")
    said: dict[str, Any] = {"workspace_id": workspace_id, "actor": "user:ann", "now": now, "root_keys": None}
    integrations.create(tx, integration=whole, may_open=False, **said)


async def make(desk: Desk) -> Plugin:
    """Make an interface and a plugin by their forms."""
    await desk.db.write(_integration, workspace_id=desk.workspace.id, now=desk.db.now())
    interface = {"namespace": "orders", "title": "Orders", "capabilities": "list_orders\nship_order"}
    assert (await desk.post("/plugins", role="developer", **interface)).headers["location"] == "/plugins/orders"
    reply = await desk.post("/plugins/orders/plugins", role="developer", integration="shop")
    assert reply.headers["location"] == PAGE
    return await plugin(desk)


async def plugin(desk: Desk) -> Plugin:
    found = await desk.db.read(
        plugins.find_plugin, workspace_id=desk.workspace.id, namespace="orders", integration="shop"
    )
    assert found
    return found


async def test_an_interface_and_a_plugin_get_code_with_versions(desk: Desk) -> None:
    assert "No plugin interface yet" in (await desk.get("/plugins", role="viewer")).text
    made = await make(desk)
    assert made.implemented == ["list_orders"]
    assert "1 of 2 capabilities; it lacks ship_order" in (await desk.get(PAGE)).text
    shared = {"title": "Orders", "capabilities": "list_orders, ship_order", "base": "1", "code": SHARED}
    assert (await desk.post("/plugins/orders", role="developer", **shared)).status_code == 303
    code = "\r\nfrom plugins.interfaces.orders import *\r\ndef ship_order(**p):\r\n    return '</textarea>'\r\n"
    assert (await desk.post(PAGE, role="developer", base="1", code=code)).headers["location"] == PAGE
    changed = await plugin(desk)
    assert changed.code == code.replace("\r\n", "\n")
    assert (changed.version, changed.implemented) == (2, ["ship_order"])
    shown = (await desk.get(PAGE)).text
    assert "</textarea>'" not in shown
    assert "&lt;/textarea&gt;" in shown
    assert 'data-row="/plugins/orders"' in (await desk.get("/plugins", role="viewer")).text
    old = (await desk.get(f"{PAGE}?version=1")).text
    assert "def list_orders" in old
    assert 'name="base" value="2"' in old  # saving it is a step back to it
    compared = (await desk.get(f"{PAGE}?compare=1")).text
    assert "From version 1 to 2, the present one" in compared
    assert re.search(r'<tr class="gone">.*def list_orders', compared)
    assert re.search(r'<tr class="new">.*def ship_order', compared)
    for path in (PAGE, "/plugins/orders"):
        assert "<textarea" not in (await desk.get(path, role="operator")).text
        assert (await desk.post(path, role="operator", code="x", base="1")).status_code == 403


async def test_whoever_saves_second_sees_what_differs_and_decides(desk: Desk) -> None:
    await make(desk)
    assert (await desk.post(PAGE, base="1", code="theirs = 1\n")).status_code == 303
    late = await desk.post(PAGE, role="developer", base="1", code="mine = 2\n")
    assert late.status_code == 409
    assert "was changed by somebody else" in late.text
    assert "From version 2 to what you typed" in late.text
    assert re.search(r'<tr class="gone">.*theirs = 1', late.text)
    assert "\nmine = 2\n</textarea>" in late.text
    assert 'name="base" value="2"' in late.text
    assert (await plugin(desk)).code == "theirs = 1\n"
    assert (await desk.post(PAGE, role="developer", base="2", code="mine = 2\n")).status_code == 303
    stale = {"title": "Late", "capabilities": "list_orders", "code": SHARED}
    assert (await desk.post("/plugins/orders", base="1", **stale)).status_code == 303
    again = await desk.post("/plugins/orders", base="1", **{**stale, "code": "other = 1"})
    assert (again.status_code, 'value="Late"' in again.text) == (409, True)


async def test_code_that_cannot_be_read_and_wrong_names_are_said(desk: Desk) -> None:
    await make(desk)
    broken = await desk.post(PAGE, base="1", code="def (:\n")
    assert broken.status_code == 400
    assert "in line 1" in broken.text
    assert "\ndef (:\n</textarea>" in broken.text
    names = await desk.post("/plugins", namespace="a-b", capabilities="x")
    assert (names.status_code, 'value="a-b"' in names.text) == (400, True)
    assert (await desk.post("/plugins", namespace="orders")).status_code == 400
    twice = await desk.post("/plugins/orders/plugins", integration="shop")
    assert "already" in twice.headers["set-cookie"]
    for path in ("/plugins/nothing", "/plugins/orders/for/nothing", f"{PAGE}/nothing"):
        assert (await desk.get(path)).status_code == 404


async def test_a_plugin_is_switched_off_and_on_and_deleted(desk: Desk) -> None:
    await make(desk)
    await desk.post(f"{PAGE}/switch", role="developer", on="no")
    assert not (await plugin(desk)).enabled
    assert "It is off" in (await desk.get(PAGE)).text
    assert "1 plugin is off" in (await desk.get("/plugins")).text
    await desk.post(f"{PAGE}/switch", role="developer", on="yes")
    assert (await plugin(desk)).enabled
    assert (await desk.post(f"{PAGE}/delete", role="operator")).status_code == 403
    assert (await desk.post(f"{PAGE}/delete", role="developer")).headers["location"] == "/plugins/orders"
    assert (await desk.post("/plugins/orders/delete", role="developer")).headers["location"] == "/plugins"
    history = await desk.db.read(
        events.list_for, workspace_id=desk.workspace.id, entity="plugin", entity_id="orders/shop"
    )
    assert history[-1].kind == "plugin.deleted"


async def test_another_workspace_has_no_plugins_here(desk: Desk) -> None:
    def elsewhere(tx: Tx) -> None:
        rival = make_workspace(tx, label="rival")
        plugins.create_interface(tx, workspace_id=rival.id, namespace="theirs", actor="user:eve", now=desk.db.now())

    await desk.db.write(elsewhere)
    assert "theirs" not in (await desk.get("/plugins")).text
    assert (await desk.get("/plugins/theirs")).status_code == 404


def test_a_comparison_names_lines_and_gives_up_on_long_texts() -> None:
    lines = codeview.lines_between("a\nb\nc\n", "a\nB\nc\nd\n")
    assert lines is not None
    assert [(line.kind, line.before, line.after, line.text) for line in lines if line.kind != "same"] == [
        ("gone", 2, None, "b"),
        ("new", None, 2, "B"),
        ("new", None, 4, "d"),
    ]
    assert codeview.counts(lines) == "2 added, 1 removed"
    assert codeview.lines_between("a", "a") == []
    assert codeview.lines_between("\n" * codeview.MAX_LINES, "") is None
