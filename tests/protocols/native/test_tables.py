"""Tables of apps and their rows over native v1."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.core import apps, workspaces
from botyard.core.access import Role
from botyard.storage import Database, Tx
from tests.protocols.native.conftest import Api, make_key

FIELDS = [{"name": "number", "unique": True, "required": True}, {"name": "amount", "type": "number"}]
ALL = "/apps/shop/tables"
ONE = f"{ALL}/orders"


def _shop(tx: Tx, *, now: int) -> int:
    workspace = workspaces.get(tx, label="acme")
    return apps.create(tx, workspace_id=workspace.id, slug="shop", actor="user:ann", now=now).id


@pytest.fixture
async def shop(api: Api, db: Database) -> Api:
    await db.write(_shop, now=db.now())
    await api.ok("POST", ALL, {"name": "orders", "fields": FIELDS})
    return api


async def test_a_table_is_made_changed_taken_back_and_dropped(shop: Api) -> None:
    (made,) = (await shop.ok("GET", ALL))["tables"]
    assert (made["name"], made["version"], made["columns"]["amount"]) == ("orders", 1, "numeric")
    wanted = {"fields": [FIELDS[0], {"name": "note"}], "renames": {"amount": "note"}, "version": 1}
    refused = await shop.problem("PUT", ONE, wanted | {"renames": {"amonut": "note"}}, status=400)
    assert refused["field"] == "renames.amonut"
    changed = await shop.ok("PUT", ONE, wanted)
    assert changed["version"] == 2
    await shop.problem("PUT", ONE, wanted, status=409)
    listed = (await shop.ok("GET", f"{ONE}/versions"))["versions"]
    assert [one["version"] for one in listed] == [2, 1]
    back = await shop.ok("POST", f"{ONE}/revert", {"to": 1})
    assert [field["name"] for field in back["fields"]] == ["number", "amount"]
    await shop.ok("DELETE", ONE)
    assert (await shop.problem("GET", ONE, status=404))["code"] == "unknown_table"


async def test_rows_are_added_found_changed_and_undone(shop: Api) -> None:
    made = [await shop.ok("POST", f"{ONE}/rows", {"values": {"number": f"A{n}", "amount": n}}) for n in range(5)]
    query: dict[str, Any] = {"filter": ["amount:gte:1", "number:begins:a"], "sort": "-amount", "limit": 3}
    first = await shop.ok("GET", f"{ONE}/rows", params=query)
    then = await shop.ok("GET", f"{ONE}/rows", params=query | {"after": first["next"]})
    assert [row["amount"] for row in [*first["rows"], *then["rows"]]] == [4, 3, 2, 1]
    assert then["next"] is None
    row = made[0]["row"]
    address = f"{ONE}/rows/{row['id']}"
    changed = await shop.ok("PATCH", address, {"values": {"amount": "7.5"}, "seen": row["updated_at"]})
    assert changed["row"]["amount"] == 7.5
    await shop.problem("PATCH", address, {"values": {"amount": 8}, "seen": row["updated_at"]}, status=409)
    assert (await shop.problem("PATCH", address, {"values": {"amount": "x"}}, status=400))["field"] == "amount"
    (change, *_) = (await shop.ok("GET", f"{ONE}/history", params={"row": row["id"]}))["changes"]
    assert (change["before"], change["after"]) == ({"amount": 0}, {"amount": 7.5})
    assert (await shop.ok("POST", f"{ONE}/history/{change['id']}/undo"))["row"]["amount"] == 0
    await shop.problem("POST", f"{ONE}/history/{change['id']}/undo", status=409)
    await shop.ok("DELETE", address)
    await shop.problem("GET", address, status=404)


async def test_rows_are_linked_and_unlinked(shop: Api) -> None:
    fields = [{"name": "name"}, {"name": "orders", "type": "many_to_many", "to": "orders"}]
    await shop.ok("POST", ALL, {"name": "labels", "fields": fields})
    order = (await shop.ok("POST", f"{ONE}/rows", {"values": {"number": "A1"}}))["row"]["id"]
    label = (await shop.ok("POST", f"{ALL}/labels/rows", {"values": {"name": "red"}}))["row"]["id"]
    links = f"{ALL}/labels/rows/{label}/links/orders"
    added = (await shop.ok("POST", links, {"add": [order]}))["change"]
    assert (await shop.ok("POST", links, {"add": [order]}))["change"] is None
    from_there = await shop.ok("POST", f"{ONE}/rows/{order}/links/labels", {"remove": [label]})
    assert from_there["change"] > added
    await shop.problem("POST", f"{ALL}/labels/history/{added}/undo", status=409)
    found = {"filter": "orders:filled:"}
    assert (await shop.ok("GET", f"{ALL}/labels/rows", params=found))["rows"] == []
    assert (await shop.problem("POST", links, {"add": ["x"]}, status=400))["field"] == "orders"
    assert (await shop.problem("POST", f"{links}x", {"add": [order]}, status=400))["field"] == "ordersx"
    await shop.problem("POST", f"{ALL}/labels/rows/{order}/links/orders", {"add": [order]}, status=404)


@pytest.mark.parametrize(
    ("path", "field"),
    [("filter=amount", "filter"), ("filter=amount:has:1", "amount"), ("sort=nothing", "nothing"), ("after=x", "after")],
)
async def test_a_question_that_makes_no_sense_names_its_part(shop: Api, path: str, field: str) -> None:
    assert (await shop.problem("GET", f"{ONE}/rows?{path}", status=400))["field"] == field


async def test_who_may_do_what(shop: Api, db: Database) -> None:
    place = await db.read(workspaces.get, label="acme")
    viewer, operator = [
        shop.as_(await db.write(make_key, workspace_id=place.id, role=role, now=db.now()))
        for role in (Role.VIEWER, Role.OPERATOR)
    ]
    assert (await viewer.ok("GET", f"{ONE}/rows"))["rows"] == []
    await viewer.problem("POST", f"{ONE}/rows", {"values": {"number": "1"}}, status=403)
    await operator.ok("POST", f"{ONE}/rows", {"values": {"number": "1"}})
    await operator.problem("PUT", ONE, {"fields": []}, status=403)
    await shop.problem("GET", "/apps/nothing/tables", status=404)
