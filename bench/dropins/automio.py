"""Calls of `automio`."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.yard import Yard

MODULE = "botyard.sdk.automio"
CLIENT = "automio-0.1.6"
WORKSPACE = """
apps:
  - id: 130
    slug: shop
    tables: [{{name: orders, fields: [{{name: orderId, type: text}}]}}]
    actions: [{{slug: nightly, name: Nightly, type: app_action, code: nightly.py}}]
integrations:
  - id: bench
    name: Bench
    version: "1"
    base_url: http://127.0.0.1:{port}
    allow_private_network: true
    auth: {{kind: api_key, scheme: Bearer}}
    connections: [{{name: me, key: k-1, apps: [130], concurrency: 50}}]
"""
QUERY = "query ($id: String!) { app_130_orders(where: {orderId: {_eq: $id}}, limit: 1) { id orderId } }"


def prepare(place: Yard) -> dict[str, Any]:
    from bench.integrations import serve

    spawning = multiprocessing.get_context("spawn")
    ports: Any = spawning.Queue()
    spawning.Process(target=serve, args=(ports,), daemon=True).start()
    (place.data / "nightly.py").write_text("RESULT = 1\n")
    file = place.data / "bench.yaml"
    file.write_text(WORKSPACE.format(port=ports.get()))
    place.cli("apply", str(file))
    env: dict[str, Any] = place.cli("connect", "automio", "--app", "130")["env"]
    return env


def calls(settings: dict[str, str]) -> dict[str, Callable[[], object]]:
    os.environ.update(settings)
    from automio import GraphQLRequest  # type: ignore[import-not-found]
    from automio.wrapper import API  # type: ignore[import-not-found]

    api = API()
    to = api.integrations
    bench = to.get_integration("bench")
    account = bench.connected_accounts[0]
    whose = {"connection_id": account, "organization_id": int(settings["ORGANIZATION_ID"])}
    five = [{"url_params": {"n": str(number)}} for number in range(5)]
    request = {"app": 130, "table": "orders"}
    return {
        "integrations.call GET": lambda: to.call(bench, "GET", "/0/100/x", params={"a": 1}),
        "integrations.call POST": lambda: to.call(bench, "POST", "/0/100/x", json={"a": [1, 2]}),
        "parallel_call": lambda: to.parallel_call(bench, "GET", "/0/100/{n}", [item | whose for item in five]),
        "parallel_call_for_connection": lambda: to.parallel_call_for_connection(
            bench, "GET", "/0/100/{n}", five, account
        ),
        "parallel_call_stream": lambda: list(to.parallel_call_stream(bench, "GET", "/0/100/{n}", five)),
        "get_integration": lambda: to.get_integration("bench"),
        "get_integrations": to.get_integrations,
        "my_connections": lambda: to.my_connections("bench"),
        "all_connections": lambda: to.all_connections(bench, "orders"),
        "plugins.get_list": lambda: api.plugins.get_list("x"),
        "plugins.get_plugins": lambda: api.plugins.get_plugins("x"),
        "actions.list": api.actions.list,
        "actions.run": lambda: api.actions.run(1),
        "actions_runs_status_retrieve": lambda: api.actions.actions_runs_status_retrieve(id="1"),
        "apps_graphql_query": lambda: api.tables.apps_graphql_query(
            **request, graph_ql_request=GraphQLRequest(query=QUERY, variables={"id": "x"})
        ),
        "tables.graphql": lambda: api.tables.graphql("orders", QUERY, {"id": "x"}),
        "tables.create_tag": lambda: api.tables.create_tag("orders", "urgent"),
        "app_cache.set": lambda: api.app_cache.set("k", {"rates": [1.2, 1.5]}, ttl=300),
        "app_cache.get": lambda: api.app_cache.get("k"),
        "user_cache.get": lambda: api.user_cache.get("k"),
        "app_cache.delete": lambda: api.app_cache.delete("k"),
        "task.set_progress": lambda: api.task.set_progress(5, "Reading", "in_progress"),
        "notify_me": lambda: api.notify_me("Done", "All of it"),
    }
