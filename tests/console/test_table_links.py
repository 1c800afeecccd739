"""Rows that lead to others, in the console: found by their names, linked, unlinked, and told in the history."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from botyard.core import apps, audit, rows, tables
from botyard.storage import Tx
from tests.console.conftest import Desk

LABELS = {"fields": [{"name": "name", "unique": True}]}
ORDERS = {
    "fields": [
        {"name": "number", "unique": True},
        {"name": "main", "type": "foreign_key", "to": "labels"},
        {"name": "labels", "type": "many_to_many", "to": "labels"},
    ]
}
ONE = "/apps/130/tables/orders"


def _make(tx: Tx, *, workspace_id: int, now: int) -> dict[str, str]:
    place: dict[str, Any] = {"workspace_id": workspace_id, "app_id": 130, "actor": "user:1", "now": now}
    apps.create(tx, slug="shop", **place)
    for name, definition in (("labels", LABELS), ("orders", ORDERS)):
        tables.create(tx, name=name, definition=definition, **place)
    made = {
        name: rows.insert(tx, table="labels", values={"name": name}, **place)["id"]
        for name in ("red", "blue & green", "gold", "grey")
    }
    made["A1"] = rows.insert(tx, table="orders", values={"number": "A1", "main_id": made["red"]}, **place)["id"]
    return made


@pytest.fixture
async def made(desk: Desk) -> dict[str, str]:
    """Return the ids of labels and of an order, by what they are called."""
    return await desk.db.write(_make, workspace_id=desk.workspace.id, now=desk.db.now())


async def fragment(desk: Desk, path: str, fields: Mapping[str, Any]) -> str:
    """Send a form as the grid does, and return the cell that comes back."""
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', (await desk.get("/account")).text)
    assert token
    cookie = f"botyard_session={desk.cookies['admin']}"
    headers = {"cookie": cookie, "origin": "http://botyard", "hx-request": "true"}
    answer = await desk.client.post(path, headers=headers, data={"form_token": token.group(1), **fields})
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_rows_are_looked_up_by_what_they_are_called(desk: Desk, made: dict[str, str]) -> None:
    for column in ("main_id", "labels"):
        found = await desk.get(f"{ONE}/choices?column={column}&typed=blue", role="operator", hx_request="true")
        assert f'data-id="{made["blue & green"]}"' in found.text
        assert "blue &amp; green" in found.text
        assert "gold" not in found.text
    every = await desk.get(f"{ONE}/choices?column=main_id&typed=", hx_request="true")
    assert every.text.count("data-id=") == 4
    none = await desk.get(f"{ONE}/choices?column=main_id&typed=nothing", hx_request="true")
    assert "No row is called so" in none.text
    assert (await desk.get(f"{ONE}/choices?column=number&typed=x", hx_request="true")).status_code == 400
    assert (await desk.get(f"{ONE}/choices?column=main_id", role="viewer")).status_code == 403


async def test_links_of_a_row_are_changed_in_the_grid_and_taken_back(desk: Desk, made: dict[str, str]) -> None:
    cell = f"{ONE}/rows/{made['A1']}/cell"
    form = await desk.get(f"{cell}?column=labels&edit=1", hx_request="true")
    assert "/choices?column=labels" in form.text
    sent = {"column": "labels", "links": "1", "add": made["red"]}
    assert 'data-c="labels">red<' in await fragment(desk, cell, sent)
    more = await fragment(desk, cell, {**sent, "add": made["gold"], "had": made["red"], "keep": made["red"]})
    assert 'data-c="labels">gold, red<' in more
    less = await fragment(desk, cell, {**sent, "add": "", "had": [made["gold"], made["red"]], "keep": made["red"]})
    assert 'data-c="labels">red<' in less
    (change,) = re.findall(r'name="change" value="(\d+)"', less)
    undone = await fragment(desk, f"{cell}/undo", {"column": "labels", "change": change})
    assert 'data-c="labels">gold, red<' in undone
    wrong = await fragment(desk, cell, {**sent, "add": "0198c1b2-7a4e-7000-8000-000000000001"})
    assert "has no row" in wrong
    assert "undone already" in await fragment(desk, f"{cell}/undo", {"column": "labels", "change": change})
    grid = (await desk.get(f"{ONE}?o.labels=named&v.labels=gold", role="viewer")).text
    assert "gold, red" in grid
    assert "No row fits" in (await desk.get(f"{ONE}?o.labels=empty")).text
    actions = [entry.action for entry in await desk.db.read(audit.list_for, workspace_id=desk.workspace.id)]
    assert actions.count("rows.links") == 3


async def test_links_are_changed_on_the_page_of_a_row_from_either_end(desk: Desk, made: dict[str, str]) -> None:
    row = f"{ONE}/rows/{made['A1']}"
    sent = {"column": "labels", "links": "1", "add": made["grey"]}
    assert (await desk.send(f"{row}/links", sent, role="operator")).status_code == 303
    page = (await desk.get(row, role="operator")).text
    assert re.search(r"<span class=\"mono\">labels</span> \+ <strong>grey</strong>", page)
    assert 'data-called="red"' in page
    assert "grey" in (await desk.get(row, role="viewer")).text
    other = f"/apps/130/tables/labels/rows/{made['grey']}"
    (name,) = set(re.findall(r'name="column" value="([^"]+)"', (await desk.get(other)).text)) - {"orders"}
    taken = {"column": name, "links": "1", "had": made["A1"]}
    assert (await desk.send(f"{other}/links", taken)).status_code == 303
    assert "grey</a></label>" not in (await desk.get(row)).text
    for fields in ({}, {"column": "number", "add": "x"}, {"column": "labels", "add": "x"}):
        assert (await desk.send(f"{row}/links", fields)).status_code == 400
    assert (await desk.send(f"{row}/links", sent, role="viewer")).status_code == 403
    assert (await desk.send(f"{ONE}/rows/x/links", sent)).status_code in (303, 404)


async def test_a_change_of_what_a_row_leads_to_is_told_by_names(desk: Desk, made: dict[str, str]) -> None:
    row = f"{ONE}/rows/{made['A1']}"
    assert (await desk.send(row, {"v.main_id": made["gold"]})).status_code == 303
    for page in (row, f"{ONE}/changes"):
        assert re.search(r"main_id</span> red → <strong>gold</strong>", (await desk.get(page)).text)
    wrong = await desk.send(row, {"v.main_id": "gold"})
    assert wrong.status_code == 400
    assert 'data-called="gold"' in wrong.text
    assert "gold" in (await desk.get(f"{ONE}?o.main_id=named&v.main_id=gol")).text


async def test_changes_over_graphql_by_hand_are_in_the_audit_log(desk: Desk, made: dict[str, str]) -> None:
    write = 'mutation { insert_app_130_labels_one(object: {name: "%s"}) { name } }'
    await desk.post("/apps/130/graphql", role="operator", query=write % "pink")
    await desk.post("/apps/130/graphql", role="operator", query=write % "pink")
    await desk.post("/apps/130/graphql", role="operator", query="{ app_130_labels { name } }")
    found = await desk.db.read(audit.list_for, workspace_id=desk.workspace.id)
    (entry,) = [entry for entry in found if entry.action == "rows.graphql"]
    assert entry.target == "shop: insert_app_130_labels_one"
