"""GraphQL over app tables, on both databases."""

from __future__ import annotations

from tests.core.graphql.conftest import Shop

INSERT = """mutation ($objects: [app_130_orders_insert_input!]!) {
    insert_app_130_orders(objects: $objects) { affected_rows returning { orderId value delivered occurredAt extra } }
}"""


async def test_rows_come_back_as_they_were_sent_in_their_order(shop: Shop) -> None:
    sent = [
        {"orderId": "b", "value": "12.50", "delivered": True, "occurredAt": "2026-01-31T12:00:00", "extra": {"a": [1]}},
        {"orderId": "a", "value": 7, "delivered": None, "occurredAt": None, "extra": ["x"]},
    ]
    answer = (await shop.ask(INSERT, objects=sent))["insert_app_130_orders"]
    assert answer == {
        "affected_rows": 2,
        "returning": [
            {
                "orderId": "b",
                "value": 12.5,
                "delivered": True,
                "occurredAt": "2026-01-31T12:00:00.000000+00:00",
                "extra": {"a": [1]},
            },
            {"orderId": "a", "value": 7, "delivered": None, "occurredAt": None, "extra": ["x"]},
        ],
    }


async def test_rows_are_listed_in_the_order_in_which_they_came(shop: Shop) -> None:
    sent = [{"orderId": str(number * 7 % 50), "messages": {"data": [{"text": str(number)}]}} for number in range(50)]
    await shop.ask(INSERT, objects=sent)
    answer = await shop.ask("{ app_130_orders { orderId messages { text } } app_130_messages { text } }")
    assert [row["orderId"] for row in answer["app_130_orders"]] == [row["orderId"] for row in sent]
    assert [row["text"] for row in answer["app_130_messages"]] == [str(number) for number in range(50)]


async def test_relationships_aggregates_and_orders_are_one_statement(shop: Shop) -> None:
    await shop.ask(
        """mutation { insert_app_130_orders(objects: [
            {orderId: "1", value: 1, messages: {data: [{text: "one"}, {text: "two"}]}},
            {orderId: "2", value: 3}, {orderId: "3"}
        ]) { affected_rows } }"""
    )
    answer = await shop.ask(
        """{
            list: app_130_orders(order_by: {messages_aggregate: {count: desc}, orderId: desc}) {
                orderId __typename messages(order_by: {text: desc}) { text order { orderId } }
                messages_aggregate { aggregate { count } nodes { text } }
            }
            some: app_130_messages(where: {order: {orderId: {_eq: "1"}}, text: {_like: "o%"}}) { text }
            all: app_130_orders_aggregate {
                aggregate {
                    count sum { value } avg { value } max { orderId value } stddev { value } variance { value }
                }
                nodes { orderId }
            }
        }"""
    )
    first = answer["list"][0]
    assert [row["orderId"] for row in answer["list"]] == ["1", "3", "2"]
    assert first["messages"] == [{"text": "two", "order": {"orderId": "1"}}, {"text": "one", "order": {"orderId": "1"}}]
    assert first["messages_aggregate"]["aggregate"] == {"count": 2}
    assert answer["some"] == [{"text": "one"}]
    assert answer["all"]["aggregate"] == {
        "count": 3,
        "sum": {"value": 4},
        "avg": {"value": 2},
        "max": {"orderId": "3", "value": 3},
        "stddev": {"value": 1.41421356237},
        "variance": {"value": 2},
    }
    assert len(answer["all"]["nodes"]) == 3


async def test_an_upsert_changes_only_what_it_lists(shop: Shop) -> None:
    await shop.ask(INSERT, objects=[{"orderId": "1", "buyerLogin": "ann", "value": 1}])
    text = """mutation ($objects: [app_130_orders_insert_input!]!) {
        insert_app_130_orders(objects: $objects, on_conflict: {
            constraint: uq_app_130_orders_orderId_org, update_columns: [value]
        }) { affected_rows returning { orderId buyerLogin value } } }"""
    sent = [{"orderId": "1", "buyerLogin": "bob", "value": 2}, {"orderId": "2"}, {"orderId": "2", "value": 9}]
    answer = (await shop.ask(text, objects=sent))["insert_app_130_orders"]
    assert answer == {
        "affected_rows": 2,
        "returning": [
            {"orderId": "1", "buyerLogin": "ann", "value": 2},
            {"orderId": "2", "buyerLogin": None, "value": 9},
        ],
    }


async def test_broken_constraints_are_named_and_nothing_is_kept(shop: Shop) -> None:
    await shop.ask(INSERT, objects=[{"orderId": "1"}])
    error = await shop.fail(INSERT, objects=[{"orderId": "2"}, {"orderId": "1"}])
    assert error["message"] == (
        'Uniqueness violation. duplicate key value violates unique constraint "uq_app_130_orders_orderId_org"'
    )
    assert error["path"] == ["insert_app_130_orders"]
    error = await shop.fail(INSERT, objects=[{"orderId": None}])
    assert error["message"].startswith('Not-NULL violation. null value in column "orderId"')
    text = 'mutation { insert_app_130_messages_one(object: {order_id: "0198c1b2-7a4e-7000-8000-000000000001"}) { id } }'
    error = await shop.fail(text)
    assert error["message"].endswith('foreign key constraint "app_130_messages_order_id_fkey"')
    answer = await shop.ask("{ app_130_orders_aggregate { aggregate { count } } }")
    assert answer["app_130_orders_aggregate"]["aggregate"]["count"] == 1


async def test_updates_and_deletions_answer_what_they_touched(shop: Shop) -> None:
    await shop.ask(INSERT, objects=[{"orderId": "1", "value": 1, "extra": {"a": 1}}, {"orderId": "2", "value": 5}])
    answer = await shop.ask(
        """mutation ($id: String!) {
            update_app_130_orders(where: {orderId: {_eq: $id}}, _set: {delivered: true}, _inc: {value: 2},
                                  _append: {extra: {b: 2}}) { affected_rows returning { value extra delivered } }
            delete_app_130_orders(where: {orderId: {_eq: "2"}}) { affected_rows returning { orderId } }
        }""",
        id="1",
    )
    assert answer["update_app_130_orders"] == {
        "affected_rows": 1,
        "returning": [{"value": 3, "extra": {"a": 1, "b": 2}, "delivered": True}],
    }
    assert answer["delete_app_130_orders"] == {"affected_rows": 1, "returning": [{"orderId": "2"}]}


async def test_a_text_variable_may_stand_for_an_id(shop: Shop) -> None:
    await shop.ask(INSERT, objects=[{"orderId": "1"}])
    row_id = (await shop.ask("{ app_130_orders { id } }"))["app_130_orders"][0]["id"]
    text = "query ($id: String!) { app_130_orders_by_pk(id: $id) { orderId } }"
    assert (await shop.ask(text, id=row_id))["app_130_orders_by_pk"] == {"orderId": "1"}
    assert (await shop.fail(text, id="nonsense"))["extensions"]["code"] == "validation-failed"


async def test_introspection_tells_the_types(shop: Shop) -> None:
    answer = await shop.ask('{ __type(name: "app_130_orders") { fields { name } } __schema { queryType { name } } }')
    names = [field["name"] for field in answer["__type"]["fields"]]
    assert {"id", "organization_id", "orderId", "messages", "messages_aggregate"} <= set(names)
    assert answer["__schema"] == {"queryType": {"name": "query_root"}}
