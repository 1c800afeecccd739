"""Whatever is sent to whichever route, the answer is never a fault of the server's."""

from __future__ import annotations

import random
from typing import Any

from botyard.protocols.native.routes import ROUTES
from botyard.web import EVENTS
from tests.protocols.native.conftest import Api

_IDS = ["1", "0", "-1", "abc", "9" * 30, "%00", "%ff", "..", "%2e%2e%2f", "a" * 5000, "\u00fc", "1'--", "{id}", " "]
_VALUES: list[Any] = [
    None,
    True,
    -1,
    0,
    2**63,
    2**70,
    1.5,
    1e308,
    "",
    "x",
    "\0",
    "\u202e",
    "' OR 1=1 --",
    "%s%(x)s:name",
    "x" * 70_000,
    [],
    {},
    [[]],
    {"": {}},
    [None],
    [1, "a"],
    {"a": "\0"},
]
_FIELDS = [
    "action", "attempts", "automation", "claim", "complete", "description", "dialect", "document", "exit_code",
    "expires", "file", "folder", "free", "host", "ids", "known", "label", "lines", "message", "name", "not_before",
    "outcome", "output", "parameters", "priority", "reason", "slots", "test", "uses", "version", "runner_label",
    "items", "reports", "count", "states", "key", "error_kind", "values", "schema", "keep_existing", "wait",
]  # fmt: skip
_QUERIES = ["", "?limit=", "?limit=1e9", "?after=%00", "?after=%ff", "?wait=nan", "?before=-1", "?text=%25%27", "?x=1"]
_BODIES = [b"", b"{", b"\xff", b"null", b"[]", b"NaN", b'{"a":1}' * 2, b"[" * 1000, b'{"label":"\\ud800"}']
_ROUNDS = 12


async def test_no_input_is_a_fault_of_the_server(api: Api) -> None:
    chance = random.Random(7)
    await api.deploy("invoices")
    await api.ok("POST", "/tasks", {"automation": "invoices"})
    runner = await api.new_runner()
    (lease,) = await runner.lease()
    await api.ok("POST", "/queues", {"label": "invoices"})
    await api.ok("POST", "/queues/invoices/items", {"items": [{}, {}]})
    joining = api.as_((await api.ok("POST", "/connect", {"dialect": "runner"}))["token"])
    callers = [api, runner, joining, api.as_(lease["token"])]
    for route in ROUTES.routes:
        if route.gives == EVENTS:
            continue  # has no end
        for _ in range(_ROUNDS):
            path = route.path
            for name in ("id", "attempt", "label", "digest"):
                known = {"attempt": lease["attempt"], "label": "invoices", "digest": lease["package_digest"], "id": "1"}
                path = path.replace(f"{{{name}}}", chance.choice([*_IDS, known[name], known[name]]))
            query = chance.choice(_QUERIES)
            options = _content(chance) if route.method != "GET" else {}
            for caller in callers:
                reply = await caller(route.method, path + query, **options)
                assert reply.status_code < 500, (route.method, path, query, options, reply.text)


async def test_each_field_of_each_body_may_hold_anything(api: Api) -> None:
    chance = random.Random(8)
    await api.deploy("invoices")
    await api.ok("POST", "/tasks", {"automation": "invoices"})
    runner = await api.new_runner()
    (lease,) = await runner.lease()
    await api.ok("POST", "/queues", {"label": "invoices"})
    await api.ok("POST", "/queues/invoices/items", {"items": [{}, {}]})
    attempt = f"/runner/attempts/{lease['attempt']}"
    bodies: list[tuple[Api, str, str, dict[str, Any]]] = [
        (api, "POST", "/tasks", {"automation": "invoices"}),
        (api, "POST", "/tasks/bulk", {"action": "cancel", "ids": [4711]}),
        (api, "POST", "/automations", {"label": "new"}),
        (api, "PATCH", "/automations/invoices", {}),
        (api, "POST", "/connect", {"dialect": "botcity"}),
        (api, "POST", "/apply?dry_run=true", {"document": {"automations": [{"label": "invoices"}]}}),
        (runner, "POST", "/runner/lease", {"free": 1, "claim": "x"}),
        (runner, "POST", "/runner/heartbeat", {"attempts": [lease["attempt"]]}),
        (runner, "POST", f"{attempt}/logs", {"lines": [[1, 1, "stdout", "x"]]}),
        (runner, "POST", f"{attempt}/end", {"exit_code": 0}),
        (api, "POST", "/queues", {"label": "new", "policy": "fifo", "schema": [{"label": "a"}], "max_retries": 1}),
        (api, "PATCH", "/queues/invoices", {"trigger": "never", "automation": None, "unique_scope": None}),
        (api, "POST", "/queues/invoices/items", {"items": [{"values": 1, "reference": "x", "priority": 1}]}),
        (api, "POST", "/queues/invoices/items/bulk", {"action": "retry", "states": ["error"], "text": "x"}),
        (api, "POST", "/queues/invoices/pull", {"count": 1, "claim": "c", "wait": 0}),
        (api, "POST", "/queues/invoices/report", {"reports": [{"item": 1, "outcome": "done", "task": 1}]}),
        (api, "POST", "/queues/invoices/report-and-pull", {"reports": [], "count": 1, "claim": "d"}),
        (api, "POST", "/queues/invoices/release", {"items": [1]}),
        (api, "PATCH", "/items/1", {"values": 1, "priority": 1, "message": "m", "task": 1}),
        (api, "POST", "/items/1/cancel", {"message": "m"}),
        (api, "POST", "/items/bulk", {"action": "cancel", "ids": [1]}),
    ]
    for caller, method, path, body in bodies:
        for field in [*body, *chance.sample(_FIELDS, 10)]:
            for value in chance.sample(_VALUES, 8):
                reply = await caller(method, path, body | {field: value})
                assert reply.status_code < 500, (path, field, value, reply.text)


def _content(chance: random.Random) -> dict[str, Any]:
    if chance.random() < 0.5:
        kind = chance.choice(["application/json", "application/zip", "text/plain", ""])
        return {"content": chance.choice(_BODIES), "headers": {"Content-Type": kind}}
    return {"json": {chance.choice(_FIELDS): chance.choice(_VALUES) for _ in range(3)}}
