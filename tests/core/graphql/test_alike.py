"""What one database would do differently from the other is made alike: numbers, patterns, documents, deadlines."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from botyard.core import graphql, tables
from botyard.core.graphql import Failed, Request
from botyard.storage import Tx
from tests.core.graphql.conftest import Shop
from tests.support.work import NOW

EVENTS = {
    "fields": [
        {"name": "name", "unique": True},
        {"name": "small", "type": "number", "number": "Int"},
        {"name": "large", "type": "number", "number": "bigint", "unique": True},
        {"name": "free", "type": "number"},
        {"name": "note", "type": "embedded"},
        {"name": "key", "type": "tags", "unique": True},
        {"name": "order", "type": "foreign_key", "to": "orders"},
    ]
}
INSERT = "mutation ($o: [app_130_events_insert_input!]!) { insert_app_130_events(objects: $o) { affected_rows } }"
GREATEST = 2**63 - 1


@pytest.fixture
async def events(shop: Shop) -> Shop:
    def make(tx: Tx) -> None:
        said: dict[str, Any] = {"workspace_id": shop.workspace.id, "app_id": 130, "actor": "user:ann", "now": NOW}
        tables.create(tx, name="events", definition=EVENTS, **said)

    await shop.db.write(make)
    return await shop.load()


async def test_numbers_beyond_the_largest_come_out_the_same(events: Shop) -> None:
    rows = [
        {"name": "a", "large": GREATEST, "free": 12345678901234567000},
        {"name": "b", "large": str(GREATEST - 1), "free": 2},
        {"name": "c", "large": -5, "small": -3},
    ]
    await events.ask(INSERT, o=rows)
    answer = await events.ask(
        """{ app_130_events_aggregate { aggregate {
                sum { large small connection_id } avg { large free } max { large free } } } }"""
    )
    assert answer["app_130_events_aggregate"]["aggregate"] == {
        "sum": {"large": 2 * GREATEST - 6, "small": -3, "connection_id": None},
        "avg": {"large": 6.14891469123652e18, "free": 6.17283945061728e18},
        "max": {"large": GREATEST, "free": 1.2345678901234567e19},
    }


@pytest.mark.parametrize(("column", "value"), [("small", 2**31 - 1), ("large", GREATEST)])
async def test_a_whole_number_is_not_counted_up_beyond_its_type(events: Shop, column: str, value: int) -> None:
    await events.ask(INSERT, o=[{"name": "a", column: 1}, {"name": "b"}])
    text = f"""mutation ($by: bigint!) {{ update_app_130_events(where: {{}}, _inc: {{large: $by}})
               {{ returning {{ {column} }} }} }}"""
    text = text if column == "large" else text.replace("bigint!", "Int!").replace("{large:", "{small:")
    assert (await events.fail(text, by=value))["extensions"]["code"] == "data-exception"
    answer = await events.ask(text, by=value - 1)
    returned = answer["update_app_130_events"]["returning"]
    assert sorted(returned, key=str) == [{column: value}, {column: None}]


async def test_keys_that_a_double_cannot_tell_apart_are_two_rows_of_a_batch(events: Shop) -> None:
    text = INSERT.replace(
        "objects: $o", "objects: $o, on_conflict: {constraint: uq_app_130_events_large_org, update_columns: [name]}"
    )
    answer = await events.ask(text, o=[{"large": 2**53}, {"large": 2**53 + 1}])
    assert answer["insert_app_130_events"] == {"affected_rows": 2}


async def test_documents_are_one_key_however_they_are_written(events: Shop) -> None:
    text = INSERT.replace(
        "objects: $o", "objects: $o, on_conflict: {constraint: uq_app_130_events_key_org, update_columns: [name]}"
    )
    answer = await events.ask(text, o=[{"key": {"a": 1, "b": 2}}, {"key": {"b": 2, "a": 1}, "name": "last"}])
    assert answer["insert_app_130_events"] == {"affected_rows": 1}
    assert (await events.ask("{ app_130_events { name } }"))["app_130_events"] == [{"name": "last"}]


@pytest.mark.parametrize("row", [{"name": "a\0b"}, {"note": {"k": "\0"}}, {"note": {"\0": 1}}, {"key": ["\\", "\0"]}])
async def test_no_text_holds_the_zero_character(events: Shop, row: dict[str, Any]) -> None:
    assert "U+0000" in (await events.fail(INSERT, o=[row]))["message"]
    text = "mutation ($s: app_130_events_set_input!) { update_app_130_events(where: {}, _set: $s) { affected_rows } }"
    assert "U+0000" in (await events.fail(text, s=row))["message"]
    await events.ask(INSERT, o=[{"note": {"k": "\\u0000"}}])


@pytest.mark.parametrize(
    ("operator", "pattern", "said"),
    [
        ("_regex", "(", "missing )"),
        ("_regex", r"(a)\1", "invalid escape"),
        ("_iregex", "(?=a)", "invalid perl operator"),
        ("_similar", "(a", "missing )"),
        ("_like", "a\\", "escape character"),
        ("_nilike", "\\\\\\", "escape character"),
    ],
)
async def test_a_pattern_that_cannot_be_read_is_told_so(events: Shop, operator: str, pattern: str, said: str) -> None:
    text = f"query ($p: String!) {{ app_130_events(where: {{name: {{{operator}: $p}}}}) {{ id }} }}"
    error = await events.fail(text, p=pattern)
    assert (error["message"].startswith("The pattern"), said in error["message"]) == (True, True), error
    assert (await events.ask(text, p="a"))["app_130_events"] == []


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ('_delete_key: {note: "a"}', 3),
        ("_delete_elem: {note: 0}", {"a": 1}),
        ('_delete_at_path: {note: ["a"]}', "text"),
        ('_delete_at_path: {note: ["a", "x"]}', {"a": [1]}),
    ],
)
async def test_a_change_that_does_not_fit_a_document_is_refused(events: Shop, change: str, note: Any) -> None:
    await events.ask(INSERT, o=[{"note": note}])
    text = f"mutation {{ update_app_130_events(where: {{}}, {change}) {{ affected_rows }} }}"
    assert (await events.fail(text))["extensions"]["code"] == "data-exception"
    assert (await events.ask("{ app_130_events { note } }"))["app_130_events"] == [{"note": note}]


@pytest.mark.parametrize("function", ["avg", "sum", "min", "max", "stddev", "stddev_pop", "var_samp", "variance"])
async def test_rows_are_sorted_by_every_aggregate_of_rows_below(events: Shop, function: str) -> None:
    for order, numbers in (("1", [1, 2]), ("2", [10, 40]), ("3", [])):
        row = {"orderId": order, "events": {"data": [{"free": number} for number in numbers]}}
        text = "mutation ($r: app_130_orders_insert_input!) { insert_app_130_orders_one(object: $r) { id } }"
        await events.ask(text, r=row)
    for way, expected in (("asc", "123"), ("desc_nulls_last", "213")):
        order_by = f"{{events_aggregate: {{{function}: {{free: {way}}}}}}}"
        answer = await events.ask(f"{{ app_130_orders(order_by: {order_by}) {{ orderId }} }}")
        assert "".join(row["orderId"] for row in answer["app_130_orders"]) == expected


async def test_json_values_have_one_order(events: Shop) -> None:
    # In ascending order: nothing in an array, texts, numbers, truths, arrays by their length, objects likewise.
    ordered: list[Any] = [
        [], "a", "b", -1, 2, 10.5, False, True, ["a"], [1], [[]], ["a", "b"], [1, "a"], {}, {"aa": 0}, {"b": 1},
        {"b": 2}, {"a": 1, "b": 0}, {"a": 1, "c": 0},
    ]  # fmt: skip
    await events.ask(INSERT, o=[{"note": note, "small": at} for at, note in reversed([*enumerate(ordered)])])
    answer = await events.ask("{ app_130_events(order_by: {note: asc}) { note small } }")
    assert [row["note"] for row in answer["app_130_events"]] == ordered
    text = "query ($n: jsonb!) { app_130_events(where: {note: {_gte: $n}}, order_by: {note: desc}) { small } }"
    for at in (0, 3, 8, 14):
        rows = (await events.ask(text, n=ordered[at]))["app_130_events"]
        assert [row["small"] for row in rows] == [*range(len(ordered) - 1, at - 1, -1)]


async def test_a_row_above_that_is_left_as_it_is_cannot_be_led_to(events: Shop) -> None:
    text = """mutation { insert_app_130_events_one(object: {name: "x", order: {data: {orderId: "1"},
        on_conflict: {constraint: uq_app_130_orders_orderId_org, update_columns: []}}}) { order { orderId } } }"""
    assert await events.ask(text) == {"insert_app_130_events_one": {"order": {"orderId": "1"}}}
    error = await events.fail(text.replace('"x"', '"y"'))
    assert 'object relation "order"' in error["message"]


async def test_an_update_of_nothing_touches_nothing(events: Shop) -> None:
    await events.ask(INSERT, o=[{"name": "a"}])
    text = "mutation { update_app_130_events(where: {}, _set: {}) { affected_rows returning { id } } }"
    assert (await events.ask(text))["update_app_130_events"] == {"affected_rows": 0, "returning": []}


async def test_what_takes_too_long_is_stopped_and_holds_up_nobody_for_good(events: Shop) -> None:
    text = "mutation ($r: app_130_orders_insert_input!) { insert_app_130_orders_one(object: $r) { id } }"
    await events.ask(text, r={"orderId": "1", "events": {"data": [{"name": str(number)} for number in range(150)]}})
    wide = "{ order { events { order { events { order { events { name } } } } } } }"
    asked = [
        f"{{ app_130_events {wide} }}",
        f"mutation {{ update_app_130_events(where: {{}}, _set: {{note: 1}}) {{ returning {wide} }} }}",
    ]
    for slow in asked:
        prepared = events.documents.prepare(slow, None)
        request = Request(
            api=events.documents.api, prepared=prepared, variables={}, organization=events.organization, now=NOW,
            most=10_000, seconds=0.2,
        )  # fmt: skip
        call = events.db.write if prepared.writes else events.db.read
        begun = time.monotonic()
        first = asyncio.ensure_future(call(graphql.run, request=request))
        others = [events.ask(INSERT, o=[{"name": f"{number} {prepared.writes}"}]) for number in range(3)]
        done = await asyncio.gather(*others)
        with pytest.raises(Failed) as caught:
            await first
        assert time.monotonic() - begun < 5
        (error,) = caught.value.errors
        assert "longer than 0.2 s" in error["message"]
        assert error["extensions"]["code"] == "limit-exceeded"
        assert [one["insert_app_130_events"]["affected_rows"] for one in done] == [1, 1, 1]
    answer = await events.ask("{ app_130_events_aggregate(where: {note: {_is_null: false}}) { aggregate { count } } }")
    assert answer["app_130_events_aggregate"]["aggregate"] == {"count": 0}
