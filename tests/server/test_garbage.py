"""Whatever is sent, the server answers, and never with a failure of its own."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from botyard.core.access import Permission, tokens
from botyard.web import OPEN, Route, RouteTable
from tests.server.conftest import Tenant, as_caller, routes
from tests.server.test_open_routes import concrete

#: A good body for each route that takes one; every part of it is replaced by nonsense in turn.
BODIES: dict[str, Any] = {
    "POST /{workspace}/orchestrator_/queue-items/add": {
        "queue_name": "orders",
        "payload": {"a": 1},
        "reference": "r",
        "priority": 1,
    },
    "PUT /{workspace}/orchestrator_/queue-items/{id}/status": {
        "status": "FAILED",
        "result": {"a": 1},
        "error_message": "m",
        "error_type": "BUSINESS",
        "terminal": True,
    },
    "PUT /{workspace}/orchestrator_/assets/name/{name}": {"value": 1},
    "PUT /{workspace}/orchestrator_/assets/secret/{name}": {"value": "s"},
    "PUT /{workspace}/orchestrator_/assets/credential/{name}": {"username": "u", "password": "p"},
    "POST /{workspace}/orchestrator_/runtime/secrets/resolve": {"name": "KEY.password"},
    "POST /{workspace}/orchestrator_/job-executions/{execution}/logs": {
        "timestamp": "2030-01-01T00:00:00.123456+00:00",
        "level": "INFO",
        "message": "m",
    },
    "POST /{workspace}/orchestrator_/agent-traces/{execution}/spans": {
        "spans": [
            {
                "span_id": "a",
                "name": "n",
                "parent_span_id": "b",
                "input_payload": {"a": 1},
                "output_payload": {"a": 1},
                "start_time": "2030-01-01T00:00:00Z",
                "end_time": "2030-01-01T00:00:01Z",
                "duration_ms": 1000,
                "tags": {"a": "b"},
                "span_metadata": {"a": "b"},
            }
        ]
    },
    "POST /api/v1/otlp/v1/traces": {
        "resourceSpans": [
            {
                "resource": {"attributes": [{"key": "botyard.task.id", "value": {"intValue": "1"}}]},
                "scopeSpans": [
                    {
                        "scope": {"name": "s", "version": "1"},
                        "spans": [
                            {
                                "traceId": "0af7651916cd43dd8448eb211c80319c",
                                "spanId": "b7ad6b7169203331",
                                "name": "n",
                                "kind": 2,
                                "startTimeUnixNano": "1",
                                "attributes": [{"key": "k", "value": {"arrayValue": {"values": [{"doubleValue": 1}]}}}],
                                "events": [{"name": "e", "timeUnixNano": 1}],
                                "status": {"code": 2, "message": "m"},
                            }
                        ],
                    }
                ],
            }
        ]
    },
    "POST /{workspace}/orchestrator_/sdk/auth/start": {"machine_name": "vm", "os": "Linux"},
    "POST /{workspace}/orchestrator_/packages/preflight": {"name": "a", "version": "1.0.0"},
    "POST /api/v1/runners/register": {
        "name": "vm",
        "slots": 1,
        "label": "x",
        "host": "h",
        "os": "l",
        "version": "1",
        "embedded": False,
    },
    "POST /api/v1/runner/lease": {"free": 1, "claim": "c", "wait": 0},
    "POST /api/v1/runner/heartbeat": {"attempts": ["a"], "wait": 0, "known": {"a": "kill"}},
    "POST /api/v1/runner/attempts/{attempt}/logs": {"lines": [[1, 1, "stdout", "x"]], "complete": False, "dropped": 0},
    "POST /api/v1/runner/attempts/{attempt}/end": {
        "exit_code": 0,
        "outcome": None,
        "message": "m",
        "output": {"a": 1},
        "signal": None,
    },
    "POST /api/v1/runner/attempts/{attempt}/release": {"reason": "x"},
    "POST /api/v1/tasks": {
        "automation": "billing",
        "parameters": {"a": 1},
        "priority": 1,
        "not_before": "2030-01-01",
        "test": True,
    },
    "POST /api/v1/tasks/bulk": {"action": "cancel", "ids": [1]},
    "POST /api/v1/automations": {"label": "new", "name": "New", "description": "d", "parameters": []},
    "PATCH /api/v1/automations/{label}": {"name": "New", "description": "d", "priority": 3, "max_attempts": 2},
    "POST /api/v1/systems": {
        "name": "BPM",
        "description": "d",
        "token": "5d5ec66f-357d-4c2d-bbc1-2012278d2361",
        "processes": ["billing"],
        "reads_all": True,
        "networks": ["10.0.0.0/8"],
        "file_hosts": ["*.example.com"],
        "private_targets": True,
        "max_file_bytes": 5,
    },
    "PATCH /api/v1/systems/{system}": {"name": "ERP", "processes": None, "networks": None, "max_file_bytes": None},
    "POST /api/v1/systems/{system}/rotate": {"overlap_seconds": 1, "token": "5d5ec66f-357d-4c2d-bbc1-2012278d2362"},
    "POST /api/v1/connect": {"dialect": "botcity", "name": "x", "expires": "2030-01-01"},
    "POST /api/v1/apply": {
        "document": {"workspace": "acme", "automations": [{"label": "a"}]},
        "file": "f",
        "lines": {},
    },
    "POST /api/v2/workspace/login": {"login": "acme", "key": "k"},
    "POST /api/v2/task": {
        "activityLabel": "billing",
        "parameters": {"a": 1},
        "priority": 1,
        "test": False,
        "minExecutionDate": "2030-01-01T00:00:00",
    },
    "POST /api/v2/task/{id}": {
        "state": "FINISHED",
        "finishStatus": "SUCCESS",
        "finishMessage": "m",
        "totalItems": 2,
        "processedItems": 1,
        "failedItems": 1,
    },
    "POST /api/v2/alerts": {"taskId": 1, "title": "t", "message": "m", "type": "INFO"},
    "POST /api/v2/artifact": {"taskId": 1, "name": "n", "filename": "f.txt"},
    "POST /api/v2/bot": {
        "organization": "acme",
        "botId": "billing",
        "version": "2",
        "technology": "PYTHON",
        "command": None,
        "repositoryLabel": "DEFAULT",
    },
    "POST /api/v2/bot/release": {"botId": "billing", "version": "1"},
    "PUT /api/v2/bot/{bot}": {"repository": "a", "description": "d"},
    "POST /api/v2/bot/{bot}/release": {"version": "1"},
    "POST /api/v2/scheduling": {
        "activityLabel": "billing",
        "cron": "0 0 2 * * ?",
        "scheduleStrategy": "s",
        "parameters": {"a": 1},
        "priority": 1,
        "active": True,
        "name": "n",
    },
    "PUT /api/v2/scheduling/{id}": {"cron": "0 0 2 * * ?", "parameters": {}, "active": False},
    "POST /api/v2/maestro/api/logs": {"label": "l", "message": "m", "level": "INFO"},
}
BODIES |= {
    "POST /api/actions/{action}/run/": {
        "selected_rows": ["a"],
        "selected_all": False,
        "filter_params": {"a": 1},
        "user_input": {"a": 1},
        "connection_id": "1",
        "language": "python",
    },
    "POST /api/apps/{app}/notifications/": {
        "title": "t",
        "description": "d",
        "kind": "info",
        "event_key": "custom",
        "data": {"a": 1},
        "actions": [],
        "organization_id": 1,
    },
    "POST /api/integrations/mailer/notify-me/": {"subject": "s", "text": "t", "html": None},
}
NONSENSE: list[Any] = [
    None,
    True,
    -1,
    0,
    2**31,
    2**63 - 1,
    2**63,
    2**64,
    10**300,
    1.5,
    1e308,
    "",
    "\0",
    "a\0b",
    "\u202e",
    "x" * 70_000,
    "' OR 1=1 --",
    "../../etc/passwd",
    "2030-13-45",
    "9999-12-31T23:59:59.999999-12:00",
    "0001-01-01T00:00:00Z",
    [],
    {},
    [None],
    {"\0": "\0"},
    {"a": {"b": [1, "\0"]}},
    [[[[[[]]]]]],
]
QUERIES = [
    "", "limit=0", "limit=99999999999999999999", "limit=x", "before=-1", "before=9223372036854775808", "after=x.y",
    "after=9223372036854775808.1", "text=%00", "text=%25_%5C", "state=%ff", "state=nonsense", "page=-1&size=0",
    "page=99999999999999999999&size=99999999999", "wait=nan", "wait=inf", "wait=-1", "days=99999999999", "taskId=x",
    "type=%00", "sort=a%27", "find=%00", "q=%00", "version=%00&dialect=x", "dry_run=x", "stream=x", "next=//x",
]  # fmt: skip
SEGMENTS = [
    "0",
    "-1",
    "x",
    "9223372036854775807",
    "9223372036854775808",
    "9" * 400,
    "%00",
    "%ff",
    "a%2Fb",
    "..%2f..",
    "%F0%9F%99%82",
]


def variants(body: Any) -> Iterator[Any]:
    """Yield copies of a JSON value with one part replaced, at any depth."""
    yield from NONSENSE
    parts = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, value in parts:
        for changed in variants(value):
            whole = copy.copy(body)
            whole[key] = changed
            yield whole


def token_for(table: RouteTable, route: Route, tenant: Tenant) -> str:
    if table.name == "console":
        return tenant.tokens["session admin"]
    if route.permission is Permission.RUNNER_WORK:
        return tenant.tokens["runner"]
    if table.name == "automio":
        return tenant.tokens["app"]
    if table.name == "botvelocity":
        return tenant.tokens["attempt" if "{execution}" in route.path else "developer admin"]
    return tenant.tokens["login admin" if table.name in ("botcity", "maestro-client") else "admin"]


async def ask(client: httpx2.AsyncClient, method: str, path: str, **kwargs: Any) -> httpx2.Response:
    return await asyncio.create_task(client.request(method, path, **kwargs))


@pytest.mark.parametrize("name", sorted(BODIES))
async def test_json_of_any_content_is_answered(client: httpx2.AsyncClient, tenant: Tenant, name: str) -> None:
    method, _, full = name.partition(" ")
    ((table, route),) = [
        (table, route) for table, route in routes() if route.method == method and table.full_path(route) == full
    ]
    headers = as_caller(table, token_for(table, route, tenant)) | {"content-type": "application/json"}
    path = concrete(table, route, tenant)
    for body in variants(BODIES[name]):
        reply = await ask(client, method, path, content=json.dumps(body), headers=headers)
        assert reply.status_code < 500, f"{json.dumps(body)[:300]}: {reply.text[:300]}"


@pytest.mark.parametrize("name", ["native", "botcity", "maestro-client", "botvelocity", "otlp", "automio", "console"])
async def test_paths_and_queries_of_any_content_are_answered(
    client: httpx2.AsyncClient, tenant: Tenant, name: str
) -> None:
    for table, route in routes():
        if table.name != name or route.path == "/live" or route.path.endswith("/stream"):
            continue
        token = token_for(table, route, tenant)
        headers = as_caller(table, token) | {"x-form-token": tokens.sign("form", token)}
        good = concrete(table, route, tenant)
        full = table.full_path(route)
        paths = [f"{good}?{query}" for query in QUERIES] if route.method == "GET" else []
        for segment in SEGMENTS if "{" in full else ():
            paths += ["/".join(segment if part.startswith("{") else part for part in full.split("/"))]
        for path in paths:
            reply = await ask(client, route.method, path, headers=headers, json={} if route.method != "GET" else None)
            assert reply.status_code < 500, f"{route.method} {path}: {reply.text[:300]}"


@pytest.mark.parametrize(
    "kind", ["application/json", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"]
)
async def test_bytes_of_any_kind_are_answered(client: httpx2.AsyncClient, tenant: Tenant, kind: str) -> None:
    for table, route in routes():
        if route.method == "GET":
            continue
        token = token_for(table, route, tenant)
        headers = as_caller(table, token) | {"x-form-token": tokens.sign("form", token), "content-type": kind}
        for body in (
            b"",
            b"\0",
            b"\xff" * 100,
            b"{",
            b"null",
            b"[" * 5000,
            b"--x\r\n\r\n",
            b"a=%ff&b=%00",
            b"PK\x03\x04",
        ):
            reply = await ask(client, route.method, concrete(table, route, tenant), content=body, headers=headers)
            assert reply.status_code < 500, f"{route.method} {route.path} {body[:20]!r}: {reply.text[:300]}"


async def test_what_is_too_large_is_refused_on_every_route(client: httpx2.AsyncClient, tenant: Tenant) -> None:
    for table, route in routes():
        if route.method == "GET" or route.permission is OPEN:
            continue
        headers = as_caller(table, token_for(table, route, tenant)) | {"content-length": str(10**12)}
        headers |= {"content-type": "application/json", "x-form-token": "x"}
        reply = await ask(client, route.method, concrete(table, route, tenant), content=b"", headers=headers)
        assert 200 <= reply.status_code < 500, f"{route.method} {route.path}: {reply.status_code}"
