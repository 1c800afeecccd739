"""Requests made of the description, as a tester would make them, are answered as it says, and never by a fault."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx2
import jsonschema_rs
import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode

from botyard.core import apps, workspaces
from botyard.core.access import Permission
from botyard.protocols.native.description import Operation, openapi, operations
from botyard.protocols.native.routes import ROUTES
from botyard.storage import Database, Tx
from botyard.web import EVENTS, Application
from tests.protocols.native.conftest import Api

EXAMPLES = {GenerationMode.POSITIVE: 3, GenerationMode.NEGATIVE: 2}
#: Reach for other systems.
OUTWARD = {"connections_test", "connections_begin_oauth"}
#: Whose example names a person.
PERSONAL = {"messages_create"}
NAMES = {
    "app": "shop",
    "table": "sales",
    "folder": "Finance",
    "integration": "crm",
    "interface": "contacts",
    "label": "invoices",
    "name": "invoices",
    "key": "password",
}
FIELDS = [{"name": "customer"}, {"name": "amount", "type": "number"}]
THINGS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("", "/queues", {"label": "invoices"}),
    ("", "/credentials", {"label": "invoices", "secrets": {"password": "x"}}),
    ("", "/assets", {"name": "invoices", "type": "credential", "username": "a", "password": "b"}),
    ("", "/folders", {"name": "Finance"}),
    ("", "/integrations", {"key": "crm", "name": "CRM", "kind": "api_key", "base_url": "https://127.0.0.1:9"}),
    ("", "/plugin-interfaces", {"namespace": "contacts"}),
    ("", "/apps/shop/tables", {"name": "sales", "fields": FIELDS}),
    ("", "/apps/shop/tables/sales/rows", {"values": {"amount": 1}}),
    ("", "/systems", {"name": "ELMA365"}),
    ("items", "/queues/invoices/items", {"items": [{}]}),
    ("tasks", "/tasks", {"automation": "invoices"}),
    ("schedules", "/schedules", {"automation": "invoices", "cron": "@daily"}),
    ("connections", "/integrations/crm/connections", {"name": "head", "secrets": {"key": "x"}}),
    ("plugins", "/plugins", {"interface": "contacts", "integration": "crm", "code": ""}),
)
_KEPT = "x-schemathesis-testcaseid"


class Sent(NamedTuple):
    """One request, without its credential."""

    operation: str
    options: dict[str, Any]
    path: dict[str, Any]
    valid: bool


@schemathesis.serializer("application/zip", "text/csv")
def raw(_: schemathesis.SerializationContext, value: Any) -> bytes:
    """Return the bytes of a body that is none of JSON."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@functools.cache
def document() -> dict[str, Any]:
    read: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(openapi(ROUTES)))
    return read


@functools.cache
def requests() -> tuple[Sent, ...]:
    """Return what is sent, the same in each run; made once, since making it takes longer than sending it."""
    made: list[Sent] = []
    endless = {route.operation for route in ROUTES.routes if route.gives == EVENTS}
    for result in schemathesis.openapi.from_dict(document()).get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        if operation.definition.raw["operationId"] in endless:
            continue
        for mode, count in EXAMPLES.items():
            made += _made(operation, mode, count)
    return tuple(made)


def _made(operation: Any, mode: GenerationMode, count: int) -> Iterator[Sent]:
    found: list[Sent] = []
    name = operation.definition.raw["operationId"]

    @settings(max_examples=count, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def collect(case: schemathesis.Case[Any]) -> None:
        options = case.as_transport_kwargs(base_url="http://botyard")
        for key in [key for key in options["headers"] if key.lower() in ("authorization", _KEPT)]:
            del options["headers"][key]
        found.append(Sent(name, options, dict(case.path_parameters), mode is GenerationMode.POSITIVE))

    try:
        collect()
    except Unsatisfiable:
        return  # there is nothing to send that is wrong
    yield from found


class World(NamedTuple):
    """A workspace with one of everything, and the callers."""

    client: httpx2.AsyncClient
    names: dict[str, dict[str, str]]
    tokens: dict[Any, str]


@pytest.fixture
async def world(api: Api, app: Application, db: Database) -> Any:
    """Yield a workspace in which every kind of thing exists once."""
    names = await _things(api, db)
    runner = await api.new_runner()
    await api.ok("POST", "/tasks", {"automation": "invoices"})
    (lease,) = await runner.lease()
    names[""]["attempt"] = lease["attempt"]
    join = (await api.ok("POST", "/connect", {"dialect": "runner"}))["token"]
    tokens = {None: api.token, Permission.RUNNER_WORK: runner.token, Permission.RUNNER_JOIN: join}
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport) as client:
        yield World(client, names, {permission: str(token) for permission, token in tokens.items()})


