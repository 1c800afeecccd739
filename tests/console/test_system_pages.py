"""Pages of systems over HTTP: asked for by developers, allowed and locked by administrators, tokens shown once."""

from __future__ import annotations

import re
from typing import Any

from botyard.core import audit, events, systems
from botyard.core.systems import System
from botyard.storage import Tx
from tests.console.conftest import Desk
from tests.support.work import make_workspace

TOKEN = re.compile(r'data-copy="([0-9a-f-]{36})" aria-label="Copy the token"')


async def ask(desk: Desk, role: str = "developer", **fields: str) -> tuple[System, str]:
    """Ask for a system by its form; return it with its token."""
    reply = await desk.post("/systems", role=role, **{"name": "Billing ERP", **fields})
    token = TOKEN.search(reply.text)
    assert token, re.findall(r'class="notice bad.*', reply.text)
    return await desk.db.read(systems.authenticate, token=token.group(1), now=desk.db.now()), token.group(1)


async def test_a_system_is_asked_for_allowed_and_locked(desk: Desk) -> None:
    system, token = await ask(desk)
    page = f"/systems/{system.id}"
    assert system.state == "request"
    assert "Billing ERP waits to be allowed; developer asked for it just now." in (await desk.get("/systems")).text
    assert "The system Billing ERP waits to be allowed." in (await desk.get("/")).text
    for role in ("operator", "developer"):
        shown = (await desk.get(page, role=role)).text
        assert "Waits to be allowed" in shown
        assert "/allow" not in shown
        assert (await desk.post(f"{page}/allow", role=role)).status_code == 403
    for action, state in (("allow", "allowed"), ("lock", "locked"), ("allow", "allowed"), ("allow", "allowed")):
        reply = await desk.post(f"{page}/{action}")
        assert reply.headers["location"] == page
        found = await desk.db.read(systems.get, workspace_id=desk.workspace.id, system_id=system.id)
        assert found.state == state
        assert f"{state.capitalize()} by admin just now." in (await desk.get(page)).text
    for path in ("/systems", page):
        assert token not in (await desk.get(path)).text
    history = await desk.db.read(
        events.latest_for, workspace_id=desk.workspace.id, entity="system", entity_id=system.id
    )
    assert [event.kind.partition(".")[2] for event in history] == ["allowed", "locked", "allowed", "requested"]
    rows = await desk.db.read(audit.list_for, workspace_id=desk.workspace.id)
    assert {"systems.create", "systems.allow", "systems.lock"} <= {row.action for row in rows}


async def test_a_viewer_sees_none_and_an_operator_may_not_ask(desk: Desk) -> None:
    system, _ = await ask(desk)
    for path in ("/systems", f"/systems/{system.id}"):
        assert (await desk.get(path, role="viewer")).status_code == 403
        assert (await desk.get(path, role="operator")).status_code == 200
    assert (await desk.get("/new/system", role="operator")).status_code == 403
    assert (await desk.post("/systems", role="operator", name="x")).status_code == 403


async def test_only_an_administrator_allows_at_once(desk: Desk) -> None:
    asked, _ = await ask(desk, allowed="1")
    made, _ = await ask(desk, "admin", name="BPM", allowed="1")
    assert (asked.state, made.state) == ("request", "allowed")
    assert "Allow it at once" not in (await desk.get("/new/system", role="developer")).text


async def test_its_rules_are_changed_and_a_mistake_keeps_what_was_typed(desk: Desk) -> None:
    system, _ = await ask(desk, "admin")
    page = f"/systems/{system.id}"
    rules = {
        "name": "ERP",
        "description": "Bills",
        "every": "no",
        "processes": "billing",
        "networks": "10.1.2.3/8\n::1",
        "reads_all": "1",
        "file_hosts": "Files.Example.com, *.example.org",
        "private_targets": "1",
        "max_file_mib": "1.5",
    }
    assert (await desk.post(page, **rules)).headers["location"] == page
    found = await desk.db.read(systems.get, workspace_id=desk.workspace.id, system_id=system.id)
    assert (found.name, found.processes, found.networks) == ("ERP", ("billing",), ("10.0.0.0/8", "::1/128"))
    assert (found.file_hosts, found.max_file_bytes) == (("files.example.com", "*.example.org"), 3 * 512 * 1024)
    assert (found.reads_all, found.private_targets) == (True, True)
    shown = (await desk.get(page)).text
    for words in ("10.0.0.0/8", "all tasks of these", "up to 1.5 MiB each", 'value="billing" checked', "1 automation"):
        assert words in shown, words
    for wrong, field in (
        ({"networks": "10.0.0.0/99"}, "f-networks"),
        ({"file_hosts": "a b"}, "f-file_hosts"),
        ({"max_file_mib": "huge"}, "f-max_file_mib"),
        ({"name": "x" * 200}, "f-name"),
    ):
        reply = await desk.post(page, **{**rules, **wrong})
        assert reply.status_code == 400
        assert re.search(rf'class="field wrong"><label for="{field}"', reply.text), field
        assert next(iter(wrong.values())) in reply.text
    unknown = await desk.post(page, **{**rules, "processes": "nothing"})
    assert "There is no automation" in unknown.text
    back = await desk.post(page, name="ERP")
    assert back.status_code == 303
    assert "anywhere" in (await desk.get(page)).text


async def test_a_token_is_replaced_and_the_earlier_one_may_go_on(desk: Desk) -> None:
    system, first = await ask(desk, "admin", allowed="1")
    reply = await desk.post(f"/systems/{system.id}/rotate", overlap="1")
    second = TOKEN.search(reply.text)
    assert second
    for token in (first, second.group(1)):
        assert (await desk.db.read(systems.authenticate, token=token, now=desk.db.now())).id == system.id
    await desk.post(f"/systems/{system.id}/rotate", overlap="0")
    assert not await desk.db.read(systems.holds_token, system_id=system.id, token=first, now=desk.db.now())
    assert "the earlier token goes on for 1 h 00 m" in (await desk.get(f"/systems/{system.id}")).text


async def test_what_it_started_is_on_its_page(desk: Desk) -> None:
    system, _ = await ask(desk, "admin", allowed="1")

    def submit(tx: Tx) -> Any:
        (process,), _ = systems.list_processes(tx, system=system)
        sent = systems.Submission(system=system, process=process.id, now=desk.db.now())
        (made,) = systems.submit_many(tx, [sent])
        return made

    made = await desk.db.write(submit)
    shown = (await desk.get(f"/systems/{system.id}", role="operator")).text
    assert f'href="/tasks/{made.id}"' in shown
    assert "system Billing ERP" in (await desk.get(f"/tasks/{made.id}")).text


async def test_another_workspace_has_no_systems_here_and_a_name_is_taken_once(desk: Desk) -> None:
    def elsewhere(tx: Tx) -> str:
        rival = make_workspace(tx, label="rival")
        return systems.create(tx, workspace_id=rival.id, name="Theirs", actor="user:eve", now=desk.db.now()).id

    foreign = await desk.db.write(elsewhere)
    assert (await desk.get(f"/systems/{foreign}")).status_code == 404
    assert "Theirs" not in (await desk.get("/systems")).text
    for path in (f"/systems/{foreign}", f"/systems/{foreign}/allow", f"/systems/{foreign}/rotate"):
        assert "does%20not%20exist" in (await desk.post(path, name="Mine")).headers["set-cookie"]
    await ask(desk)
    again = await desk.post("/systems", name="Billing ERP", description="typed")
    assert (again.status_code, 'value="typed"' in again.text) == (400, True)
