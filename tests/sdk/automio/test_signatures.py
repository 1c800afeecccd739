"""Our module has the names of the vendor's packages, their parameters and defaults, but for what is said here."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from botyard.sdk.automio import wrapper
from tests.support.automio import OURS, VENDORS
from tests.support.clients import command

PROGRAM = Path(__file__).parent / "programs" / "signatures.py"
#: Names that are not there, and why nobody misses them.
MISSING = {
    r".*_without_preload_content": "gives the answer of the vendor's HTTP library; those named _with_http_info stay",
    r"(.*\.)?actions_run_code_stream.*": "sends no token, so that it is refused; stream_logs does the same",
    r"(.*\.)?integrations_call_create.*": "sends an integration where a call belongs; call does the same",
    r"(.*\.)?apps_graphql_playground.*": "a page for browsers",
    r"IntegrationsEmailServiceApi.*": "sends a mail without any content, which is refused; notify_me does the same",
    r"ApiClient\..*": "the inside of a generated client",
    r"Configuration\..*": "servers to choose from, other ways to sign in and debugging of a generated client",
    r"AppsGraphqlPlaygroundAppParameter.*": "wraps a number or text, which is taken as it is",
    r"InvokeParallelCall(RequestDataListInner(ConnectionId|OrganizationId)|TableParameter).*": "likewise",
    r"NullEnum": "has no members",
    r"DEFAULT_HOST": "a token is never sent to a server that nobody named",
    r"Task\.(get|set|delete)": "always fail",
}
#: Parameters that differ, and why every call that works with the vendor's works with ours.
CHANGED = {
    r"ApiClient\.__init__": "no cookies",
    r"Configuration\.__init__": "only what has a meaning here",
    r"ApiTypeError\.__init__": "only raised by the generated client",
    r"IntegrationsApi\.(call|parallel_call.*|get_integration)": "keywords that were hidden in **kwargs have names",
    r"ActionsApi\.run": "a key at the end, as in 0.5.7",
    r"IntegrationsApi\.all_connections": "the manual leaves the table out",
    r"PluginsApi\.invoke": "no list that all calls share",
    r"(AppCacheApi|UserCacheApi|CacheApi|Task)\.__init__": "None was never enough",
    r"InvokeParallelCall.*Request(DataListInner)?\.(request_headers|connection_id)": "need not be given",
}
#: Calls as the manual writes them: the method, positional arguments, keywords.
MANUAL: list[tuple[Any, int, list[str]]] = [
    (wrapper.API, 0, []),
    (wrapper.API.notify_me, 1, ["subject", "text", "html"]),
    (wrapper.ActionsApi.list, 1, []),
    (wrapper.IntegrationsApi.get_integration, 2, []),
    (wrapper.IntegrationsApi.get_integrations, 1, []),
    (wrapper.IntegrationsApi.all_connections, 2, []),
    (wrapper.IntegrationsApi.all_connections, 3, []),
    (wrapper.IntegrationsApi.call, 2, ["method", "endpoint", "params", "connection_id"]),
    (wrapper.IntegrationsApi.call, 2, ["method", "endpoint", "json", "connection_id"]),
    (wrapper.IntegrationsApi.parallel_call, 2, ["method", "endpoint", "data_list", "table"]),
    (
        wrapper.IntegrationsApi.parallel_call_for_connection,
        2,
        ["method", "endpoint", "data_list", "connection_id", "organization_id", "table"],
    ),
    (wrapper.IntegrationsApi.parallel_call_stream, 2, ["method", "endpoint", "data_list", "connection_id"]),
    (wrapper.PluginsApi.get_list, 2, []),
    (wrapper.PluginsApi.invoke, 3, ["connection_ids", "anything"]),
    (wrapper.TablesApi.apps_graphql_query, 1, ["app", "table", "graph_ql_request"]),
    (wrapper.AppCacheApi.set, 1, ["key", "value", "ttl"]),
    (wrapper.AppCacheApi.set, 3, ["ttl"]),
    (wrapper.UserCacheApi.get, 1, ["key"]),
    (wrapper.UserCacheApi.delete, 1, ["key"]),
    (wrapper.Task.set_progress, 4, []),
]


def ask(*command: str) -> dict[str, dict[str, Any]]:
    done = subprocess.run([*command], capture_output=True, check=True, timeout=120)
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def ours() -> dict[str, dict[str, Any]]:
    return ask(*command(OURS), str(PROGRAM), "automio")


def excused(name: str, reasons: dict[str, str]) -> bool:
    return any(re.fullmatch(pattern, name) for pattern in reasons)


@pytest.mark.parametrize("client", ["automio-0.1.6", "robotnikai-0.2.11"])
def test_names_parameters_and_defaults_are_the_vendors(client: str, ours: dict[str, dict[str, Any]]) -> None:
    theirs = ask(*command(client), str(PROGRAM), VENDORS[client])
    for module, names in theirs.items():
        missing = [name for name in names if name not in ours[module] and not excused(name, MISSING)]
        assert missing == [], module
        changed = {
            name: (value, ours[module][name])
            for name, value in names.items()
            if name in ours[module] and ours[module][name] != value and not excused(name, CHANGED)
        }
        assert changed == {}, module


def test_every_reason_is_needed(ours: dict[str, dict[str, Any]]) -> None:
    theirs = ask(*command("automio-0.1.6"), str(PROGRAM), "automio")
    pairs = [(module, name) for module, names in theirs.items() for name in names]
    missing = [name for module, name in pairs if name not in ours[module]]
    changed = [name for module, name in pairs if ours[module].get(name, theirs[module][name]) != theirs[module][name]]
    for pattern in MISSING:
        assert any(re.fullmatch(pattern, name) for name in missing), pattern
    for pattern in CHANGED:
        assert any(re.fullmatch(pattern, name) for name in changed), pattern


@pytest.mark.parametrize(
    ("function", "places", "keywords"), MANUAL, ids=[f"{one[0].__name__}-{place}" for place, one in enumerate(MANUAL)]
)
def test_calls_of_the_manual_fit(function: Any, places: int, keywords: list[str]) -> None:
    inspect.signature(function).bind(*[None] * places, **dict.fromkeys(keywords))


def test_models_may_be_imported_from_modules_of_their_own() -> None:
    from botyard.sdk.automio import GraphQLRequest
    from botyard.sdk.automio.models.graph_ql_request import GraphQLRequest as Same  # type: ignore[import-not-found]
    from botyard.sdk.automio.models.invoke_parallel_call200_response import (  # type: ignore[import-not-found]
        InvokeParallelCall200Response,
    )

    assert Same is GraphQLRequest
    assert InvokeParallelCall200Response.__name__ == "InvokeParallelCall200Response"