async def _things(api: Api, db: Database) -> dict[str, dict[str, str]]:
    """Make one of everything and return the names in paths: of all, and by tag."""
    await db.write(_app, now=db.now())
    await api.deploy("invoices")
    names: dict[str, dict[str, str]] = {"": dict(NAMES)}
    for tag, path, body in THINGS:
        made = await api.ok("POST", path, body)
        if tag:
            names[tag] = {"id": str(made.get("id") or made["items"][0]["id"])}
        names[""] |= {name: str(made[name]["id"]) for name in ("row", "system") if name in made}
    return names


def _app(tx: Tx, *, now: int) -> None:
    workspace = workspaces.get(tx, label="acme")
    apps.create(tx, workspace_id=workspace.id, slug="shop", actor="user:ann", now=now)


async def test_requests_made_of_the_description_are_answered_as_it_says(world: World) -> None:
    described = {operation.name: operation for operation in operations(ROUTES)}
    check = Checks(document())
    faults: list[str] = []
    for number, sent in enumerate(sorted(requests(), key=lambda one: one.options["method"] == "DELETE")):
        operation = described[sent.operation]
        exists = number % 2 == 0 and operation.name not in OUTWARD
        response = await send(world, operation, sent, exists=exists)
        faults += [f"{sent.operation} {sent.options}: {fault}" for fault in check(operation, response)]
    assert faults == []


async def test_examples_of_the_description_are_accepted(world: World) -> None:
    refused = {}
    for operation in operations(ROUTES):
        example, method = operation.route.example, operation.route.method
        exists = set(operation.parameters) <= (world.names[""] | world.names.get(operation.tag, {})).keys()
        if example is not None and exists and operation.name not in OUTWARD | PERSONAL:
            sent = Sent(operation.name, {"method": method, "headers": {}, "json": example}, {}, True)
            response = await send(world, operation, sent, exists=True)
            if response.status_code == 400:
                refused[operation.name] = response.text[:200]
    assert refused == {}


async def test_nothing_is_answered_without_a_credential_but_what_is_open(world: World) -> None:
    for operation in operations(ROUTES):
        url = "http://botyard" + operation.path.replace("{", "").replace("}", "")
        for headers in ({}, {"Authorization": "Bearer by_key_1_2_3"}, {"Authorization": f"Basic {world.tokens[None]}"}):
            response = await world.client.request(operation.route.method, url, headers=headers)
            assert response.status_code == (200 if operation.route.is_open else 401), operation.name


async def send(world: World, operation: Operation, sent: Sent, *, exists: bool) -> httpx2.Response:
    """Send a request; where `exists`, about things that there are."""
    options = dict(sent.options)
    if exists:
        known = world.names[""] | world.names.get(operation.tag, {})
        path = operation.path
        for name in operation.parameters:
            path = path.replace(f"{{{name}}}", str(known.get(name, sent.path.get(name, "none"))))
        options["url"] = f"http://botyard{httpx2.URL(path=path)}"
    options.pop("cookies", None)
    data = options.pop("data", None)
    if data is not None:
        options["content"] = data if isinstance(data, bytes | str) else b""
    token = world.tokens.get(operation.route.permission, world.tokens[None])
    options["headers"] = {**options["headers"], "Authorization": f"Bearer {token}"}
    return await world.client.request(**unheld(options), timeout=30)


def unheld(options: dict[str, Any]) -> dict[str, Any]:
    """Return a request that nobody holds back: answers that wait are looked at elsewhere."""
    if "wait" in options.get("params", {}):
        options = {**options, "params": {**options["params"], "wait": 0}}
    body = options.get("json")
    if isinstance(body, dict) and isinstance(body.get("wait"), int | float):
        options = {**options, "json": {**body, "wait": 0}}
    return options


class Checks:
    """What an answer has to be, by the description."""

    def __init__(self, described: dict[str, Any]) -> None:
        self._components = described["components"]
        self._answers = {
            operation["operationId"]: operation["responses"]
            for methods in described["paths"].values()
            for operation in methods.values()
        }
        self._validators: dict[str, Any] = {}

    def __call__(self, operation: Operation, response: httpx2.Response) -> Iterator[str]:
        """Yield what is wrong with an answer."""
        answer = self._answers[operation.name].get(str(response.status_code))
        if answer is None:
            yield f"answered {response.status_code}: {response.text[:300]}"
            return
        if "$ref" in answer:
            answer = self._components["responses"][answer["$ref"].rpartition("/")[2]]
        media = response.headers.get("content-type", "").partition(";")[0]
        contents = answer.get("content", {})
        if contents and media not in contents:
            yield f"answered {media}"
        elif media.endswith("json"):
            schema = contents[media]["schema"]
            yield from (error.message[:300] for error in self._validator(schema).iter_errors(response.json()))

    def _validator(self, schema: dict[str, Any]) -> Any:
        key = str(schema)
        if key not in self._validators:
            whole = {**schema, "components": self._components}
            self._validators[key] = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
        return self._validators[key]
