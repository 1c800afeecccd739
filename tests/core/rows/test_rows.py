"""Rows by hand: found, paged, changed, undone, and loaded from files."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.base.exceptions import BotyardError, IllegalTransition, Invalid, NotFound
from botyard.core import actions, apps, rows, tables, tasks, triggers
from botyard.core.rows import Condition, Sort
from botyard.storage import Database, Tx
from tests.support.work import NOW, make_workspace

CUSTOMERS = {"fields": [{"name": "name", "required": True, "unique": True}]}
ORDERS = {
    "fields": [
        {"name": "number", "type": "text", "unique": True, "required": True},
        {"name": "amount", "type": "number"},
        {"name": "paid", "type": "boolean", "default": False},
        {"name": "due", "type": "date"},
        {"name": "extra", "type": "embedded"},
        {"name": "state", "type": "select", "choices": [{"value": "new"}, {"value": "done"}]},
        {"name": "customer", "type": "foreign_key", "to": "customers"},
    ]
}
KEY = "uq_app_130_orders_number_org"


def make(tx: Tx) -> int:
    workspace = make_workspace(tx)
    apps.create(tx, workspace_id=workspace.id, slug="shop", app_id=130, actor="user:ann", now=NOW)
    for name, definition in (("customers", CUSTOMERS), ("orders", ORDERS)):
        tables.create(
            tx, workspace_id=workspace.id, app_id=130, name=name, definition=definition, actor="user:ann", now=NOW
        )
    return workspace.id


class Shop:
    """An app with orders, and what people do to them."""

    def __init__(self, db: Database, workspace_id: int) -> None:
        self._db, self._now = db, NOW
        self._at: dict[str, Any] = {"workspace_id": workspace_id, "app_id": 130}

    def _by(self) -> dict[str, Any]:
        self._now += 1_000_000
        return {"actor": "user:ann", "now": self._now, **self._at}

    async def add(self, table: str = "orders", **values: Any) -> dict[str, Any]:
        return await self._db.write(rows.insert, table=table, values=values, **self._by())

    async def put(self, row_id: str, values: dict[str, Any], **more: Any) -> dict[str, Any]:
        return await self._db.write(rows.update, table="orders", row_id=row_id, values=values, **more, **self._by())

    async def delete(self, row_id: str, table: str = "orders") -> dict[str, Any]:
        return await self._db.write(rows.delete, table=table, row_id=row_id, **self._by())

    async def search(self, *conditions: Condition, **more: Any) -> rows.Page:
        return await self._db.read(rows.search, table="orders", conditions=conditions, **more, **self._at)

    async def numbers(self, *conditions: Condition, **more: Any) -> list[str]:
        return [row["number"] for row in (await self.search(*conditions, **more)).rows]

    async def get(self, row_id: str) -> dict[str, Any]:
        return await self._db.read(rows.get, table="orders", row_id=row_id, **self._at)

    async def history(self, **more: Any) -> list[rows.Change]:
        return await self._db.read(rows.history, table="orders", **more, **self._at)

    async def undo(self, change_id: int) -> dict[str, Any] | None:
        return await self._db.write(rows.undo, table="orders", change_id=change_id, **self._by())

    async def load(self, *lines: dict[str, str], **more: Any) -> rows.Loaded:
        numbered = list(enumerate(lines, start=2))
        return await self._db.write(rows.load_batch, table="orders", lines=numbered, **more, **self._by())


@pytest.fixture
async def shop(db: Database) -> Shop:
    return Shop(db, await db.write(make))


async def test_a_new_row_has_its_defaults_and_can_be_read(shop: Shop) -> None:
    made = await shop.add(number="A1", amount="12.50")
    assert (made["number"], made["amount"], made["paid"], made["due"]) == ("A1", 12.5, False, None)
    assert await shop.get(made["id"]) == made


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({}, "number", "must have a value"),
        ({"number": None}, "number", "must have a value"),
        ({"number": "A1"}, "number", "Another row has the same number"),
        ({"number": "A2", "amount": "much"}, "amount", "is not a number"),
        ({"number": "A2", "state": "old"}, "state", "not one of the choices"),
        ({"number": "A2", "due": "tomorrow"}, "due", "is not a date"),
        ({"number": "A2", "nunber": 1}, "nunber", 'no field "nunber"'),
        ({"number": "A2", "organization_id": 7}, "organization_id", "kept by the server"),
        ({"number": "A2", "customer_id": "0198c1b2-7a4e-7000-8000-000000000001"}, "customer_id", "is not there"),
        ({"number": "A2", "customer_id": "x"}, "customer_id", "is not a uuid"),
    ],
)
async def test_what_does_not_fit_names_its_field(shop: Shop, values: dict[str, Any], field: str, words: str) -> None:
    await shop.add(number="A1")
    with pytest.raises(Invalid, match=words) as caught:
        await shop.add(**values)
    assert caught.value.field == field
    assert await shop.numbers() == ["A1"]


@pytest.mark.parametrize("column", ["number", "amount", "paid", "due", "created_at", "customer_id"])
@pytest.mark.parametrize("descending", [False, True])
async def test_pages_hold_every_row_once_in_order(shop: Shop, column: str, descending: bool) -> None:
    customer = await shop.add("customers", name="Ann")
    for number in range(11):
        values = {"amount": number % 3, "due": f"2026-01-{number % 4 + 1:02}", "customer_id": customer["id"]}
        await shop.add(number=f"N{number:02}", paid=number % 2 == 0, **(values if number % 5 else {}))
    sort = Sort(column=column, descending=descending)
    whole = [row["id"] for row in (await shop.search(sort=sort)).rows]
    seen: list[str] = []
    after = None
    while True:
        page = await shop.search(sort=sort, after=after, limit=2)
        seen += [row["id"] for row in page.rows]
        after = page.after
        if after is None:
            break
    assert seen == whole
    assert len(set(seen)) == 11


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (("number", "has", "a"), ["A1", "A2"]),
        (("number", "has", "%"), []),
        (("number", "begins", "b_"), ["B_"]),
        (("number", "neq", "A1"), ["A2", "B_"]),
        (("amount", "gte", "10"), ["A2", "B_"]),
        (("amount", "lt", "10.5"), ["A1", "A2"]),
        (("paid", "eq", "yes"), ["B_"]),
        (("due", "eq", "2026-01-31"), ["A2"]),
        (("due", "empty", ""), ["A1", "B_"]),
        (("extra", "contains", '{"a": 1}'), ["B_"]),
        (("created_at", "gt", "2023-11-14T22:13:21Z"), ["A2", "B_"]),
    ],
)
async def test_conditions_are_typed(shop: Shop, condition: tuple[str, str, str], found: list[str]) -> None:
    await shop.add(number="A1", amount=9)
    await shop.add(number="A2", amount=10, due="2026-01-31")
    await shop.add(number="B_", amount=11, paid=True, extra={"a": 1, "b": 2})
    column, operator, value = condition
    asked = Condition(column=column, operator=operator, value=value)
    assert await shop.numbers(asked, sort=Sort(column="number", descending=False)) == found


@pytest.mark.parametrize(
    "asked",
    [
        {"conditions": [Condition(column="numbr", operator="eq", value="1")]},
        {"conditions": [Condition(column="amount", operator="has", value="1")]},
        {"conditions": [Condition(column="amount", operator="eq", value="one")]},
        {"conditions": [Condition(column='number" OR 1=1 --', operator="eq", value="1")]},
        {"sort": Sort(column="extra")},
        {"sort": Sort(column="id; DROP TABLE users")},
        {"after": "!!!"},
        {"after": "WzFd"},
        {"after": "a"},
        {"after": "W1tbXV0="},
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(db: Database, shop: Shop, asked: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        await db.read(rows.search, table="orders", **asked, **shop._at)


async def test_a_change_by_somebody_else_is_noticed(shop: Shop) -> None:
    made = await shop.add(number="A1")
    await shop.put(made["id"], {"amount": 1}, seen=made["updated_at"])
    with pytest.raises(IllegalTransition, match="Somebody else"):
        await shop.put(made["id"], {"amount": 2}, seen=made["updated_at"])
    assert (await shop.get(made["id"]))["amount"] == 1


async def test_every_change_can_be_undone_and_brought_back(shop: Shop) -> None:
    made = await shop.add(number="A1", amount=1, extra={"b": [1, None]})
    await shop.put(made["id"], {"amount": 2})
    update, insert = await shop.history(row_id=made["id"])
    assert (update.before, update.after, insert.kind) == ({"amount": 1}, {"amount": 2}, "insert")
    undone = await shop.undo(update.id)
    assert undone is not None
    assert undone["amount"] == 1
    (again, *_) = await shop.history()
    assert again.undoes == update.id
    back = await shop.undo(again.id)
    assert back is not None
    assert back["amount"] == 2
    with pytest.raises(IllegalTransition, match="undone already"):
        await shop.undo(update.id)
    await shop.delete(made["id"])
    (gone, *_) = await shop.history()
    restored = await shop.undo(gone.id)
    assert restored is not None
    served = {"updated_at": None}
    assert {**restored, **served} == {**back, **served}


async def test_what_was_changed_since_is_not_undone(shop: Shop) -> None:
    made = await shop.add(number="A1", amount=1)
    await shop.put(made["id"], {"amount": 2})
    (first, added) = await shop.history()
    await shop.put(made["id"], {"amount": 3})
    for change in (first, added):
        with pytest.raises(IllegalTransition, match="changed since"):
            await shop.undo(change.id)
    assert (await shop.get(made["id"]))["amount"] == 3
    with pytest.raises(NotFound):
        await shop.undo(999_999)


async def test_a_row_that_others_lead_to_stays(shop: Shop) -> None:
    customer = await shop.add("customers", name="Ann")
    await shop.add(number="A1", customer_id=customer["id"])
    with pytest.raises(Invalid, match="used by rows of orders"):
        await shop.delete(customer["id"], "customers")


async def test_another_workspace_finds_nothing(db: Database, shop: Shop) -> None:
    made = await shop.add(number="A1")
    other = Shop(db, await db.write(_other))
    operations = (other.get(made["id"]), other.put(made["id"], {"amount": 9}), other.delete(made["id"]))
    for operation in operations:
        with pytest.raises(NotFound):
            await operation
    assert await shop.get(made["id"]) == made


def _other(tx: Tx) -> int:
    workspace = make_workspace(tx)
    apps.create(tx, workspace_id=workspace.id, slug="other", app_id=131, actor="user:eve", now=NOW)
    return workspace.id


async def test_a_batch_comes_whole_or_not_at_all(shop: Shop) -> None:
    await shop.add(number="A1", amount=1)
    bad = await shop.load({"number": "B1", "amount": "1"}, {"number": "B2", "amount": "x"}, {"number": ""})
    assert [line for line, _ in bad.faults] == [3, 4]
    assert bad.faults[0][1].startswith("amount: ")
    twice = await shop.load(*({"number": f"C{each}"} for each in range(40)), {"number": "A1"}, {"number": "D"})
    assert twice.faults == ((42, "Another row has the same number. Choose another value, or change that row."),)
    astray = await shop.load({"number": "E", "customer_id": "0198c1b2-7a4e-7000-8000-000000000001"})
    assert "leads to a row that is not there" in astray.faults[0][1]
    assert await shop.numbers() == ["A1"]


async def test_a_batch_updates_by_a_unique_constraint(shop: Shop) -> None:
    made = await shop.add(number="A1", amount=1, state="new")
    lines = ({"number": "A1", "amount": "5"}, {"number": "A2", "amount": "6"})
    assert (await shop.load(*lines, key=KEY, dry=True)).written == 2
    assert await shop.numbers() == ["A1"]
    assert (await shop.load(*lines, key=KEY)).written == 2
    present = await shop.get(made["id"])
    assert (present["amount"], present["state"]) == (5, "new")
    (load, *_) = await shop.history()
    assert (load.kind, load.after) == ("import", {"rows": 2, "key": KEY})
    same = await shop.load({"number": "A3"}, {"number": "A3"}, key=KEY)
    assert same.faults == ((3, "Line 2 has the same number. Keep one of them."),)
    with pytest.raises(BotyardError, match="no unique constraint"):
        await shop.load({"number": "A3"}, key="uq_nothing")


def _trigger(tx: Tx, *, workspace_id: int) -> None:
    said: dict[str, Any] = {"workspace_id": workspace_id, "app_id": 130, "actor": "user:ann", "now": NOW}
    fields = {"type": "trigger_action", "table_name": "orders", "events": list(actions.EVENTS)}
    actions.create(tx, slug="watch", fields=fields, **said)
    actions.deploy(tx, named="watch", package=actions.package_of("RESULT = 1", []), **said)


async def test_changes_by_hand_start_the_actions_that_wait_for_them(db: Database, shop: Shop) -> None:
    await db.write(_trigger, workspace_id=shop._at["workspace_id"])
    made = await shop.add(number="A1")
    await shop.put(made["id"], {"amount": 2})
    await shop.put(made["id"], {"amount": 2})
    await shop.delete(made["id"])
    await shop.undo((await shop.history())[0].id)
    await shop.load({"number": "A1", "amount": "3"}, {"number": "A2"}, key=KEY)
    await shop.load({"number": "A3"}, key=KEY, dry=True)
    await shop.load({"number": "A4"}, {"number": "A2"})
    await db.write(triggers.fire, now=NOW)
    found = await db.read(tasks.search, workspace_id=shop._at["workspace_id"])
    grants = await db.read(actions.grants, task_ids=[task.id for task in found])
    given = [grants[task_id].values["TRIGGER_EVENT"] for task_id in sorted(grants)]
    assert [(each["kind"], [row["number"] for row in each["rows"]]) for each in given] == [
        ("insert", ["A1"]),
        ("update", ["A1"]),
        ("delete", ["A1"]),
        ("insert", ["A1"]),
        ("insert", ["A2"]),
        ("update", ["A1"]),
    ]


async def test_what_was_done_long_ago_is_forgotten_a_part_at_a_time(db: Database, shop: Shop) -> None:
    made = await shop.add(number="A1")
    for amount in range(4):
        await shop.put(made["id"], {"amount": amount})
    last = (await shop.history())[0].at
    gone = [await db.write(rows.prune, before=last, limit=3) for _ in range(3)]
    assert gone == [3, 1, 0]
    assert [change.after for change in await shop.history()] == [{"amount": 3}]


async def test_lines_lead_to_rows_by_what_they_are_called(shop: Shop) -> None:
    ann = await shop.add("customers", name="Ann")
    lines = ({"number": "A1", "customer_id": "Ann"}, {"number": "A2", "customer_id": ann["id"]}, {"number": "A3"})
    assert (await shop.load(*lines)).written == 3
    found = [row["customer_id"] for row in (await shop.search(sort=Sort(column="number", descending=False))).rows]
    assert found == [ann["id"], ann["id"], None]
    astray = await shop.load({"number": "B1", "customer_id": "Ann"}, {"number": "B2", "customer_id": "Bob"})
    assert astray.faults == (
        (3, 'customer_id: No row of "customers" is called "Bob". Give its id, or its name where names have an index.'),
    )


async def test_a_text_is_found_within_others_whatever_it_is_made_of(shop: Shop) -> None:
    for number in ("50%", "5_0", "back\\slash", "Über", "PLAIN", "it's"):
        await shop.add(number=number)
    for typed, found in (
        ("0%", ["50%"]), ("_", ["5_0"]), ("K\\S", ["back\\slash"]), ("ÜBER", ["Über"]), ("lai", ["PLAIN"]),
        ("'", ["it's"]), ("5%0", []), ("ber", ["Über"]),
    ):  # fmt: skip
        assert await shop.numbers(Condition(column="number", operator="has", value=typed)) == found, typed
