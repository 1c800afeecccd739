"""The examples of the vendor's manual one after the other, those included that its own package cannot run.

Only the import lines are changed. The environment comes from a file `.env`, and the names that the
examples take for granted are defined first. The five examples of tables are in `tables.py` of the suites
that every client runs.
"""

import contextlib
import os
import sys
import time
from typing import Any

from botyard.sdk.automio import GraphQLRequest
from botyard.sdk.automio.wrapper import API


def never(seconds: float) -> None:
    raise AssertionError(f"the client sleeps for {seconds} s")


time.sleep = never  # type: ignore[assignment]
api = API()
APP_ID, table_name, large_dataset = 130, "orders", list(range(201))
offers = [{"id": "offer_1"}, {"id": "offer_2"}]
done: list[Any] = []


def save(*values: Any) -> None:
    done.append(values)


process_item = process_data = transform_data = save_data = process_account_data = save_to_database = log_error = save


def query_without_variables() -> None:
    query = f"""{{
        app_{APP_ID}_{table_name}(
            order_by: {{ orderId: desc }}
            limit: 1
        ) {{
            orderId
        }}
    }}"""
    response = api.tables.apps_graphql_query(app=APP_ID, table=table_name, graph_ql_request=GraphQLRequest(query=query))
    rows = response.data.get(f"app_{APP_ID}_{table_name}", [])  # type: ignore[union-attr]  # as the manual shows it
    assert (rows[0]["orderId"] if rows else "No records") in ("No records", "A-17")


def calls() -> None:
    integration = api.integrations.get_integration("github")
    data, response = api.integrations.call(integration, method="GET", endpoint="/user")
    assert (data["name"], response.ok, response.status_code) == ("/user", True, 200)
    assert response.text
    assert response.headers["Content-Type"] == "application/json"
    assert response.url.endswith("/user")

    integration = api.integrations.get_integration("allegro_sandbox")
    for connection_id in integration.connected_accounts:
        data, response = api.integrations.call(
            integration,
            method="GET",
            endpoint="/sale/offers",
            params={"limit": 10, "offset": 0},
            connection_id=connection_id,
        )
        assert data["query"] == "limit=10&offset=0"

    data, response = api.integrations.call(
        integration,
        method="POST",
        endpoint="/messages/submit",
        json={
            "from": {"name": "John Doe", "address": "john@example.com"},
            "to": [{"name": "Jane Doe", "address": "jane@example.com"}],
            "subject": "Test Email",
            "text": "Hello from Python client!",
        },
        connection_id=connection_id,
    )
    assert response.ok


def many_calls() -> None:
    integration = api.integrations.get_integration("allegro_sandbox")
    first, second = integration.connected_accounts
    organization = int(os.environ["ORGANIZATION_ID"])
    responses = api.integrations.parallel_call(
        integration,
        method="GET",
        endpoint="/sale/product-offers/{offerId}",
        data_list=[
            {
                "connection_id": first,
                "organization_id": organization,
                "url_params": {"offerId": "offer_1"},
                "params": {"include": "details"},
            },
            {
                "connection_id": second,
                "organization_id": organization,
                "url_params": {"offerId": "offer_2"},
                "data": {"expand": True},
            },
        ],
        table="app_130_orders",
    )
    seen = [(one.connection_id, one.organization_id, one.api_data["name"]) for one in responses]
    assert seen == [
        (first, organization, "/sale/product-offers/offer_1"),
        (second, organization, "/sale/product-offers/offer_2"),
    ]

    responses = api.integrations.parallel_call_for_connection(
        integration,
        method="GET",
        endpoint="/sale/product-offers/{offerId}",
        data_list=[
            {"url_params": {"offerId": "123"}},
            {"url_params": {"offerId": "456"}},
            {"url_params": {"offerId": "789"}},
        ],
        connection_id="user@domain.com",
        organization_id=organization,
        table="app_130_orders",
    )
    assert [one.api_response.ok for one in responses] == [True] * 3

    for result in api.integrations.parallel_call_stream(
        integration,
        method="GET",
        endpoint="/sale/product-offers/{offerId}",
        data_list=[{"url_params": {"offerId": offer["id"]}} for offer in offers],
        connection_id=first,
    ):
        if result.get("final"):
            assert result["total_processed"] == 2
            break
        if result["response"].ok:
            save_to_database(process_data(result["data"]))


def plugins() -> None:
    assert api.plugins.get_list("test_interface") == []
    with contextlib.suppress(ImportError):
        api.plugins.invoke("test_interface.foo", "allegro_sandbox", connection_ids=[1])
        raise AssertionError("there are no plugins outside of an action")


