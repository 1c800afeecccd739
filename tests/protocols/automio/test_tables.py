"""Tables on the wire: GraphQL and tags (contract b.15, b.16, d)."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from botyard.core import tables
from botyard.storage import Database, Tx
from tests.protocols.automio.conftest import World

PATH = "/api/apps/graphql/"
TAGS = "/api/apps/table-tags/130/orders/add/"
ORDERS = {
    "fields": [
        {"name": "orderId", "type": "text", "required": True, "unique": True},
        {"name": "value", "type": "number"},
        {"name": "ratio", "type": "number", "number": "Float"},
    ]
}
INSERT = """mutation ($o: [app_130_orders_insert_input!]!) { insert_app_130_orders(objects: $o) {
  affected_rows returning { connection_id value } } }"""
UPSERT = """mutation ($o: [app_130_orders_insert_input!]!) { insert_app_130_orders(objects: $o, on_conflict:
  {constraint: uq_app_130_orders_orderId_org, update_columns: [value]}) { affected_rows } }"""
FORBIDDEN = 403
NOT_FOUND = 404


def make_table(tx: Tx, *, world: World) -> None:
    for app in (world.shop,):
        tables.create(
            tx, workspace_id=app.workspace_id, app_id=app.id, name="orders", definition=ORDERS, actor="user:ann",
            now=app.created_at,
        )  # fmt: skip


@pytest.fixture
async def shop(db: Database, world: World) -> World:
    await db.write(lambda tx: make_table(tx, world=world))
    return world


async def ask(api: httpx2.AsyncClient, shop: World, query: str, **variables: Any) -> dict[str, Any]:
    answer = await api.post(PATH, json={"query": query, "variables": variables}, headers=shop.token)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"text"', b"{}", b'{"query": 1}', b'{"query": "{a}", "variables": []}', b'{"query": NaN}',
     b'{"query": "{a}", "variables": {"a": NaN}}', b'{"query": "{a}", "variables": {"a": Infinity}}', b"\xff",
     b'{"query": "' + b"\\ud800" + b'"}', b'{"query": "{a}", "variables": ' + b"[" * 99 + b"]" * 99 + b"}"],
)  # fmt: skip
async def test_what_is_no_request_is_told_so(api: httpx2.AsyncClient, shop: World, body: bytes) -> None:
    answer = await api.post(PATH, content=body, headers=shop.token | {"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"] == answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "status"),
    [("?table=nothing", NOT_FOUND), ("?app=131", FORBIDDEN), ("?app=none-such", FORBIDDEN)],
)
async def test_an_unknown_table_is_not_found_and_another_app_is_refused(
    api: httpx2.AsyncClient, shop: World, query: str, status: int
) -> None:
    answer = await api.post(PATH + query, json={"query": "{ __typename }"}, headers=shop.token)
    assert answer.status_code == status
    assert answer.json()["error"] == answer.json()["detail"]


@pytest.mark.parametrize("query", ["?app=130&table=orders", "?app=shop&table=app_130_orders", "?app=acme/shop"])
async def test_app_and_table_go_by_each_of_their_names(api: httpx2.AsyncClient, shop: World, query: str) -> None:
    answer = await api.post(PATH + query, json={"query": "{ app_130_orders { id } }"}, headers=shop.token)
    assert answer.json() == {"data": {"app_130_orders": []}}


async def test_who_has_no_token_of_the_app_is_refused_and_not_told_to_try_again(
    api: httpx2.AsyncClient, shop: World
) -> None:
    for headers in ({}, {"Authorization": "App-Token wrong"}, {"Authorization": "App-Token None"}):
        for path in (PATH, TAGS):
            answer = await api.post(path, json={"query": "{ __typename }", "name": "x"}, headers=headers)
            assert (answer.status_code, "retry-after" in answer.headers) == (FORBIDDEN, False)
            assert answer.json()["detail"]


async def test_the_organization_of_a_request_is_only_a_cross_check(api: httpx2.AsyncClient, shop: World) -> None:
    body = {"query": "{ app_130_orders { id } }"}
    for named, status in ((str(shop.workspace.id), 200), ("None", 200), (str(shop.workspace.id + 1), FORBIDDEN)):
        answer = await api.post(PATH, json=body, headers=shop.token | {"X-Organization-Id": named})
        assert answer.status_code == status
    foreign = await api.post(PATH, json=body, headers=shop.foreign_token)
    assert (foreign.status_code, foreign.json()["data"]) == (200, None)


@pytest.mark.parametrize(
    "nasty", ['" OR 1=1 --', "orders'; DROP TABLE rows_1; --", "%22", "../orders", "\u00e9", "a" * 5000]
)
async def test_names_in_addresses_and_headers_are_only_names(api: httpx2.AsyncClient, shop: World, nasty: str) -> None:
    body = {"query": "{ app_130_orders { id } }", "operationName": nasty, "name": nasty[:90]}
    for params, headers in (
        ({"table": nasty}, {}),
        ({"app": nasty}, {}),
        ({}, {"X-App-Id": nasty}),
        ({}, {"X-Organization-Id": nasty}),
    ):
        sent = [(name.encode(), value.encode()) for name, value in (shop.token | headers).items()]
        answer = await api.post(PATH, params=params, json=body, headers=sent)
        assert answer.status_code in (400, FORBIDDEN, NOT_FOUND), answer.text
        assert answer.json()["error"] == answer.json()["detail"]
    answer = await api.post(PATH, json=body, headers=shop.token)
    assert "no operation called" in answer.json()["errors"][0]["message"]
    tagged = await api.post(TAGS.replace("orders", quote(nasty, safe="")), json=body, headers=shop.token)
    assert tagged.status_code in (400, NOT_FOUND)
    assert (await ask(api, shop, "{ app_130_orders { id } }"))["data"] == {"app_130_orders": []}


async def test_several_requests_in_one_are_refused(api: httpx2.AsyncClient, shop: World) -> None:
    answer = await api.post(PATH, json=[{"query": "{ __typename }"}] * 2, headers=shop.token)
    assert (answer.status_code, answer.json()["error"]) == (400, answer.json()["detail"])


async def test_a_browser_gets_a_page(api: httpx2.AsyncClient, shop: World) -> None:
    answer = await api.get(PATH, headers=shop.token | {"Accept": "text/html"})
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, "text/html")


async def test_faults_of_graphql_are_answers_whose_paths_are_text(api: httpx2.AsyncClient, shop: World) -> None:
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("{", {}),
        ("{ app_130_order { id } }", {}),
        ("{ app_130_orders(where: {orderId: {_eq: null}}) { id } }", {}),
        (INSERT, {"o": [{"orderId": "A"}, {"orderId": 7}]}),
        (INSERT, {"o": [{"orderId": "A"}, {"orderId": "A"}]}),
        (INSERT, {"o": [{"value": 1}]}),
        (INSERT, {"o": [{"orderId": "A", "nope": 1}]}),
        (INSERT, {}),
    ]
    for query, variables in wrong:
        found = await ask(api, shop, query, **variables)
        assert found.get("data") is None
        for error in found["errors"]:
            assert isinstance(error["message"], str)
            assert error["extensions"]["code"]
            assert all(isinstance(part, str) for part in error.get("path") or [])
            assert isinstance(error["extensions"].get("path", "$"), str)
    assert (await ask(api, shop, "{ app_130_orders { id } }"))["data"] == {"app_130_orders": []}


@pytest.mark.parametrize(("sent", "kept"), [("55", 55), (55, 55), (None, None)])
async def test_a_connection_that_the_client_adds_is_text_or_a_number(
    api: httpx2.AsyncClient, shop: World, sent: Any, kept: Any
) -> None:
    found = await ask(api, shop, INSERT, o=[{"orderId": "A", "connection_id": sent, "value": "1.50"}])
    assert found["data"]["insert_app_130_orders"]["returning"] == [{"connection_id": kept, "value": 1.5}]


async def test_five_hundred_rows_come_in_one_batch_and_again_as_changes(api: httpx2.AsyncClient, shop: World) -> None:
    for value in (1, 2):
        rows = [{"orderId": str(number), "value": value} for number in range(500)]
        found = await ask(api, shop, UPSERT, o=rows)
        assert found["data"]["insert_app_130_orders"]["affected_rows"] == 500
    total = await ask(api, shop, "{ app_130_orders_aggregate { aggregate { count sum { value } } } }")
    assert total["data"]["app_130_orders_aggregate"]["aggregate"] == {"count": 500, "sum": {"value": 1000}}


async def test_a_tag_is_found_by_old_and_new_clients(api: httpx2.AsyncClient, shop: World) -> None:
    first = await api.post(TAGS, json={"name": "urgent", "color": "#ff0000"}, headers=shop.token)
    again = await api.post(TAGS.replace("130", "None"), json={"name": "urgent"}, headers=shop.token)
    assert [first.status_code, again.status_code] == [201, 201]
    made = first.json()
    assert (made["name"], made["tag"]["name"], made["color"]) == ("urgent", "urgent", "#ff0000")
    assert made["_id"] == made["tag"]["_id"] == again.json()["_id"]
    assert isinstance(made["tag"]["id"], int)
    assert made["organization_id"] == shop.workspace.id
    for name in ("", "x" * 101, "a\0b"):
        refused = await api.post(TAGS, json={"name": name}, headers=shop.token)
        assert refused.status_code == 400
    unknown = await api.post(TAGS.replace("orders", "nothing"), json={"name": "x"}, headers=shop.token)
    assert unknown.status_code == NOT_FOUND


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
COLUMNS = st.sampled_from(["orderId", "value", "ratio", "id", "connection_id", "created_at", "organization_id"])


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(query=st.sampled_from([INSERT, UPSERT]) | st.text(max_size=60), rows=st.dictionaries(COLUMNS, JSON, max_size=4))
async def test_no_values_are_a_fault_of_the_server(
    api: httpx2.AsyncClient, shop: World, query: str, rows: dict[str, Any]
) -> None:
    body = json.dumps({"query": query, "variables": {"o": [{"orderId": "A"} | rows]}})
    headers = shop.token | {"Content-Type": "application/json"}
    answer = await api.post(PATH, content=body.encode("utf-8", "surrogatepass"), headers=headers)
    assert answer.status_code in (200, 400), answer.text
    for error in answer.json().get("errors") or ():
        assert error["extensions"]["code"] != "unexpected", answer.text
