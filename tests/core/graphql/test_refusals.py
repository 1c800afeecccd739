"""What is refused, and how it is said: every fault an item of `errors`, nothing half done."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.core.graphql import Failed, Limits
from tests.core.graphql.conftest import Shop

COUNT = "{ app_130_orders_aggregate { aggregate { count } } }"
NASTY = [
    '" OR 1=1 --', "'; DROP TABLE rows_1; --", "id) { id } }", "\\", "%s", ":v1", "$1", "{id}",
    'a"b', "\u0000x", "\u2028",
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{ app_130_order { id } }", "Did you mean 'app_130_orders'"),
        ("{ app_130_orders { orderid } }", "Did you mean 'orderId'"),
        ("{ app_130_orders(where: {value: {_equals: 1}}) { id } }", "Its operators are _eq, _neq"),
        ("{ app_130_orders(where: {orderId: {_lke: 1}}) { id } }", "Did you mean '_like'"),
        ("{ app_130_orders(where: {value: {_eq: null}}) { id } }", "unexpected null value"),
        ('{ app_130_orders(where: {value: {_eq: "x"}}) { id } }', "not a number"),
        ('{ app_130_orders(where: {buyerLogin: {_regex: "("}}) { id } }', ""),
        ("{ app_130_orders(limit: -1) { id } }", "cannot be negative"),
        ("{ app_130_orders(order_by: {value: up}) { id } }", "up"),
        ("{ app_130_orders(distinct_on: [value], order_by: {orderId: asc}) { id } }", "distinct_on"),
        ("subscription { app_130_orders { id } }", "Subscriptions"),
        ("{ app_130_orders { id }", "Syntax Error"),
        ("{ ...A } fragment A on query_root { ...A }", "itself"),
        ("mutation { update_app_130_orders(where: {}) { affected_rows } }", "at least any one of"),
        ("mutation { update_app_130_orders(where: {orderId: {}}, _set: {value: 1}) { affected_rows } }", "is empty"),
        ('mutation { insert_app_130_orders_one(object: {orderId: "1", on: 1}) { id } }', "on"),
        (
            "mutation { insert_app_130_orders(objects: [], on_conflict: {constraint: uq_x}) { affected_rows } }",
            "uq_x",
        ),
    ],
)
async def test_a_wrong_document_is_told_what_is_wrong(shop: Shop, text: str, said: str) -> None:
    error = await shop.fail(text)
    assert said in error["message"]
    assert all(isinstance(step, str) for step in error.get("path", []))


@pytest.mark.parametrize("nasty", NASTY)
async def test_names_are_never_sql(shop: Shop, nasty: str) -> None:
    quoted = nasty.replace("\\", "\\\\").replace('"', '\\"').replace("\u0000", "\\u0000")
    places: list[tuple[str, dict[str, Any]]] = [
        (f"{{ app_130_orders(order_by: {{{nasty}: asc}}) {{ id }} }}", {}),
        ("query ($o: [app_130_orders_order_by!]) { app_130_orders(order_by: $o) { id } }", {"o": {nasty: "asc"}}),
        ("query ($w: app_130_orders_bool_exp) { app_130_orders(where: $w) { id } }", {"w": {nasty: {"_eq": 1}}}),
        ("query ($d: [app_130_orders_select_column!]) { app_130_orders(distinct_on: $d) { id } }", {"d": [nasty]}),
        (f'{{ app_130_orders {{ extra(path: "{quoted}[") }} }}', {}),
        (
            "mutation ($r: [app_130_orders_insert_input!]!) { insert_app_130_orders(objects: $r) { affected_rows } }",
            {"r": [{"orderId": "1", nasty: 1}]},
        ),
        (f"{{ {nasty} {{ id }} }}", {}),
        (f"{{ app_130_orders {{ {nasty} }} }}", {}),
        (f"{{ app_130_orders {{ {nasty}: id }} }}", {}),
        (f"{{ app_130_orders {{ ...F {nasty} }} }}", {}),
        (f"{{ app_130_orders @{nasty} {{ id }} }}", {}),
        (f"query {nasty} {{ app_130_orders({nasty}: 1) {{ id }} }}", {}),
        (f"{{ app_130_orders(where: {{value: {{{nasty}: 1}}}}) {{ id }} }}", {}),
        (f"{{ app_130_orders_aggregate {{ aggregate {{ {nasty} sum {{ {nasty} }} }} }} }}", {}),
        ("query ($w: app_130_orders_bool_exp) { app_130_orders(where: $w) { id } }", {"w": {"value": {nasty: 1}}}),
        (
            "query ($o: [app_130_orders_order_by!]) { app_130_orders(order_by: $o) { id } }",
            {"o": {"messages_aggregate": {nasty: {"text": "asc"}}}},
        ),
        ("query ($o: order_by) { app_130_orders(order_by: {value: $o}) { id } }", {"o": nasty}),
        (
            """query ($c: [app_130_orders_select_column!]) {
                app_130_orders_aggregate { aggregate { count(columns: $c) } } }""",
            {"c": [nasty]},
        ),
        *(
            (
                """mutation ($c: app_130_orders_on_conflict!) {
                    insert_app_130_orders(objects: {orderId: "1"}, on_conflict: $c) { affected_rows } }""",
                {"c": {"constraint": constraint, "update_columns": columns}},
            )
            for constraint, columns in ((nasty, ["value"]), ("app_130_orders_pkey", [nasty]))
        ),
        *(
            (
                """mutation ($s: app_130_orders_set_input, $i: app_130_orders_inc_input,
                             $a: app_130_orders_append_input) {
                    update_app_130_orders(where: {}, _set: $s, _inc: $i, _append: $a) { affected_rows } }""",
                {change: {nasty: 1}},
            )
            for change in "sia"
        ),
    ]
    for text, variables in places:
        with pytest.raises(Failed):
            await shop.ask(text, **variables)
    assert (await shop.ask(COUNT))["app_130_orders_aggregate"]["aggregate"]["count"] == 0


@pytest.mark.parametrize("nasty", [nasty for nasty in NASTY if "\0" not in nasty])
async def test_values_are_only_values(shop: Shop, nasty: str) -> None:
    await shop.ask(
        "mutation ($n: String!) { insert_app_130_orders_one(object: {orderId: $n, extra: {a: $n}}) { id } }", n=nasty
    )
    for operator in ("_eq", "_like", "_in"):
        value: Any = [nasty] if operator == "_in" else nasty.replace("\\", "\\\\")
        value = nasty if operator == "_eq" else value
        answer = await shop.ask(
            "query ($w: app_130_orders_bool_exp) { app_130_orders(where: $w) { orderId extra } }",
            w={"orderId": {operator: value}},
        )
        assert answer["app_130_orders"] == [{"orderId": nasty, "extra": {"a": nasty}}], operator


async def test_each_limit_is_named(shop: Shop) -> None:
    small = Limits(tokens=200, depth=3, roots=3, aliases=4, fields=10, rows=2)
    tight = await Shop(shop.db, shop.workspace, limits=small).load()
    one = "app_130_orders { id }"
    for text, said in (
        ("{ " + "a " * 300 + "}", "tokens"),
        ("{ app_130_orders { messages { order { messages { id } } } } }", "levels"),
        ("{ " + " ".join(f"a{number}: {one}" for number in range(4)) + " }", "root fields"),
        ("{ app_130_orders { " + " ".join(f"a{number}: id" for number in range(5)) + " } }", "aliases"),
        (
            "{ app_130_orders { " + " ".join(["id orderId value extra"] * 3) + " } }",
            "fields",
        ),
    ):
        assert said in (await tight.fail(text))["message"], text
    rows = [{"orderId": str(number)} for number in range(3)]
    text = "mutation ($r: [app_130_orders_insert_input!]!) { insert_app_130_orders(objects: $r) { affected_rows } }"
    assert "2 rows are sent" in (await tight.fail(text, r=rows))["message"]
    await shop.ask(text, r=rows)
    assert "more than 2 rows" in (await tight.fail("{ app_130_orders { id } }"))["message"]
    assert len((await tight.ask("{ app_130_orders(limit: 2) { id } }"))["app_130_orders"]) == 2
    shut = await Shop(shop.db, shop.workspace, limits=Limits(introspection=False)).load()
    assert "Introspection" in (await shut.fail("{ __schema { types { name } } }"))["message"]
    assert await shut.ask("{ __typename }") == {"__typename": "query_root"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{ app_130_orders { " + "id " * 1_900 + "} }", "repeats a field"),
        ("{ app_130_orders { " + "messages { id } " * 400 + "} }", "repeats a field"),
        ("{ app_130_orders { " + " ".join(f"a{number}: id" for number in range(600)) + " } }", "aliases"),
        ("{ " + " ".join(f"a{number}: __typename" for number in range(25)) + " }", "root fields"),
        ("{ app_130_orders(where: {value: {_in: [" + "1 " * 2_000 + "]}}) { id } }", "tokens"),
        ("{ a: __schema { types { name } } b: __schema { types { name } } }", "more than once"),
        ("{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }", "introspection depth"),
        ('{ app_130_orders(where: {orderId: {_eq: "' + "a" * 100_000 + '"}}) { id } }', "characters"),
        (
            "{ app_130_orders { ...F0 } } "
            + " ".join(f"fragment F{one} on app_130_orders {{ ...F{one + 1} ...F{one + 1} }}" for one in range(19))
            + " fragment F19 on app_130_orders { id }",
            "fields are selected",
        ),
        ("{ __typename } " + " ".join(f"fragment F{one} on app_130_orders {{ id }}" for one in range(21)), "fragments"),
        ("{ app_130_orders(where: " + "{_not: " * 25 + "{}" + "}" * 25 + ") { id } }", "levels deep"),
        ("{ app_130_orders(order_by: [" + "{value: asc} " * 60 + "]) { id } }", "order has more"),
    ],
    ids=range(12),
)
async def test_what_would_take_long_is_refused_by_its_form(shop: Shop, text: str, said: str) -> None:
    wide = await Shop(shop.db, shop.workspace, limits=Limits()).load()
    assert said in (await wide.fail(text))["message"]


async def test_a_filter_has_so_many_parts_and_no_more(shop: Shop) -> None:
    text = "query ($w: app_130_orders_bool_exp!) { app_130_orders(where: $w) { id } }"
    many = [{"orderId": {"_eq": str(number)}} for number in range(750)]
    error = await shop.fail(text, w={"_or": many})
    assert (error["extensions"]["code"], "Use _in" in error["message"]) == ("limit-exceeded", True)
    assert await shop.ask(text, w={"_or": many[:740]}) == {"app_130_orders": []}
    inner: dict[str, object] = {"orderId": {"_eq": "1"}}
    for _ in range(5):
        inner = {"messages": {"order": inner}}
    assert await shop.ask(text, w=inner) == {"app_130_orders": []}
    deep: dict[str, object] = {}
    for _ in range(40):
        deep = {"a": deep}
    assert await shop.ask(text, w={"extra": {"_contains": deep}}) == {"app_130_orders": []}


async def test_more_updates_than_are_taken_at_once_are_refused(shop: Shop) -> None:
    text = "mutation ($u: [app_130_orders_updates!]!) { update_app_130_orders_many(updates: $u) { affected_rows } }"
    error = await shop.fail(text, u=[{"where": {}, "_set": {"value": 1}}] * 501)
    assert "500 updates" in error["message"]


async def test_a_mutation_is_all_or_nothing(shop: Shop) -> None:
    error = await shop.fail(
        """mutation {
            a: insert_app_130_orders_one(object: {orderId: "1"}) { id }
            b: insert_app_130_orders_one(object: {orderId: "2", messages: {data: [{text: "x"}]}}) { id }
            c: insert_app_130_orders_one(object: {orderId: "1"}) { id }
        }"""
    )
    assert error["path"] == ["c"]
    assert (await shop.ask(COUNT))["app_130_orders_aggregate"]["aggregate"]["count"] == 0


async def test_a_row_that_others_lead_to_is_not_deleted(shop: Shop) -> None:
    await shop.ask(
        'mutation { insert_app_130_messages_one(object: {text: "x", order: {data: {orderId: "1"}}}) { id } }'
    )
    for text in (
        "mutation { delete_app_130_orders(where: {}) { affected_rows } }",
        "mutation { delete_app_130_orders(where: {}) { affected_rows returning { id } } }",
    ):
        error = await shop.fail(text)
        assert 'violates foreign key constraint "app_130_messages_order_id_fkey"' in error["message"]
        assert error["extensions"]["code"] == "constraint-violation"
