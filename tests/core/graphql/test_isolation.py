"""Two organizations never see each other's rows, whichever way they ask."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.graphql.conftest import Shop

INSERT = """mutation ($rows: [app_130_orders_insert_input!]!) {
    insert_app_130_orders(objects: $rows) { affected_rows returning { id } } }"""


@pytest.fixture
async def rival(shop: Shop) -> Shop:
    """Return somebody of another organization who, by some mistake, reaches the same tables."""
    return await Shop(shop.db, shop.workspace, limits=shop.limits, organization=shop.workspace.id + 1000).load()


async def test_nothing_of_another_organization_is_read(shop: Shop, rival: Shop) -> None:
    rows = [{"orderId": "1", "value": 5, "messages": {"data": [{"text": "secret"}]}}]
    made = await shop.ask(INSERT, rows=rows)
    row_id = made["insert_app_130_orders"]["returning"][0]["id"]
    answer = await rival.ask(
        """query ($id: String!, $own: Int!) {
            list: app_130_orders { id }
            named: app_130_orders(where: {_or: [{organization_id: {_eq: $own}}, {orderId: {_eq: "1"}}]}) { id }
            denied: app_130_orders(where: {_not: {organization_id: {_eq: 1}}}) { id }
            by_pk: app_130_orders_by_pk(id: $id) { id }
            total: app_130_orders_aggregate { aggregate { count sum { value } } nodes { id } }
            messages: app_130_messages(where: {order: {value: {_gt: 0}}}) { text order { orderId } }
        }""",
        id=row_id,
        own=shop.workspace.id,
    )
    assert answer == {
        "list": [],
        "named": [],
        "denied": [],
        "by_pk": None,
        "total": {"aggregate": {"count": 0, "sum": {"value": None}}, "nodes": []},
        "messages": [],
    }


async def test_a_row_that_leads_to_another_organizations_shows_nothing_of_it(shop: Shop, rival: Shop) -> None:
    made = await shop.ask(INSERT, rows=[{"orderId": "1"}])
    row_id = made["insert_app_130_orders"]["returning"][0]["id"]
    await rival.ask(
        'mutation ($id: uuid!) { insert_app_130_messages_one(object: {order_id: $id, text: "mine"}) { id } }', id=row_id
    )
    answer = await rival.ask(
        """{ app_130_messages { text order { orderId } }
             some: app_130_messages(where: {order: {orderId: {_eq: "1"}}}) { text }
             sorted: app_130_messages(order_by: {order: {orderId: asc}}) { text } }"""
    )
    assert answer == {"app_130_messages": [{"text": "mine", "order": None}], "some": [], "sorted": [{"text": "mine"}]}
    mine = await shop.ask("{ app_130_orders { messages { text } messages_aggregate { aggregate { count } } } }")
    assert mine["app_130_orders"] == [{"messages": [], "messages_aggregate": {"aggregate": {"count": 0}}}]


async def test_nothing_of_another_organization_is_changed(shop: Shop, rival: Shop) -> None:
    made = await shop.ask(INSERT, rows=[{"orderId": "1", "value": 5}])
    row_id = made["insert_app_130_orders"]["returning"][0]["id"]
    answer = await rival.ask(
        """mutation ($id: uuid!) {
            all: update_app_130_orders(where: {}, _set: {value: 0}) { affected_rows }
            one: update_app_130_orders_by_pk(pk_columns: {id: $id}, _set: {value: 0}) { id }
            gone: delete_app_130_orders(where: {}) { affected_rows }
            lost: delete_app_130_orders_by_pk(id: $id) { id }
            same: insert_app_130_orders(objects: [{orderId: "1", value: 9}],
                on_conflict: {constraint: uq_app_130_orders_orderId_org, update_columns: [value]}) { affected_rows }
            key: insert_app_130_orders(objects: [{id: $id, orderId: "7", value: 9}],
                on_conflict: {constraint: app_130_orders_pkey, update_columns: [value]}) { affected_rows }
        }""",
        id=row_id,
    )
    assert answer == {
        "all": {"affected_rows": 0},
        "one": None,
        "gone": {"affected_rows": 0},
        "lost": None,
        "same": {"affected_rows": 1},
        "key": {"affected_rows": 0},
    }
    assert (await shop.ask("{ app_130_orders { value } }"))["app_130_orders"] == [{"value": 5}]


async def test_nothing_of_another_organization_is_counted_sorted_by_or_linked(shop: Shop, rival: Shop) -> None:
    rows = [{"orderId": number, "value": 5, "labels": {"data": [{"name": number}]}} for number in "12"]
    made = (await shop.ask(INSERT, rows=rows))["insert_app_130_orders"]["returning"]
    change = """mutation ($id: uuid!, $theirs: uuid!) {
        below: insert_app_130_labels_one(object: {name: "1", orders: {data: [{id: $theirs, orderId: "9"}],
            on_conflict: {constraint: app_130_orders_pkey, update_columns: [orderId]}}}) { name orders { orderId } }
        many: update_app_130_orders_many(updates: [{where: {id: {_in: [$id, $theirs]}}, _inc: {value: 1}},
            {where: {labels: {name: {_like: "%"}}}, _append: {extra: [1]}}]) { affected_rows }
        gone: delete_app_130_labels(where: {orders: {orderId: {_eq: "1"}}}) { affected_rows }
    }"""
    answer = await rival.ask(change, id=made[0]["id"], theirs=made[1]["id"])
    assert answer == {
        "below": {"name": "1", "orders": []},
        "many": [{"affected_rows": 0}, {"affected_rows": 0}],
        "gone": {"affected_rows": 0},
    }
    seen = await rival.ask(
        """{ app_130_labels(order_by: {orders_aggregate: {sum: {value: desc}, count: desc}}) {
                name orders_aggregate { aggregate { count max { value } } nodes { id } } }
             app_130_orders_aggregate(where: {_or: [{labels: {}}, {messages: {}}, {_not: {value: {_eq: 0}}}]}) {
                aggregate { count count_of: count(columns: [value], distinct: true) } } }"""
    )
    assert seen == {
        "app_130_labels": [
            {"name": "1", "orders_aggregate": {"aggregate": {"count": 0, "max": {"value": None}}, "nodes": []}}
        ],
        "app_130_orders_aggregate": {"aggregate": {"count": 0, "count_of": 0}},
    }
    mine = await shop.ask("{ app_130_orders(order_by: {orderId: asc}) { orderId value extra labels { name } } }")
    expected = [{"orderId": number, "value": 5, "extra": None, "labels": [{"name": number}]} for number in "12"]
    assert mine["app_130_orders"] == expected


@pytest.mark.parametrize(
    "text",
    [
        'mutation ($o: Int) { insert_app_130_orders_one(object: {orderId: "2", organization_id: $o}) { id } }',
        "mutation ($o: Int) { update_app_130_orders(where: {}, _set: {organization_id: $o}) { affected_rows } }",
    ],
)
async def test_rows_cannot_be_given_to_another_organization(shop: Shop, text: str) -> None:
    error: dict[str, Any] = await shop.fail(text, o=shop.workspace.id + 1)
    assert error["extensions"]["code"] == "permission-error"
    await shop.ask(text, o=shop.workspace.id)
    await shop.ask("mutation { delete_app_130_orders(where: {}) { affected_rows } }")
    await shop.ask(text, o=None)
