"""Rows that come, change or go start actions, once for each change, and not for ever."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from botyard.base import jsontext
from botyard.base.exceptions import Invalid
from botyard.core import actions, apps, events, graphql, tables, tasks, triggers
from botyard.core.actions import Action, RunRequest
from botyard.core.graphql import ApiSchema, Documents, Failed, Limits, Request
from botyard.core.triggers import MAX_DEPTH, MAX_ROWS, Fired
from botyard.core.workspaces import Workspace
from botyard.storage import Database, Tx
from tests.support.work import NOW, make_workspace

ORDERS = {
    "fields": [
        {"name": "orderId", "type": "text", "required": True, "unique": True},
        {"name": "value", "type": "number"},
        {"name": "notes", "type": "tags"},
    ]
}
INSERT = "mutation ($o: [app_130_orders_insert_input!]!) { insert_app_130_orders(objects: $o) { affected_rows } }"
UPSERT = """mutation ($o: [app_130_orders_insert_input!]!) { insert_app_130_orders(objects: $o, on_conflict:
  {constraint: uq_app_130_orders_orderId_org, update_columns: [value]}) { affected_rows } }"""


class Shop:
    """An app with a table, asked in the name of a task or of nobody in particular."""

    def __init__(self, db: Database, workspace: Workspace, documents: Documents) -> None:
        self.db = db
        self.workspace = workspace
        self.documents = documents

    async def ask(self, text: str, *, cause: int | None = None, **variables: Any) -> dict[str, Any]:
        request = Request(
            api=self.documents.api,
            prepared=self.documents.prepare(text, None),
            variables=variables,
            organization=self.workspace.id,
            now=NOW,
            most=5000,
            cause=cause,
        )
        return await self.db.write(graphql.run, request=request)

    async def fire(self) -> Fired:
        return await self.db.write(triggers.fire, now=NOW)

    async def given(self) -> list[Any]:
        """Return what every run so far was given, in the order of their tasks."""
        found = await self.db.read(tasks.search, workspace_id=self.workspace.id)
        grants = await self.db.read(actions.grants, task_ids=[task.id for task in found])
        return [grants[task_id].values["TRIGGER_EVENT"] for task_id in sorted(grants)]


def make(tx: Tx, *, label: str = "acme") -> Workspace:
    workspace = make_workspace(tx, label=label)
    apps.create(tx, workspace_id=workspace.id, slug="shop", app_id=130, actor="user:ann", now=NOW)
    tables.create(
        tx, workspace_id=workspace.id, app_id=130, name="orders", definition=ORDERS, actor="user:ann", now=NOW
    )
    return workspace


def make_trigger(
    tx: Tx, /, *, workspace: Workspace, slug: str = "watch", released: bool = True, **fields: Any
) -> Action:
    said: dict[str, Any] = {"workspace_id": workspace.id, "app_id": 130, "actor": "user:ann", "now": NOW}
    given = {"type": "trigger_action", "table_name": "orders", "events": list(actions.EVENTS), **fields}
    action = actions.create(tx, slug=slug, fields=given, **said)
    if released:
        actions.deploy(tx, named=slug, package=actions.package_of("RESULT = 1", []), **said)
    return action


@pytest.fixture
async def shop(db: Database) -> Shop:
    workspace = await db.write(make)
    schema = await db.read(tables.load, workspace_id=workspace.id, app_id=130)
    return Shop(db, workspace, Documents(ApiSchema(schema), Limits(rows=5000)))


async def test_each_kind_of_change_starts_a_run_that_is_given_the_rows(shop: Shop) -> None:
    await shop.db.write(make_trigger, workspace=shop.workspace)
    await shop.ask(INSERT, o=[{"orderId": "A", "value": 1.5, "notes": ["x"]}, {"orderId": "B"}])
    await shop.ask('mutation { update_app_130_orders(where: {orderId: {_eq: "A"}}, _set: {value: 2}) {affected_rows} }')
    await shop.ask('mutation { delete_app_130_orders(where: {orderId: {_eq: "A"}}) { returning { orderId } } }')
    fired = await shop.fire()
    assert (fired.started, fired.failed, fired.more) == (3, 0, False)
    inserted, updated, deleted = await shop.given()
    assert (inserted["table"], inserted["kind"]) == ("orders", "insert")
    assert sorted(row["orderId"] for row in inserted["rows"]) == ["A", "B"]
    first = next(row for row in inserted["rows"] if row["orderId"] == "A")
    assert (first["value"], first["notes"], first["organization_id"]) == (1.5, ["x"], shop.workspace.id)
    assert [(row["orderId"], row["value"]) for row in updated["rows"]] == [("A", 2)]
    assert deleted["kind"] == "delete"
    assert [(row["id"], row["value"]) for row in deleted["rows"]] == [(first["id"], 2)]
    assert (await shop.fire()).started == 0


async def test_rows_of_one_organization_start_nothing_for_another(shop: Shop) -> None:
    def make_rival(tx: Tx) -> Workspace:
        workspace = make(tx, label="rival")
        make_trigger(tx, workspace=workspace, slug="theirs")
        return workspace

    workspace = await shop.db.write(make_rival)
    schema = await shop.db.read(tables.load, workspace_id=workspace.id, app_id=130)
    rival = Shop(shop.db, workspace, Documents(ApiSchema(schema), Limits()))
    await shop.db.write(make_trigger, workspace=shop.workspace)
    await shop.ask(INSERT, o=[{"orderId": "mine"}])
    assert (await shop.fire()).started == 1
    assert await rival.given() == []
    await rival.ask(INSERT, o=[{"orderId": "theirs"}])
    assert (await shop.fire()).started == 1
    for one, other in ((shop, "mine"), (rival, "theirs")):
        assert [[row["orderId"] for row in given["rows"]] for given in await one.given()] == [[other]]


async def test_an_upsert_tells_new_rows_from_changed_ones(shop: Shop) -> None:
    await shop.ask(INSERT, o=[{"orderId": "A", "value": 1}])
    await shop.db.write(make_trigger, workspace=shop.workspace)
    await shop.ask(UPSERT, o=[{"orderId": "A", "value": 2}, {"orderId": "B", "value": 3}])
    await shop.fire()
    told = {event["kind"]: [row["orderId"] for row in event["rows"]] for event in await shop.given()}
    assert told == {"insert": ["B"], "update": ["A"]}


async def test_what_nobody_waits_for_or_what_changed_nothing_starts_nothing(shop: Shop) -> None:
    await shop.db.write(make_trigger, workspace=shop.workspace, events=["delete"])
    await shop.db.write(make_trigger, workspace=shop.workspace, slug="other", table_name="messages")
    await shop.ask(INSERT, o=[{"orderId": "A"}])
    await shop.ask('mutation { delete_app_130_orders(where: {orderId: {_eq: "Z"}}) { affected_rows } }')
    assert not await shop.db.read(triggers.has_work)
    await shop.ask("mutation { delete_app_130_orders(where: {}) { affected_rows } }")
    assert (await shop.fire()).started == 1


async def test_a_mutation_that_fails_starts_nothing(shop: Shop) -> None:
    await shop.db.write(make_trigger, workspace=shop.workspace)
    twice = """mutation { a: insert_app_130_orders_one(object: {orderId: "A"}) { id }
                          b: insert_app_130_orders_one(object: {orderId: "A"}) { id } }"""
    with pytest.raises(Failed):
        await shop.ask(twice)
    assert not await shop.db.read(triggers.has_work)


async def test_a_large_change_comes_in_parts_and_a_large_row_as_its_id(shop: Shop) -> None:
    await shop.db.write(make_trigger, workspace=shop.workspace, table_name="app_130_orders")
    await shop.ask(INSERT, o=[{"orderId": str(number)} for number in range(MAX_ROWS + 1)])
    await shop.ask(INSERT, o=[{"orderId": "big", "notes": ["x" * triggers.MAX_BYTES]}])
    assert (await shop.fire()).started == 3
    parts = await shop.given()
    assert [len(part["rows"]) for part in parts] == [MAX_ROWS, 1, 1]
    assert list(parts[2]["rows"][0]) == ["id", "truncated"]


async def test_two_servers_start_each_run_once(shop: Shop) -> None:
    await shop.db.write(make_trigger, workspace=shop.workspace)
    for number in range(30):
        await shop.ask(INSERT, o=[{"orderId": str(number)}])
    fired = [each for _ in range(3) for each in await asyncio.gather(shop.fire(), shop.fire())]
    assert sum(each.started for each in fired) == 30
    rows = [row["orderId"] for event in await shop.given() for row in event["rows"]]
    assert sorted(rows, key=int) == [str(number) for number in range(30)]


async def test_a_trigger_that_sets_itself_off_ends(shop: Shop) -> None:
    action = await shop.db.write(make_trigger, workspace=shop.workspace)
    cause: int | None = None
    for number in range(MAX_DEPTH + 1):
        await shop.ask(INSERT, o=[{"orderId": str(number)}], cause=cause)
        started = (await shop.fire()).started
        assert started == (1 if number < MAX_DEPTH else 0)
        found = await shop.db.read(tasks.search, workspace_id=shop.workspace.id)
        cause = max(task.id for task in found)
    said: dict[str, Any] = {"workspace_id": shop.workspace.id, "entity": "action", "entity_id": str(action.id)}
    last = (await shop.db.read(events.latest_for, **said))[0]
    assert (last.kind, last.data["rows"], last.data["task"]) == ("action.trigger_stopped", 1, cause)


async def test_a_run_that_a_run_asks_for_is_no_way_around_the_limit(shop: Shop) -> None:
    await shop.db.write(make_trigger, workspace=shop.workspace)
    await shop.ask(INSERT, o=[{"orderId": "A"}])
    await shop.fire()
    first = (await shop.db.read(tasks.search, workspace_id=shop.workspace.id))[0]
    wanted = RunRequest(
        workspace_id=shop.workspace.id, app_id=130, action="watch", actor="app:shop", now=NOW, cause=first.id
    )
    asked = await shop.db.write(actions.run, request=wanted)
    assert await shop.db.read(actions.depth_of, task_id=asked.task_id) == 1


async def test_a_change_that_no_run_can_be_given_says_so_and_holds_up_no_other(shop: Shop) -> None:
    action = await shop.db.write(make_trigger, workspace=shop.workspace)
    deep: Any = "x"
    for _ in range(jsontext.MAX_DEPTH - 1):
        deep = [deep]
    await shop.ask(INSERT, o=[{"orderId": "A", "notes": deep}])
    await shop.ask(INSERT, o=[{"orderId": "B"}])
    fired = await shop.fire()
    assert (fired.started, fired.failed) == (1, 1)
    said: dict[str, Any] = {"workspace_id": shop.workspace.id, "entity": "action", "entity_id": str(action.id)}
    last = (await shop.db.read(events.latest_for, **said))[0]
    assert (last.kind, last.data["kind"]) == ("action.trigger_failed", "insert")
    assert "deep" in last.data["reason"] or "nest" in last.data["reason"]


@pytest.mark.parametrize(
    "fields",
    [
        {"events": ["explode"]},
        {"events": "insert"},
        {"table_name": None},
        {"type": "user_action"},
    ],
)
async def test_a_trigger_names_a_table_and_changes_that_there_are(shop: Shop, fields: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as caught:
        await shop.db.write(make_trigger, workspace=shop.workspace, **fields)
    assert caught.value.field in ("events", "table_name")
