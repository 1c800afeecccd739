"""Every example of the manual about tables, run with the client as it is on the registry.

Arguments: the module of the client, and the id of the organization.
"""

import datetime as dt
import decimal
import importlib
import sys
import time
from typing import Any


def never(seconds: float) -> None:
    raise AssertionError(f"the client sleeps for {seconds} s")


MODULE, ORGANIZATION = sys.argv[1], int(sys.argv[2])
time.sleep = never  # type: ignore[assignment]
Request = importlib.import_module(MODULE).GraphQLRequest
api = importlib.import_module(f"{MODULE}.wrapper").API()

APP_ID = 130
ORDERS, MESSAGES, BILLING = "orders", "messages", "billing_entries"
ORDER = "eba6bc90-faab-11f0-96f9-c518c5ba21fb"


def ask(table: str, query: str, variables: dict[str, Any] | None = None, app: Any = APP_ID) -> Any:
    request = Request(query=query, variables=variables) if variables is not None else Request(query=query)
    return api.tables.apps_graphql_query(app=app, table=table, graph_ql_request=request)


def data(table: str, query: str, variables: dict[str, Any] | None = None, app: Any = APP_ID) -> Any:
    response = ask(table, query, variables, app)
    assert not response.errors, response.errors
    return response.data


def find_and_deliver() -> str:
    insert = f"""mutation ($objects: [app_{APP_ID}_{ORDERS}_insert_input!]!) {{
        insert_app_{APP_ID}_{ORDERS}(objects: $objects) {{ affected_rows returning {{ id }} }} }}"""
    made = data(ORDERS, insert, {"objects": [{"orderId": ORDER, "buyerLogin": "joe"}]})
    order_id: str = made[f"insert_app_{APP_ID}_{ORDERS}"]["returning"][0]["id"]
    query = f"""query GetOrder($order_id: String!, $organization_id: Int) {{
        app_{APP_ID}_{ORDERS}(
            where: {{orderId: {{_eq: $order_id}}, organization_id: {{_eq: $organization_id}}}},
            limit: 1
        ) {{
            id
            orderId
            buyerLogin
        }}
    }}"""
    rows = [{"id": order_id, "orderId": ORDER, "buyerLogin": "joe"}]
    for organization in ({"organization_id": ORGANIZATION}, {"organization_id": None}, {}):
        assert data(ORDERS, query, {"order_id": ORDER, **organization})[f"app_{APP_ID}_{ORDERS}"] == rows
    assert data(ORDERS, query, {"order_id": ORDER, "organization_id": 999})[f"app_{APP_ID}_{ORDERS}"] == []
    update = f"""mutation UpdateOrderDelivered($order_id: String!, $delivered: Boolean!, $organization_id: Int) {{
        update_app_{APP_ID}_{ORDERS}(
            where: {{orderId: {{_eq: $order_id}}, organization_id: {{_eq: $organization_id}}}},
            _set: {{delivered: $delivered}}
        ) {{
            affected_rows
        }}
    }}"""
    sent = {"order_id": ORDER, "delivered": True, "organization_id": ORGANIZATION}
    assert data(ORDERS, update, sent)[f"update_app_{APP_ID}_{ORDERS}"] == {"affected_rows": 1}
    return order_id


def bill() -> None:
    upsert = f"""mutation InsertBatch($objects: [app_{APP_ID}_{BILLING}_insert_input!]!) {{
        insert_app_{APP_ID}_{BILLING}(
            objects: $objects,
            on_conflict: {{
                constraint: uq_app_{APP_ID}_{BILLING}_allegroId_org,
                update_columns: [occurredAt, type, value, balance]
            }}
        ) {{
            affected_rows
        }}
    }}"""
    rows = [
        {"allegroId": "a-1", "occurredAt": "2026-01-01T10:00:00Z", "type": "fee", "value": -1.5, "balance": "98.5"},
        {
            "allegroId": "a-2",
            "occurredAt": dt.datetime(2026, 1, 2, 10),  # noqa: DTZ001 -- clients send such
            "type": None,
            "value": decimal.Decimal("10.25"),
            "balance": 108.75,
        },
    ]
    for _ in range(2):
        answer = data(BILLING, upsert, {"objects": rows})
        assert answer[f"insert_app_{APP_ID}_{BILLING}"] == {"affected_rows": 2}
    latest = f"""{{
        app_{APP_ID}_{BILLING}(
            order_by: {{ occurredAt: desc }}
            limit: 1
        ) {{
            allegroId value occurredAt
        }}
    }}"""
    (row,) = data(BILLING, latest)[f"app_{APP_ID}_{BILLING}"]
    assert (row["allegroId"], row["value"]) == ("a-2", 10.25)
    assert row["occurredAt"].startswith("2026-01-02T10:00:00")


def write_to(order_id: str) -> None:
    insert = f"""mutation InsertMessage($data: app_{APP_ID}_{MESSAGES}_insert_input!) {{
        insert_app_{APP_ID}_{MESSAGES}_one(object: $data) {{
            order_id
        }}
    }}"""
    payload = {"order_id": order_id, "messageContent": "Hello, user", "organization_id": ORGANIZATION}
    answer = data(MESSAGES, insert, {"data": payload})
    assert answer[f"insert_app_{APP_ID}_{MESSAGES}_one"] == {"order_id": order_id}
    refused = ask(MESSAGES, insert, {"data": {**payload, "organization_id": 999}})
    assert refused.errors, refused
    missing = ask(MESSAGES, insert, {"data": {**payload, "order_id": ORDER}})
    assert "foreign key" in str(missing.errors)
    below = f"{{ app_{APP_ID}_{ORDERS} {{ messages {{ messageContent }} }} }}"
    for app in (APP_ID, "shop", "default/shop"):
        answer = data(ORDERS, below, app=app)
        assert answer[f"app_{APP_ID}_{ORDERS}"] == [{"messages": [{"messageContent": "Hello, user"}]}]


def go_wrong() -> None:
    for query in ("{", "{ nothing }", f"{{ app_{APP_ID}_{ORDERS}(where: {{orderid: {{_eq: 1}}}}) {{ id }} }}"):
        response = ask(ORDERS, query)
        assert response.errors, query
        assert response.errors[0].message
    insert = f"""mutation ($o: [app_{APP_ID}_{ORDERS}_insert_input!]!) {{
        insert_app_{APP_ID}_{ORDERS}(objects: $o) {{ affected_rows }} }}"""
    for rows in ([{"orderId": "x"}, {"orderId": 7}], [{"orderId": "x"}, {"orderId": "x"}], [{"buyerLogin": "y"}]):
        (error,) = ask(ORDERS, insert, {"o": rows}).errors
        assert error.message, error
    many = " ".join(f"a{number}: id" for number in range(40))
    (error,) = ask(ORDERS, f"{{ app_{APP_ID}_{ORDERS} {{ {many} }} }}").errors
    assert "30 aliases" in error.message, error
    status = None
    try:
        ask("nowhere", "{ __typename }")
    except Exception as error:  # noqa: BLE001 -- each client has its own class
        status = getattr(error, "status", None)
    assert status == 404, status


def tag() -> None:
    if hasattr(api.tables, "create_tag"):
        made = api.tables.create_tag(ORDERS, "urgent")
        assert made["name"] == "urgent", made
        assert made["id"] == api.tables.create_tag(ORDERS, "urgent")["id"]


order = find_and_deliver()
bill()
write_to(order)
go_wrong()
tag()
sys.stdout.write("fine\n")