def connections() -> None:
    """All of these but the loop over `connected_accounts` fail inside of the vendor's client."""
    integration = api.integrations.get_integration("allegro_sandbox")
    for connection in api.integrations.all_connections("allegro_sandbox", table_name):
        data, response = api.integrations.call(
            integration, method="GET", endpoint="/sale/offers", connection_id=connection.id
        )
        assert (connection.name, response.ok) in (("user@domain.com", True), ("eva", True)), data

    integration = api.integrations.get_integration("service_name")
    for connection in api.integrations.all_connections("service_name"):
        data, response = api.integrations.call(integration, method="GET", endpoint="/data", connection_id=connection.id)
        if response.ok:
            process_account_data(data, connection.id)

    integration = api.integrations.get_integration("api_service")
    table_connections = api.integrations.all_connections(integration, "data_table")
    data_list = []
    for org_id, grouped in table_connections.items():
        for connection in grouped:
            data_list.append(  # noqa: PERF401 -- as the manual shows it
                {
                    "connection_id": connection["id"],
                    "organization_id": org_id,
                    "params": {"limit": 50},
                    "url_params": {"account_id": connection["id"]},
                }
            )
    responses = api.integrations.parallel_call(
        integration,
        method="GET",
        endpoint="/accounts/{account_id}/data",
        data_list=data_list,
        table="app_130_data_table",
    )
    assert len(responses) == 1
    for one in responses:
        assert one.organization_id == int(os.environ["ORGANIZATION_ID"])
        if one.api_response.ok:
            save_data(one.api_data, one.connection_id, one.organization_id)
        else:
            log_error(one.connection_id, one.api_response.text)


def caches() -> None:
    api.app_cache.set(key="api_data", value={"rates": [1.2, 1.5, 1.8]}, ttl=300)
    cached_data = api.app_cache.get(key="api_data")
    assert cached_data["value"] == {"rates": [1.2, 1.5, 1.8]}, cached_data
    api.app_cache.delete(key="api_data")
    api.user_cache.set(key="my_key", value="my_value", ttl=3600)
    preferences = api.user_cache.get(key="my_key")
    assert preferences["value"] == "my_value", preferences
    api.user_cache.delete(key="my_key")
    api.app_cache.set("my_key", {"data": "value"}, ttl=300)
    assert api.app_cache.get("my_key")["exists"] is True


def notify() -> None:
    sent = api.notify_me(
        subject="API Process Completed",
        text="Successfully processed 1000 records",
        html="<h1>Success!</h1><p>Processed <strong>1000</strong> records</p>",
    )
    assert "success" in sent, sent


def progress() -> None:
    api.task.set_progress(0, "Starting data processing...", "pending")
    for i, item in enumerate(large_dataset):
        process_item(item)
        if i % 100 == 0:
            share = int((i / len(large_dataset)) * 100)
            api.task.set_progress(share, f"Processed {i}/{len(large_dataset)} items", "pending")
    assert api.task.set_progress(100, "Processing completed!", "completed")["success"] is True

    api.task.set_progress(0, "Initializing...", "in_progress")
    api.app_cache.set("task_checkpoint", {"processed": 0}, ttl=3600)
    for i in range(201):
        process_item(i)
        if i % 100 == 0:
            api.task.set_progress(int((i / 1000) * 100), f"Processed {i}/1000", "in_progress")
            api.app_cache.set("task_checkpoint", {"processed": i}, ttl=3600)
    api.task.set_progress(100, "Completed!", "completed")
    assert api.app_cache.delete("task_checkpoint")["deleted"] is True


def listed() -> None:
    integrations = api.integrations.get_integrations()
    names = {integration.integration_id: integration.name for integration in integrations.results}
    assert names["github"] == "GitHub"


def details_in_parallel() -> None:
    integration = api.integrations.get_integration("api_service")
    list_data, _ = api.integrations.call(
        integration, method="GET", endpoint="/items", params={"limit": 50}, connection_id="user@domain.com"
    )
    detail_requests = [{"url_params": {"id": item["id"]}} for item in list_data["items"]]
    responses = api.integrations.parallel_call_for_connection(
        integration,
        method="GET",
        endpoint="/items/{id}/details",
        data_list=detail_requests,
        connection_id="user@domain.com",
        organization_id=int(os.environ["ORGANIZATION_ID"]),
    )
    assert [one.api_data["name"] for one in responses if one.api_response.ok] == [
        "/items/1/details",
        "/items/2/details",
    ]


def errors() -> None:
    integration = api.integrations.get_integration("allegro_sandbox")
    data, response = api.integrations.call(integration, method="GET", endpoint="/missing")
    assert (response.ok, response.status_code) == (False, 404), data
    # Items that name no account: the vendor's client raises KeyError.
    responses = api.integrations.parallel_call(
        integration,
        method="GET",
        endpoint="/{what}",
        data_list=[{"url_params": {"what": what}} for what in ("a", "missing")],
    )
    assert [one.api_response.ok for one in responses] == [True, False]


for example in (
    query_without_variables,
    calls,
    many_calls,
    plugins,
    connections,
    caches,
    notify,
    progress,
    listed,
    details_in_parallel,
    errors,
):
    example()
    sys.stdout.write(f"{example.__name__}\n")
