"""A statement that was made for one request serves the next with other values, and never with those of the first."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.core.graphql import Limits
from tests.core.graphql.conftest import Shop

ROWS = [
    {"orderId": str(number), "buyerLogin": [None, "ann", "bob", "a%"][number % 4], "value": number / 2,
     "delivered": number % 3 == 0, "occurredAt": f"2026-01-{number + 1:02}", "extra": {"a": [number, {"b": "c"}]},
     "messages": {"data": [{"text": f"m{number}"}] * (number % 3)}}
    for number in range(12)
]  # fmt: skip
INSERT = "mutation ($r: [app_130_orders_insert_input!]!) { insert_app_130_orders(objects: $r) { affected_rows } }"
ASKED: dict[str, list[dict[str, Any]]] = {
    """query ($id: String!, $least: numeric) { app_130_orders(where: {orderId: {_eq: $id}, value: {_gte:
    $least}}) { orderId value } }""": [
        {"id": "3", "least": 1},
        {"id": "4", "least": "1.5"},
        {"id": "3"},
        {"id": "4", "least": 100},
    ],
    """query ($n: Int, $o: Int) { app_130_orders(order_by: {orderId: asc}, limit: $n, offset: $o) { orderId } }""": [
        {"n": 2},
        {"n": 3},
        {"n": 2, "o": 1},
        {"n": None},
        {"n": 0},
        {},
    ],
    """query ($p: String!, $x: String!) { app_130_orders(where: {buyerLogin: {_like: $p, _neq: $x}}) {
    buyerLogin } }""": [
        {"p": "a%", "x": "z"},
        {"p": "a\\%", "x": "z"},
        {"p": "b%", "x": "bob"},
        {"p": "%", "x": "ann"},
    ],
    """query ($w: order_by, $yes: Boolean!) { app_130_orders(order_by: {value: $w}) { orderId @include(if: $yes)
    value } }""": [{"w": "asc", "yes": True}, {"w": "desc", "yes": False}, {"yes": True}],
    """query ($in: [String!]!) { app_130_orders(where: {orderId: {_in: $in}}, order_by: {orderId: asc}) {
    orderId } }""": [{"in": ["1", "2"]}, {"in": []}, {"in": ["5"]}],
    """query ($in: String!) { app_130_orders(where: {orderId: {_in: [$in, "2"]}}, order_by: {orderId: asc}) {
    orderId } }""": [{"in": "1"}, {"in": "5"}],
    """query ($null: Boolean!, $after: timestamptz) { app_130_orders(where: {buyerLogin: {_is_null: $null},
    occurredAt: {_gt: $after}}, order_by: {orderId: asc}) { orderId messages { text } } }""": [
        {"null": True, "after": "2026-01-03"},
        {"null": False, "after": "2026-01-09T00:00:00Z"},
        {"null": False},
    ],
    """query ($k: String!, $d: jsonb, $n: Int) { app_130_orders(where: {extra: {_has_key: $k, _contains: $d}},
    order_by: {orderId: asc}) { extra(path: "$.a[0]") messages(where: {text: {_eq: $k}}, limit: $n) { text }
    } }""": [{"k": "a", "d": {"a": [3]}}, {"k": "b", "d": {}}, {"k": "a", "d": {"a": [{"b": "c"}]}, "n": 1}],
    """query ($n: jsonb) { app_130_orders(where: {extra: {_contains: {a: [$n]}}}) { orderId } }""": [
        {"n": 3},
        {"n": 4},
    ],
    """query ($t: String!, $d: Boolean) { app_130_orders_aggregate(where: {messages: {text: {_eq: $t}}}) {
    aggregate { count(columns: [value], distinct: $d) max { value } } nodes { __typename orderId } } }""": [
        {"t": "m1"},
        {"t": "m2", "d": True},
        {"t": "none", "d": False},
    ],
    """query ($o: Int, $d: Boolean!) { app_130_orders_aggregate(where: {organization_id: {_eq: $o}, delivered:
    {_eq: $d}}) { aggregate { count } } }""": [
        {"d": True},
        {"d": False, "o": None},
        {"d": False, "o": 1000000},
        {"d": True, "o": 1},
    ],
}


@pytest.mark.parametrize(("text", "each"), ASKED.items(), ids=range(len(ASKED)))
async def test_answers_are_those_of_a_document_seen_for_the_first_time(
    shop: Shop, text: str, each: list[dict[str, Any]]
) -> None:
    await shop.ask(INSERT, r=ROWS)
    for variables in [*each, *reversed(each)]:
        fresh = await Shop(shop.db, shop.workspace, limits=shop.limits).load()
        assert await shop.ask(text, **variables) == await fresh.ask(text, **variables), variables


async def test_a_fault_is_told_for_the_values_that_are_at_fault_and_only_then(shop: Shop) -> None:
    await shop.ask(INSERT, r=ROWS[:1])
    text = "query ($v: String, $p: String!) { app_130_orders(where: {buyerLogin: {_eq: $v, _regex: $p}}) { id } }"
    for _ in range(2):
        assert await shop.ask(text, v="x", p="a") == {"app_130_orders": []}
        assert "unexpected null" in (await shop.fail(text, v=None, p="a"))["message"]
        assert "The pattern" in (await shop.fail(text, v="x", p="("))["message"]
        assert "U+0000" in (await shop.fail(text, v="\0", p="a"))["message"]


async def test_a_long_list_inside_a_document_is_no_list_of_rows(shop: Shop) -> None:
    tight = await Shop(shop.db, shop.workspace, limits=Limits(rows=3)).load()
    await tight.ask(INSERT, r=[{"orderId": "1", "extra": list(range(10)), "messages": {"data": [{"text": "a"}] * 3}}])
    assert (await tight.ask("{ app_130_orders { extra } }"))["app_130_orders"] == [{"extra": list(range(10))}]
    await shop.ask(
        """mutation { insert_app_130_messages_one(object: {text: "b", order: {data: {orderId: "1"}, on_conflict: {
            constraint: uq_app_130_orders_orderId_org, update_columns: [orderId]}}}) { id } }"""
    )
    for below in (
        "messages { id }",
        "messages_aggregate { nodes { id } }",
        "one: messages { order { messages { id } } }",
    ):
        assert "more than 3 rows" in (await tight.fail(f"{{ app_130_orders {{ {below} }} }}"))["message"]
    change = "mutation { update_app_130_orders(where: {}, _set: {value: 1}) { returning { messages { id } } } }"
    assert "more than 3 rows" in (await tight.fail(change))["message"]
    assert (await shop.ask("{ app_130_orders { value } }"))["app_130_orders"] == [{"value": None}]


async def test_keys_of_an_answer_are_as_long_as_they_like(shop: Shop) -> None:
    await shop.ask(INSERT, r=ROWS[:1])
    long = "k" * 100
    answer = await shop.ask(f"{{ app_130_orders {{ {long}1: orderId {long}2: value Id: id ID: orderId }} }}")
    (row,) = answer["app_130_orders"]
    assert [*row] == [f"{long}1", f"{long}2", "Id", "ID"]
    assert (row[f"{long}1"], row[f"{long}2"], row["ID"]) == ("0", 0, "0")
