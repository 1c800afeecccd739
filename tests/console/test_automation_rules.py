"""Changing an automation over HTTP: its settings, the parameters it declares, what its bots may use."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from botyard.core import automations
from botyard.core.automations import Automation
from tests.console.conftest import ORIGIN, Desk

PAGE = "/automations/billing/rules"
RULES = {
    "name": "Billing",
    "description": "Pays what is due",
    "folder": "Finance",
    "runner_label": "sap",
    "priority": "3",
    "max_attempts": "5",
    "on_lost": "fail",
    "grace_seconds": "60",
    "uses": "some",
    "uses.queues": "orders\n\nreturns",
    "uses.credentials": "",
    "uses.assets": "URL",
}
ROWS = [("Month", "string", "one", "In"), ("", "int", "one", "In"), ("Papers", "file", "list", "InOut")]


async def save(desk: Desk, rules: dict[str, str], rows: Sequence[tuple[str, ...]], role: str = "developer") -> Any:
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', (await desk.get("/account", role=role)).text)
    assert token
    fields = [("form_token", token.group(1)), *rules.items()]
    fields += [pair for row in rows for pair in zip(("parameter", "type", "shape", "scope"), row, strict=True)]
    headers = {"cookie": f"botyard_session={desk.cookies[role]}", "origin": ORIGIN}
    headers["content-type"] = "application/x-www-form-urlencoded"
    return await desk.client.post(PAGE, headers=headers, content=urlencode(fields).encode())


async def present(desk: Desk) -> Automation:
    return await desk.db.read(automations.get, workspace_id=desk.workspace.id, label="billing")


async def test_the_form_changes_everything_that_it_shows(desk: Desk) -> None:
    reply = await save(desk, RULES, ROWS)
    assert reply.headers["location"] == "/automations/billing"
    found = await present(desk)
    assert (found.name, found.folder, found.runner_label, found.priority) == ("Billing", "Finance", "sap", 3)
    assert (found.max_attempts, found.on_lost, found.grace_seconds) == (5, "fail", 60)
    assert found.parameters == [
        {"name": "Month", "type": "string", "scope": "In", "array": False},
        {"name": "Papers", "type": "file", "scope": "InOut", "array": True},
    ]
    assert found.uses == {"queues": ["orders", "returns"], "credentials": [], "assets": ["URL"]}
    shown = (await desk.get(PAGE)).text
    assert shown.count('name="parameter"') == 5
    assert 'value="Papers"' in shown
    assert '<option value="InOut" selected>' in shown
    for part in ('name="p.Month"', 'name="u.Papers"'):
        assert part in (await desk.get("/tasks/new?automation=billing")).text
    assert (await save(desk, {**RULES, "runner_label": "", "folder": "", "uses": "all"}, [])).status_code == 303
    found = await present(desk)
    assert (found.parameters, found.uses, found.runner_label, found.folder) == ([], None, None, "DEFAULT")


async def test_what_is_shown_can_be_saved_unchanged(desk: Desk) -> None:
    await save(desk, RULES, ROWS)
    before = await present(desk)
    rows = [
        (each["name"], each["type"], "list" if each["array"] else "one", each["scope"]) for each in before.parameters
    ]
    await save(desk, RULES, rows)
    assert await present(desk) == before


async def test_a_mistake_is_said_beside_its_field_and_what_was_typed_stays(desk: Desk) -> None:
    before = await present(desk)
    for rules, rows, mark in (
        ({"priority": "11"}, ROWS, 'class="field wrong"><label for="f-priority"'),
        ({"max_attempts": "many"}, ROWS, 'class="field wrong"><label for="f-max_attempts"'),
        ({"name": ""}, ROWS, 'class="field wrong"><label for="f-name"'),
        ({"uses.queues": "a/b"}, ROWS, 'class="field wrong"><label for="uses-queues"'),
        ({}, [*ROWS, ("MONTH", "int", "one", "In")], 'class="field wrong"><label for="pn-3"'),
        ({}, [("x" * 101, "int", "one", "In")], 'class="field wrong"><label for="pn-1"'),
    ):
        reply = await save(desk, {**RULES, **rules}, rows)
        assert reply.status_code == 400
        assert mark in reply.text, mark
        assert "Pays what is due" in reply.text
    assert await present(desk) == before


async def test_only_developers_change_an_automation(desk: Desk) -> None:
    assert (await desk.get(PAGE, role="operator")).status_code == 403
    assert (await save(desk, RULES, ROWS, role="operator")).status_code == 403
    assert "/rules" not in (await desk.get("/automations/billing", role="operator")).text
    assert "/rules" in (await desk.get("/automations/billing", role="developer")).text
    assert (await desk.get("/automations/nothing/rules")).status_code == 404
