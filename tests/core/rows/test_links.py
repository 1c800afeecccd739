"""Rows linked with many others by hand, and found by what others are called."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.base.exceptions import IllegalTransition, Invalid, NotFound
from botyard.core import apps, rows, tables
from botyard.core.rows import Change, Condition, Page, Sort
from botyard.storage import Database, Tx
from tests.support.work import NOW, make_workspace

LABELS = {"fields": [{"name": "name", "unique": True}, {"name": "note", "type": "long_text"}]}
ORDERS = {
    "fields": [
        {"name": "number", "unique": True},
        {"name": "main", "type": "foreign_key", "to": "labels", "on_delete": "set_null"},
        {"name": "labels", "type": "many_to_many", "to": "labels", "display_field": "name"},
    ]
}
NOBODY = "0198c1b2-7a4e-7000-8000-000000000001"


def _make(tx: Tx) -> int:
    workspace = make_workspace(tx)
    place: dict[str, Any] = {"workspace_id": workspace.id, "app_id": 130, "actor": "user:ann", "now": NOW}
    apps.create(tx, slug="shop", **place)
    for name, definition in (("labels", LABELS), ("orders", ORDERS)):
        tables.create(tx, name=name, definition=definition, **place)
    return workspace.id


class Shop:
    """Orders that have labels."""

    def __init__(self, db: Database, workspace_id: int, app_id: int = 130) -> None:
        self.db = db
        self.place: dict[str, Any] = {"workspace_id": workspace_id, "app_id": app_id}
        self._by = {**self.place, "actor": "user:ann", "now": NOW}

    async def add(self, table: str, **values: Any) -> str:
        row = await self.db.write(rows.insert, table=table, values=values, **self._by)
        return str(row["id"])

    async def relate(self, row: str, *, table: str = "orders", by: str = "labels", **more: Any) -> int | None:
        return await self.db.write(rows.relate, table=table, row_id=row, relationship=by, **more, **self._by)

    async def linked(self, row: str, *, table: str = "orders", by: str = "labels") -> list[str]:
        return await self.db.read(self._linked, row=row, table=table, by=by)

    def _linked(self, tx: Tx, *, row: str, table: str, by: str) -> list[str]:
        schema = tables.load(tx, **self.place)
        found = rows.linked(tx, schema=schema, table=schema.find(table), ids=[row], names=[by], limit=10)
        return list(found[row][by].values())

    async def choose(self, typed: str, *, by: str = "", limit: int = 20) -> list[str]:
        table = await self.db.read(tables.get, name="labels", **self.place)
        found = await self.db.read(rows.choose, table=table, typed=typed, by=by, limit=limit)
        return list(found.values())

    async def search(self, *conditions: Condition) -> Page:
        sort = Sort(column="number", descending=False)
        return await self.db.read(rows.search, table="orders", conditions=conditions, sort=sort, **self.place)

    async def undo(self, change_id: int, table: str = "orders") -> None:
        await self.db.write(rows.undo, table=table, change_id=change_id, **self._by)

    async def last(self, table: str = "orders") -> Change:
        return (await self.db.read(rows.history, table=table, limit=1, **self.place))[0]

    async def delete(self, row: str, table: str = "orders") -> None:
        await self.db.write(rows.delete, table=table, row_id=row, **self._by)


@pytest.fixture
async def shop(db: Database) -> Shop:
    return Shop(db, await db.write(_make))


async def test_links_are_made_from_either_end_and_taken_back(shop: Shop) -> None:
    red, blue = await shop.add("labels", name="red"), await shop.add("labels", name="blue")
    order = await shop.add("orders", number="A1")
    first = await shop.relate(order, add=[red, blue])
    assert await shop.relate(order, add=[red]) is None
    assert await shop.linked(order) == ["blue", "red"]
    second = await shop.relate(order, remove=[red])
    change = await shop.last()
    assert (change.id, change.before, change.after) == (second, {"labels": [red]}, {"labels": []})
    with pytest.raises(IllegalTransition, match="links were changed since"):
        await shop.undo(first or 0)
    await shop.undo(second or 0)
    assert await shop.linked(order) == ["blue", "red"]
    await shop.relate(red, table="labels", by="orders_by_labels", remove=[order])
    assert await shop.linked(order) == ["blue"]
    await shop.undo((await shop.last("labels")).id, "labels")
    await shop.undo((await shop.last("labels")).id, "labels")
    assert await shop.linked(order) == ["blue"]


async def test_a_row_that_comes_back_has_its_links_from_either_end(shop: Shop) -> None:
    red, blue = await shop.add("labels", name="red"), await shop.add("labels", name="blue")
    order = await shop.add("orders", number="A1")
    await shop.relate(order, add=[red, blue])
    await shop.delete(order)
    gone = (await shop.last()).id
    await shop.delete(blue, "labels")
    await shop.undo(gone)
    assert await shop.linked(order) == ["red"], "the other one is gone"
    await shop.delete(red, "labels")
    assert await shop.linked(order) == []
    await shop.undo((await shop.last("labels")).id, "labels")
    assert await shop.linked(order) == ["red"]


async def test_links_that_cannot_be_are_refused_and_nothing_is_kept(db: Database, shop: Shop) -> None:
    red, order = await shop.add("labels", name="red"), await shop.add("orders", number="A1")
    for call in (
        shop.relate(order, add=[red, NOBODY]),
        shop.relate(order, add=["x"]),
        shop.relate(order, by="main", add=[red]),
        shop.relate(order, by='"', add=[red]),
        shop.relate(order, add=[red] * 501),
    ):
        with pytest.raises(Invalid) as caught:
            await call
        assert caught.value.field
    other = Shop(db, await db.write(_other), 131)
    with pytest.raises(NotFound):
        await other.relate(order, add=[red])
    strange = await other.add("orders", number="A1")
    with pytest.raises(Invalid, match="has no row"):
        await other.relate(strange, add=[red])
    assert await shop.linked(order) == []
    assert (await shop.last()).kind == "insert"


def _other(tx: Tx) -> int:
    workspace = make_workspace(tx)
    place: dict[str, Any] = {"workspace_id": workspace.id, "app_id": 131, "actor": "user:eve", "now": NOW}
    apps.create(tx, slug="other", **place)
    for name, definition in (("labels", LABELS), ("orders", ORDERS)):
        tables.create(tx, name=name, definition=definition, **place)
    return workspace.id


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", ["Blue sky", "blue", "Red", "Deep red"]),
        ("red", ["Red", "Deep red"]),
        ("BLUE", ["blue", "Blue sky"]),
        ("sky", ["Blue sky"]),
        ("%", []),
        ("\\", []),
        ("'; --", []),
    ],
)
async def test_rows_are_chosen_by_what_they_are_called(shop: Shop, typed: str, found: list[str]) -> None:
    for name in ("Deep red", "Red", "blue", "Blue sky"):
        await shop.add("labels", name=name)
    assert sorted(await shop.choose(typed)) == sorted(found)


async def test_rows_are_chosen_by_their_ids_and_by_names_without_an_index(shop: Shop) -> None:
    red = await shop.add("labels", name="red", note="warm")
    await shop.add("labels", name="blue", note="cold")
    assert await shop.choose(red) == ["red"]
    assert "red" in await shop.choose(red[:13])
    assert await shop.choose("WAR", by="note") == ["warm"]
    assert await shop.choose("", limit=1) == ["blue"]


async def test_orders_are_found_by_what_they_are_linked_with(shop: Shop) -> None:
    red, blue = await shop.add("labels", name="red"), await shop.add("labels", name="blue")
    first, _ = await shop.add("orders", number="A1", main_id=blue), await shop.add("orders", number="A2")
    await shop.relate(first, add=[red])
    for column, operator, value, numbers in (
        ("labels", "named", "re", ["A1"]),
        ("labels", "named", "blue", []),
        ("labels", "empty", "", ["A2"]),
        ("labels", "filled", "", ["A1"]),
        ("main_id", "named", "blue", ["A1"]),
        ("main_id", "eq", blue, ["A1"]),
        ("main_id", "empty", "", ["A2"]),
    ):
        page = await shop.search(Condition(column=column, operator=operator, value=value))
        assert [row["number"] for row in page.rows] == numbers, (column, operator)
    with pytest.raises(Invalid):
        await shop.search(Condition(column="labels", operator="has", value="x"))
