"""What can be asked for: orders, distinct rows, joining tables, fragments, paths, keys."""

from __future__ import annotations

from tests.core.graphql.conftest import Shop


async def filled(shop: Shop) -> None:
    await shop.ask(
        """mutation { insert_app_130_orders(objects: [
            {orderId: "1", buyerLogin: "b", value: 3, extra: {a: {b: [10, 20]}}},
            {orderId: "2", buyerLogin: "a", value: 1}, {orderId: "3", buyerLogin: "b"}, {orderId: "4", value: 3}
        ]) { affected_rows } }"""
    )


async def test_the_written_order_counts_and_nulls_have_their_place(shop: Shop) -> None:
    await filled(shop)
    for order, expected in (
        ("{value: desc, orderId: asc}", "3142"),
        ("{value: desc_nulls_last, orderId: desc}", "4123"),
        ("{buyerLogin: asc, value: asc}", "2134"),
        ("[{value: asc}, {buyerLogin: asc_nulls_first}]", "2413"),
    ):
        answer = await shop.ask(f"{{ app_130_orders(order_by: {order}) {{ orderId }} }}")
        assert "".join(row["orderId"] for row in answer["app_130_orders"]) == expected, order
    text = "query ($o: [app_130_orders_order_by!]) { app_130_orders(order_by: $o) { orderId } }"
    answer = await shop.ask(text, o=[{"buyerLogin": "desc_nulls_last", "orderId": "asc"}])
    assert "".join(row["orderId"] for row in answer["app_130_orders"]) == "1324"


async def test_distinct_rows_are_the_first_of_their_order(shop: Shop) -> None:
    await filled(shop)
    answer = await shop.ask(
        """{ app_130_orders(distinct_on: [buyerLogin], order_by: {buyerLogin: asc, orderId: desc}, limit: 2) {
                orderId } }"""
    )
    assert [row["orderId"] for row in answer["app_130_orders"]] == ["2", "3"]


async def test_joining_tables_link_rows_both_ways(shop: Shop) -> None:
    await shop.ask(
        """mutation { insert_app_130_labels(objects: [
            {name: "red", orders: {data: [{orderId: "1"}, {orderId: "2"}]}},
            {name: "blue", orders: {data: [{orderId: "1"}], on_conflict: {
                constraint: uq_app_130_orders_orderId_org, update_columns: [orderId]}}}
        ]) { affected_rows } }"""
    )
    answer = await shop.ask(
        """{ app_130_labels(order_by: {name: asc}) { name orders(order_by: {orderId: asc}) { orderId } }
             app_130_orders(where: {labels: {name: {_eq: "blue"}}}) {
                 orderId labels_aggregate { aggregate { count } } } }"""
    )
    assert answer["app_130_labels"] == [
        {"name": "blue", "orders": [{"orderId": "1"}]},
        {"name": "red", "orders": [{"orderId": "1"}, {"orderId": "2"}]},
    ]
    assert answer["app_130_orders"] == [{"orderId": "1", "labels_aggregate": {"aggregate": {"count": 2}}}]


async def test_fragments_directives_and_paths(shop: Shop) -> None:
    await filled(shop)
    answer = await shop.ask(
        """query ($yes: Boolean!, $no: Boolean!) {
            app_130_orders(where: {orderId: {_eq: "1"}}) {
                ...Whole ... @include(if: $no) { value } value @skip(if: $yes) }
        }
        fragment Whole on app_130_orders { number: orderId extra(path: "$.a.b[1]") all: extra }""",
        yes=True,
        no=False,
    )
    assert answer["app_130_orders"] == [{"number": "1", "extra": 20, "all": {"a": {"b": [10, 20]}}}]


async def test_aggregates_of_some_rows(shop: Shop) -> None:
    await filled(shop)
    answer = await shop.ask(
        """{ app_130_orders_aggregate(order_by: {orderId: asc}, limit: 3) { aggregate {
                count distinct: count(columns: [buyerLogin], distinct: true) values: count(columns: [value])
                sum { value } min { orderId occurredAt } } nodes { orderId } } }"""
    )
    assert answer["app_130_orders_aggregate"] == {
        "aggregate": {
            "count": 3,
            "distinct": 2,
            "values": 2,
            "sum": {"value": 4},
            "min": {"orderId": "1", "occurredAt": None},
        },
        "nodes": [{"orderId": "1"}, {"orderId": "2"}, {"orderId": "3"}],
    }


async def test_several_updates_answer_one_by_one(shop: Shop) -> None:
    await filled(shop)
    answer = await shop.ask(
        """mutation { update_app_130_orders_many(updates: [
            {where: {orderId: {_eq: "1"}}, _inc: {value: 1}}, {where: {orderId: {_eq: "9"}}, _set: {value: 0}},
            {where: {orderId: {_eq: "1"}}, _delete_at_path: {extra: ["a", "b", "0"]}, _set: {buyerLogin: null}}
        ]) { affected_rows returning { value extra buyerLogin } } }"""
    )
    assert answer["update_app_130_orders_many"] == [
        {"affected_rows": 1, "returning": [{"value": 4, "extra": {"a": {"b": [10, 20]}}, "buyerLogin": "b"}]},
        {"affected_rows": 0, "returning": []},
        {"affected_rows": 1, "returning": [{"value": 4, "extra": {"a": {"b": [20]}}, "buyerLogin": None}]},
    ]


async def test_an_upsert_that_changes_nothing_answers_null(shop: Shop) -> None:
    await filled(shop)
    text = """mutation ($u: [app_130_orders_update_column!]!, $w: app_130_orders_bool_exp) {
        insert_app_130_orders_one(object: {orderId: "1", value: 8}, on_conflict: {
            constraint: uq_app_130_orders_orderId_org, update_columns: $u, where: $w}) { value } }"""
    assert await shop.ask(text, u=[]) == {"insert_app_130_orders_one": None}
    assert await shop.ask(text, u=["value"], w={"value": {"_gt": 100}}) == {"insert_app_130_orders_one": None}
    assert await shop.ask(text, u=["value"], w={"value": {"_lt": 100}}) == {"insert_app_130_orders_one": {"value": 8}}


async def test_an_aggregate_of_nothing_but_nodes_has_them_once_and_may_be_empty(shop: Shop) -> None:
    await filled(shop)
    text = """query ($v: numeric!) { app_130_orders_aggregate(where: {value: {_gt: $v}}, order_by: {orderId: asc}) {
                nodes { orderId messages_aggregate { nodes { text } } } } }"""
    found = (await shop.ask(text, v=2))["app_130_orders_aggregate"]["nodes"]
    assert found == [{"orderId": number, "messages_aggregate": {"nodes": []}} for number in "14"]
    assert (await shop.ask(text, v=9))["app_130_orders_aggregate"] == {"nodes": []}
