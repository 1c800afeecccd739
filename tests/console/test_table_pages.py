"""Tables of apps in the console: the grid, rows, files, fields, and GraphQL."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from botyard.core import apps, rows, tables
from botyard.storage import Tx
from tests.console.conftest import Desk

CUSTOMERS = {"fields": [{"name": "name", "required": True, "unique": True}]}
ORDERS: dict[str, list[dict[str, Any]]] = {
    "fields": [
        {"name": "number", "label": "Order", "unique": True, "required": True},
        {"name": "amount", "type": "number"},
        {"name": "paid", "type": "boolean"},
        {"name": "state", "type": "select", "choices": [{"value": "new", "label": "New"}, {"value": "done"}]},
        {"name": "extra", "type": "embedded"},
        {"name": "customer", "type": "foreign_key", "to": "customers"},
    ]
}
HOME = "/apps/130/tables"
ONE = f"{HOME}/orders"
KEY = "uq_app_130_orders_number_org"


def _make(tx: Tx, *, workspace_id: int, now: int) -> list[dict[str, Any]]:
    place: dict[str, Any] = {"workspace_id": workspace_id, "app_id": 130}
    by: dict[str, Any] = {"actor": "user:1", "now": now}
    apps.create(tx, slug="shop", **place, **by)
    for name, definition in (("customers", CUSTOMERS), ("orders", ORDERS)):
        tables.create(tx, name=name, definition=definition, **place, **by)
    ann = rows.insert(tx, table="customers", values={"name": "Ann & Co"}, **place, **by)
    made = []
    for at in range(60):
        values = {"number": f"A{at:02}", "amount": at, "customer_id": ann["id"] if at == 7 else None}
        made.append(rows.insert(tx, table="orders", values=values, **place, actor="user:1", now=now + at))
    return [ann, *made]


@pytest.fixture
async def made(desk: Desk) -> list[dict[str, Any]]:
    """Return a customer, and sixty orders."""
    return await desk.db.write(_make, workspace_id=desk.workspace.id, now=desk.db.now())


async def test_tables_are_listed_with_what_each_role_may_do(desk: Desk, made: list[dict[str, Any]]) -> None:
    for path in ("/tables", HOME, "/apps/shop/tables"):
        answer = await desk.get(path, role="viewer")
        assert answer.status_code == 200
        assert "orders" in answer.text
        assert "New table" not in answer.text
    assert "New table" in (await desk.get(HOME, role="developer")).text
    for role, word in (("viewer", False), ("operator", True)):
        assert ("New row" in (await desk.get(ONE, role=role)).text) is word


async def test_the_grid_filters_sorts_and_pages(desk: Desk, made: list[dict[str, Any]]) -> None:
    first = (await desk.get(f"{ONE}?sort=amount&o.amount=gte&v.amount=5&o.number=has&v.number=")).text
    numbers = re.findall(r'data-c="number">(A\d\d)<', first)
    assert numbers == [f"A{at:02}" for at in range(5, 55)]
    (on,) = re.findall(r'href="([^"]+after=[^"]+)"', first)
    then = (await desk.get(on.replace("&amp;", "&"))).text
    assert re.findall(r'data-c="number">(A\d\d)<', then) == [f"A{at}" for at in range(55, 60)]
    assert "Ann &amp; Co" in first
    wrong = await desk.get(f"{ONE}?o.amount=gte&v.amount=much")
    assert wrong.status_code == 400
    assert "is not a number" in wrong.text


async def test_a_cell_is_changed_and_taken_back_in_its_place(desk: Desk, made: list[dict[str, Any]]) -> None:
    base = f"{ONE}/rows/{made[1]['id']}/cell"
    form = await desk.get(f"{base}?column=amount&edit=1", hx_request="true")
    assert 'name="v.amount"' in form.text
    (seen,) = re.findall(r'name="seen" value="([^"]+)"', form.text)
    wrong = await _fragment(desk, base, {"column": "amount", "seen": seen, "v.amount": "much"})
    assert "is not a number" in wrong
    assert 'value="much"' in wrong
    saved = await _fragment(desk, base, {"column": "amount", "seen": seen, "v.amount": "12.5"})
    assert "12.5" in saved
    (change,) = re.findall(r'name="change" value="(\d+)"', saved)
    late = await _fragment(desk, base, {"column": "amount", "seen": seen, "v.amount": "13"})
    assert "Somebody else changed this row" in late
    undone = await _fragment(desk, f"{base}/undo", {"column": "amount", "change": change})
    assert "undone" in undone
    assert 'data-c="amount">0<' in undone
    again = await _fragment(desk, f"{base}/undo", {"column": "amount", "change": change})
    assert "undone already" in again


async def _fragment(desk: Desk, path: str, fields: dict[str, str]) -> str:
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', (await desk.get("/account")).text)
    assert token
    answer = await desk.client.post(
        path,
        headers={
            "cookie": f"botyard_session={desk.cookies['admin']}",
            "origin": "http://botyard",
            "hx-request": "true",
        },
        data={"form_token": token.group(1), **fields},
    )
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_a_row_is_added_changed_deleted_and_brought_back(desk: Desk, made: list[dict[str, Any]]) -> None:
    assert (await desk.get(f"{ONE}/new", role="operator")).status_code == 200
    wrong = await desk.send(f"{ONE}/rows", {"v.number": "A01", "v.amount": "1"}, role="operator")
    assert wrong.status_code == 400
    assert "Another row has the same number" in wrong.text
    assert (await desk.send(f"{ONE}/rows", {"v.number": "B1", "v.extra": "{"}, role="operator")).status_code == 400
    good = await desk.send(f"{ONE}/rows", {"v.number": "B1", "v.paid": "true"}, role="operator")
    assert good.status_code == 303
    row = f"{ONE}/rows/{made[8]['id']}"
    page = (await desk.get(row, role="viewer")).text
    assert "Ann &amp; Co" in page
    assert "Save" not in page
    stale = await desk.send(row, {"seen": "2020-01-01T00:00:00.000000+00:00", "v.amount": "3"})
    assert stale.status_code == 409
    assert 'value="3"' in stale.text
    assert (await desk.post(f"{row}/delete")).status_code == 303
    assert (await desk.get(row)).status_code == 404
    changes = (await desk.get(f"{ONE}/changes")).text
    (undo, *_) = re.findall(r'action="([^"]+/undo)"', changes)
    assert (await desk.post(undo)).status_code == 303
    assert (await desk.get(row)).status_code == 200
    assert (await desk.send(row, {"v.amount": "3"}, role="viewer")).status_code == 403


async def test_a_file_is_looked_at_tried_and_brought_in(desk: Desk, made: list[dict[str, Any]]) -> None:
    lines = "Number;Amount;Note\n" + "".join(f"C{at};{at};x\n" for at in range(600)) + "C9x;much;\nA00;5;\n"
    looked = (await desk.post(f"{ONE}/import", text=lines)).text
    (digest,) = re.findall(r'name="file" value="([0-9a-f]{64})"', looked)
    assert re.findall(r'<option value="(\w+)" selected>', looked) == ["number", "amount"]
    mapping = {"file": digest, "m.0": "number", "m.1": "amount", "m.2": ""}
    tried = (await desk.send(f"{ONE}/import/run", {**mapping, "mode": "dry"})).text
    assert '<td class="num">602</td><td>amount:' in re.sub(r"\s+<", "<", tried)
    assert "500 rows of 602 would come" in tried
    ran = (await desk.send(f"{ONE}/import/run", {**mapping, "mode": "run", "key": KEY})).text
    assert "500 rows of 602 came from the file. 1 batch was refused." in ran
    assert "lines 502 to 603" in ran
    for path, fields in (("run", {**mapping, "m.1": "number"}), ("run", {"file": "x"}), ("run", {"file": "0" * 64})):
        assert (await desk.send(f"{ONE}/import/{path}", fields)).status_code == 400
    assert (await desk.post(f"{ONE}/import", text='a,b\n"x')).status_code == 400


async def test_rows_go_into_a_file_without_formulas(desk: Desk, made: list[dict[str, Any]]) -> None:
    await desk.send(f"{ONE}/rows", {"v.number": "=1+1"})
    text = (await desk.get(f"{ONE}/rows.csv?o.amount=empty&v.amount=", role="viewer")).text
    assert text.splitlines()[0].startswith("id,connection_id,created_at,updated_at,number,amount")
    assert "'=1+1" in text
    assert len((await desk.get(f"{ONE}/rows.csv")).text.splitlines()) == 62


async def test_fields_are_added_renamed_and_taken_back(desk: Desk, made: list[dict[str, Any]]) -> None:
    page = (await desk.get(f"{ONE}/schema", role="developer")).text
    fields = dict(re.findall(r'name="(f\.\d+\.(?:was|name|label|default))" value="([^"]*)"', page))
    kinds = {f"f.{at}.type": field.get("type", "text") for at, field in enumerate(ORDERS["fields"])}
    more = {"f.3.choices": "new = New\ndone", "f.5.to": "customers", "f.0.required": "1", "f.0.unique": "1"}
    sent = {**fields, **kinds, **more, "version": "1", "title": "Orders"}
    changed = {**sent, "f.1.name": "total", "f.6.name": "note", "f.6.type": "long_text", "f.4.gone": "1"}
    assert (await desk.send(f"{ONE}/schema", changed, role="operator")).status_code == 403
    assert (await desk.send(f"{ONE}/schema", changed, role="developer")).status_code == 303
    after = (await desk.get(f"{ONE}/schema")).text
    assert "added note; took away extra; amount is now total" in after
    late = await desk.send(f"{ONE}/schema", changed, role="developer")
    assert late.status_code == 409
    assert "it is at version 2, and this page showed 1" in late.text
    bad = await desk.send(f"{ONE}/schema", {"version": "2", "f.0.name": "a b"}, role="developer")
    assert bad.status_code == 400
    assert (await desk.post(f"{ONE}/revert", role="developer", to="1")).status_code == 303
    assert "extra" in (await desk.get(ONE)).text
    made_one = await desk.send(f"{HOME}", {"name": "notes", "f.0.name": "text", "f.0.type": "long_text"})
    assert made_one.status_code == 303
    assert (await desk.get(f"{HOME}/notes")).status_code == 200
    assert (await desk.post(f"{HOME}/notes/drop", role="developer")).status_code == 303
    assert (await desk.get(f"{HOME}/notes")).status_code == 404


#: For each type of field a value as it is typed, and a condition that holds for it alone.
TYPED = {
    "text": ("Ann", "has", "nn"),
    "long_text": ("a\nb", "begins", "A"),
    "url": ("https://example.com", "eq", "https://example.com"),
    "token": ("t0", "eq", "t0"),
    "select": ("on", "eq", "on"),
    "number": ("12.5", "gt", "12"),
    "boolean": ("true", "eq", "true"),
    "date": ("2026-02-03", "lte", "2026-02-03"),
    "time": ("12:30", "eq", "12:30:00"),
    "datetime": ("2026-02-03 12:00", "gte", "2026-02-03"),
    "file": ("a/b.pdf", "has", "b.pdf"),
    "image": ("a/b.png", "filled", ""),
    "tags": ('["a"]', "contains", '["a"]'),
    "array": ("[1, 2]", "contains", "[2]"),
    "embedded": ('{"a": {"b": 1}}', "contains", '{"a": {"b": 1}}'),
}


async def test_every_kind_of_field_is_made_filled_shown_and_filtered_by(desk: Desk, made: list[dict[str, Any]]) -> None:
    fields = {"name": "kinds", "together": "f_text, f_date"}
    for at, kind in enumerate([*TYPED, "foreign_key", "many_to_many"]):
        fields |= {f"f.{at}.name": f"f_{kind}", f"f.{at}.type": kind, f"f.{at}.to": "customers"}
        fields |= {f"f.{at}.choices": "on = On\noff"} if kind == "select" else {}
    assert (await desk.send(HOME, fields, role="developer")).status_code == 303
    kinds = f"{HOME}/kinds"
    values = {f"v.f_{kind}": value for kind, (value, _, _) in TYPED.items()}
    for sent in ({**values, "v.f_foreign_key_id": made[0]["id"]}, {}):
        assert (await desk.send(f"{kinds}/rows", sent, role="operator")).status_code == 303
    again = await desk.send(f"{kinds}/rows", values, role="operator")
    assert "Another row has the same f_text and f_date" in again.text
    for kind, (_, operator, typed) in [*TYPED.items(), ("foreign_key_id", ("", "named", "ann"))]:
        found = await desk.client.get(
            kinds,
            params={f"o.f_{kind}": operator, f"v.f_{kind}": typed},
            headers={"cookie": f"botyard_session={desk.cookies['viewer']}"},
        )
        assert found.text.count("<tr data-row>") == 1, kind
        assert (await desk.get(f"{kinds}?sort=-f_{kind}")).status_code in (200, 400)
    row = re.findall(r'<th scope="row"><a href="([^"]+)"', (await desk.get(kinds)).text)[1]
    page = (await desk.get(f"{HOME}/{row}")).text
    assert 'value="2026-02-03 12:00:00"' in page
    whole = {
        name: html.unescape(value) for name, value in re.findall(r'name="(v\.[^"]+)" type="\w+" value="([^"]*)"', page)
    }
    assert (await desk.send(f"{HOME}/{row}", whole)).status_code == 303, "what the page shows can be sent as it is"


async def test_graphql_is_asked_by_hand(desk: Desk, made: list[dict[str, Any]]) -> None:
    page = (await desk.get("/apps/130/graphql", role="viewer")).text
    assert "app_130_customers(limit: 10" in page
    query = "query ($n: String!) { app_130_orders(where: {number: {_eq: $n}}) { amount } }"
    ran = await desk.post("/apps/130/graphql", role="viewer", query=query, variables='{"n": "A05"}')
    assert "&#34;amount&#34;: 5" in ran.text
    wrong = await desk.post("/apps/130/graphql", query="{ nothing }", variables="[")
    assert "variables are not JSON" in wrong.text
    write = 'mutation { insert_app_130_customers_one(object: {name: "Eve"}) { name } }'
    assert "not change their rows" in (await desk.post("/apps/130/graphql", role="viewer", query=write)).text
    assert "Eve" in (await desk.post("/apps/130/graphql", role="operator", query=write)).text
    described = (await desk.get("/apps/130/graphql?type=app_130_orders")).text
    assert "customer_id" in described
    assert (await desk.get("/apps/130/graphql?type=nothing")).status_code == 200


async def test_nothing_strange_is_a_fault_of_the_server(desk: Desk, made: list[dict[str, Any]]) -> None:
    row = made[1]["id"]
    for path in (
        "/apps/x/tables", "/apps/9999999999999999999999/tables/orders", f"{HOME}/nothing", f"{ONE}/rows/x",
        f"{ONE}?after=!!", f"{ONE}?sort=%22", f"{ONE}?o.%22=eq&v.%22=1", f"{ONE}/rows/{row}/cell?column=%22",
        f"{ONE}/rows.csv?o.amount=gte&v.amount=x", f"{ONE}/changes?before=x", "/apps/x/graphql", "/apps/x/new-table",
    ):  # fmt: skip
        assert (await desk.get(path)).status_code < 500, path
        assert (await desk.get(path, hx_request="true")).status_code < 500, path
    for path in (f"{ONE}/rows", f"{ONE}/rows/{row}", f"{ONE}/rows/x", f"{ONE}/rows/{row}/cell", f"{ONE}/schema"):
        for fields in ({}, {"v.": "1"}, {"v.id": "1"}, {"v.amount": "1" * 500, "seen": "x"}, {"version": "-1"}):
            assert (await desk.send(path, fields)).status_code < 500, (path, fields)
    for path in (
        f"{ONE}/changes/x/undo",
        f"{ONE}/changes/99/undo",
        f"{ONE}/revert",
        f"{ONE}/import",
        "/apps/9/graphql",
    ):
        assert (await desk.post(path)).status_code < 500, path
