"""Definitions of tables: made, altered with rows in them, reverted, dropped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from botyard.base.exceptions import IllegalTransition, Invalid, NotFound
from botyard.core import apps, tables
from botyard.core.graphql import ApiSchema
from botyard.core.tables import Schema, Table
from botyard.core.workspaces import Workspace
from botyard.storage import Database, Tx
from botyard.storage.rows import Insert, Pick, Rows, fetch, insert
from tests.support.work import NOW, make_workspace

TITLE = {"name": "title", "type": "text"}


class Home:
    """An app, and what is done to its tables."""

    def __init__(self, db: Database, workspace: Workspace) -> None:
        self._db = db
        self._said: dict[str, Any] = {"workspace_id": workspace.id, "app_id": 130}
        self._by: dict[str, Any] = {"actor": "user:ann", "now": NOW}
        self.workspace = workspace

    async def create(self, name: str, *fields: Mapping[str, Any], **more: Any) -> Table:
        definition = {"fields": list(fields), **more}
        return await self._db.write(tables.create, name=name, definition=definition, **self._said, **self._by)

    async def change(self, name: str, *fields: Mapping[str, Any], **more: Any) -> Table:
        definition = {"fields": list(fields)}
        return await self._db.write(tables.change, name=name, definition=definition, **more, **self._said, **self._by)

    async def revert(self, name: str, to: int) -> Table:
        return await self._db.write(tables.revert, name=name, to=to, **self._said, **self._by)

    async def drop(self, name: str) -> None:
        await self._db.write(tables.drop, name=name, **self._said, **self._by)

    async def put(self, table: Table, **values: Any) -> None:
        await self._db.write(put, table=table, values=values)

    async def load(self) -> Schema:
        return await self._db.read(tables.load, **self._said)

    async def rows(self, name: str) -> list[dict[str, Any]]:
        return await self._db.read(rows_of, workspace_id=self.workspace.id, name=name)


def put(tx: Tx, *, table: Table, values: Mapping[str, Any]) -> None:
    moment = tables.from_micros(NOW)
    served = {"id": f"0198c1b2-7a4e-7000-8000-{len(repr(values)):012}", "organization_id": table.workspace_id}
    row = {**served, "created_at": moment, "updated_at": moment, **values}
    columns = tuple(table.columns[name] for name in row)
    insert(
        tx,
        Insert(source=table.source, columns=columns, rows=(tuple(row.values()),)),
        organization=table.workspace_id,
    )


def rows_of(tx: Tx, *, workspace_id: int, name: str) -> list[dict[str, Any]]:
    table = tables.get(tx, workspace_id=workspace_id, app_id=130, name=name)
    own = [column for key, column in table.columns.items() if key not in tables.BUILT_IN]
    picks = tuple(Pick(key=column.name, column=column) for column in own)
    return fetch(tx, Rows(source=table.source, select=picks), organization=workspace_id)


def make(tx: Tx) -> Workspace:
    workspace = make_workspace(tx)
    apps.create(tx, workspace_id=workspace.id, slug="shop", app_id=130, actor="user:ann", now=NOW)
    return workspace


@pytest.fixture
async def home(db: Database) -> Home:
    return Home(db, await db.write(make))


async def test_a_field_that_was_taken_away_comes_back_with_its_values(home: Home) -> None:
    table = await home.create("notes", TITLE, {"name": "body", "type": "long_text", "required": True})
    await home.put(table, title="a", body="long")
    table = await home.change("notes", TITLE)
    assert await home.rows("notes") == [{"title": "a"}]
    await home.put(table, title="without")
    with pytest.raises(Invalid, match="cannot be required"):
        await home.revert("notes", 1)
    await home.change("notes", TITLE, {"name": "body", "type": "long_text"})
    assert {row["body"] for row in await home.rows("notes")} == {"long", None}


async def test_a_renamed_field_keeps_its_values_and_its_guard(home: Home) -> None:
    table = await home.create("notes", {**TITLE, "required": True, "unique": True})
    await home.put(table, title="a")
    table = await home.change(
        "notes", {**TITLE, "name": "head", "required": True, "unique": True}, renames={"title": "head"}
    )
    assert await home.rows("notes") == [{"head": "a"}]
    with pytest.raises(Invalid, match="required value"):
        await home.put(table, head=None)
    assert [one.columns for one in table.constraints][1:] == [("head", "organization_id")]


async def test_a_type_is_changed_where_every_value_fits(home: Home) -> None:
    table = await home.create("notes", TITLE)
    await home.put(table, title="12.50")
    await home.change("notes", {"name": "title", "type": "number"})
    assert await home.rows("notes") == [{"title": 12.5}]
    back = await home.revert("notes", 1)
    assert back.version == 3
    assert await home.rows("notes") == [{"title": "12.5"}]
    await home.put(back, title="x" * 9)
    with pytest.raises(Invalid, match="cannot be numeric"):
        await home.change("notes", {"name": "title", "type": "number"})


async def test_what_present_rows_break_is_refused(home: Home) -> None:
    table = await home.create("notes", TITLE, {"name": "other", "type": "text"})
    await home.put(table, title="a", other="1")
    await home.put(table, title="a", other="22")
    with pytest.raises(Invalid, match="the same in title"):
        await home.change("notes", {**TITLE, "unique": True}, {"name": "other", "type": "text"})
    assert len(await home.rows("notes")) == 2
    with pytest.raises(Invalid, match="cannot be required"):
        await home.change("notes", TITLE, {"name": "other", "type": "text"}, {"name": "new", "required": True})
    table = await home.change("notes", TITLE, {"name": "other"}, {"name": "new", "required": True, "default": "given"})
    assert {row["new"] for row in await home.rows("notes")} == {"given"}


async def test_tables_that_others_lead_to_stay(home: Home) -> None:
    await home.create("notes", TITLE)
    await home.create("lines", {"name": "note", "type": "foreign_key", "to": "notes"})
    with pytest.raises(Invalid, match=r"lines\.note leads to it"):
        await home.drop("notes")
    await home.drop("lines")
    await home.drop("notes")
    with pytest.raises(NotFound):
        await home.rows("notes")


async def test_a_change_from_an_old_version_is_refused(home: Home) -> None:
    await home.create("notes", TITLE)
    await home.change("notes", TITLE, {"name": "more"}, version=1)
    with pytest.raises(IllegalTransition):
        await home.change("notes", TITLE, version=1)


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ([{"name": "1a"}], "fields[0].name"),
        ([{"name": "__a"}], "fields[0].name"),
        ([{"name": 'a" text); --'}], "fields[0].name"),
        ([{"name": "ID"}], "fields[0].name"),
        ([{"name": "a"}, {"name": "A"}], "fields[1].name"),
        ([{"name": "a", "type": "varchar"}], "fields[0].type"),
        ([{"name": "a", "type": "foreign_key", "to": "nowhere"}], "fields[0].to"),
        ([{"name": "a", "type": "number", "default": "x"}], "fields[0].default"),
        ([{"name": "a", "type": "select"}], "fields[0].choices"),
        ([{"name": "a", "colour": "red"}], "fields[0].colour"),
        ([{"name": "xmin"}], "fields[0].name"),
        (["a"], "fields[0]"),
    ],
)
async def test_what_cannot_be_a_field_is_named(home: Home, fields: list[Any], at: str) -> None:
    with pytest.raises(Invalid) as caught:
        await home.create("notes", *fields)
    assert caught.value.field == at


@pytest.mark.parametrize("name", ["Notes", "notes_aggregate", "1", "a b", "notes_bool_exp", 'x"; DROP TABLE y; --'])
async def test_a_name_that_would_collide_is_refused(home: Home, name: str) -> None:
    await home.create("notes", TITLE)
    with pytest.raises(Invalid):
        await home.create(name, TITLE)


@pytest.mark.parametrize("name", ["orders_stddev_order_by", "orders_var_samp_fields", "orders_stddev_pop_order_by"])
async def test_a_table_is_not_called_as_a_type_of_another(home: Home, name: str) -> None:
    await home.create("orders", TITLE)
    with pytest.raises(Invalid, match="a type of one"):
        await home.create(name, TITLE)


@pytest.mark.parametrize(
    ("fields", "together"),
    [
        ([{"name": "null"}], []),
        ([{"name": "true"}], []),
        ([{"name": "items", "type": "many_to_many", "to": "odd"}, {"name": "items_aggregate"}], []),
        ([{"name": "items_aggregate"}, {"name": "items", "type": "many_to_many", "to": "odd"}], []),
        ([{"name": "a_b", "unique": True}, {"name": "a"}, {"name": "b"}], [["a", "b"]]),
    ],
)
async def test_what_the_schema_could_not_show_is_refused(home: Home, fields: list[Any], together: list[Any]) -> None:
    with pytest.raises(Invalid):
        await home.create("odd", *fields, unique_together=together)


async def test_the_way_back_has_a_name_of_its_own_with_its_aggregate(home: Home) -> None:
    await home.create("orders", {"name": "messages_aggregate"})
    await home.create("messages", {"name": "order", "type": "foreign_key", "to": "orders"})
    links = (await home.load()).links("orders")
    assert list(links) == ["messages_by_order"]
    ApiSchema(await home.load())
