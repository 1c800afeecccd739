"""Every example of the reference, docs/api.md, does what it says, against a workspace that has what it is about."""

from __future__ import annotations

import re
import shlex
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

from botyard.core.access import Permission
from botyard.protocols.native.description import operations
from botyard.protocols.native.routes import ROUTES
from botyard.web import EVENTS
from tests.protocols.native.conftest import Api, package

REFERENCE = Path(__file__).parents[3] / "docs" / "api.md"
ENTRY = re.compile(
    r"^### `(?P<method>\w+) (?P<path>\S+)`\n\n`(?P<operation>\w+)`: .*?^Answers (?P<success>[\d or]+).*?"
    r"^```\n(?P<command>.*?)\n```$",
    re.MULTILINE | re.DOTALL,
)
#: Examples that cannot do it here: the status that they get, and why.
REFUSED = {
    "files_read": (404, "Files that a server fetched for a task are read in tests/scenarios/test_files.py."),
    "runners_rotate_token": (409, "Only a bot that notices gets another: tests/scenarios/test_velocity_bots.py."),
    "tasks_rotate_token": (400, "The same."),
    "vault_rotate": (403, "Only the local administrator may."),
}
#: What examples stand for that name one thing.
NAMES = {
    "action": "send-invoices",
    "app": "shop",
    "folder": "Finance",
    "integration": "crm",
    "interface": "contacts",
    "label": "invoices",
    "login": "ann",
    "path": "reports/march.csv",
    "table": "orders",
    "version": "1",
}
#: Where an example needs another one.
OTHER_NAMES = {
    "actions_delete": {"action": "unused"},
    "apps_delete": {"app": "unused"},
    "automations_delete": {"label": "unused"},
    "connections_begin_oauth": {"integration": "sso"},
    "credentials_delete_key": {"key": "password"},
    "credentials_read_value": {"key": "password"},
    "folders_delete": {"folder": "Unused"},
    "packages_delete": {"version": "2"},
    "rows_relate": {"table": "sales", "relationship": "orders"},
    "tables_drop": {"table": "unused"},
    "traces_get": {"epoch": "1", "span": "s1"},
}
#: Examples that make what others are about, in this order.
FIRST = (
    "users_create",
    "groups_create",
    "automations_create",
    "automations_deploy",
    "queues_create",
    "integrations_create",
    "plugins_create_interface",
    "apps_create",
    "tables_create",
    "actions_create",
    "folders_create",
)
FIELDS = [{"name": "customer"}, {"name": "orders", "type": "many_to_many", "to": "orders"}]
SSO = {
    "key": "sso",
    "name": "SSO",
    "kind": "oauth2",
    "base_url": "https://sso.example.com",
    "details": {
        "client_id": "c",
        "authorize_url": "https://sso.example.com/a",
        "access_token_url": "https://sso.example.com/t",
    },
    "secret": "s",
}
#: What only other examples are about; made when the first ones are through.
ALSO: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("POST", "/users", {"login": "bob", "role": "operator"}),
    ("POST", "/credentials", {"label": "invoices", "secrets": {"KEY": "x", "user": "robot", "password": "x"}}),
    ("POST", "/assets", {"name": "NAME", "type": "credential", "username": "a", "password": "b"}),
    ("POST", "/groups", {"name": "NAME"}),
    ("POST", "/log-tables", {"label": "invoices", "columns": [{"label": "invoice", "name": "Invoice"}]}),
    ("POST", "/folders", {"name": "Unused"}),
    ("POST", "/automations", {"label": "unused"}),
    ("POST", "/apps", {"slug": "unused", "owner": "ann"}),
    ("POST", "/apps/shop/tables", {"name": "sales", "fields": FIELDS}),
    ("POST", "/apps/shop/tables", {"name": "unused", "fields": [{"name": "customer"}]}),
    ("POST", "/apps/shop/actions", {"slug": "unused"}),
    ("POST", "/plugin-interfaces", {"namespace": "people"}),
    ("POST", "/integrations", SSO),
    ("PUT", "/cache/KEY", {"value": 1}),
    ("PUT", "/apps/shop/cache/KEY", {"value": 1}),
)


class Example(NamedTuple):
    """One command of the reference, and the statuses of its success."""

    operation: str
    method: str
    path: str
    success: tuple[int, ...]
    command: str


class Request(NamedTuple):
    """What curl would send; `query` begins with a question mark, unless it is empty."""

    method: str
    query: str
    headers: dict[str, str]
    body: str


def examples() -> list[Example]:
    """Return the examples: those that others rest on first, those that delete last and backwards."""
    found = [
        Example(one["operation"], one["method"], one["path"], numbers(one["success"]), one["command"])
        for one in ENTRY.finditer(REFERENCE.read_text("utf-8"))
    ]
    named = {example.operation: example for example in found}
    first = [named.pop(name) for name in FIRST]
    last = [example for example in named.values() if example.method == "DELETE"]
    return [*first, *(example for example in named.values() if example.method != "DELETE"), *reversed(last)]


def numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", text)))


def parsed(example: Example) -> Request:
    """Return what a command sends; it has no options of curl but those of the reference."""
    words = iter(shlex.split(example.command.replace("\\\n", " ")))
    assert next(words) == "curl"
    method, query, headers, body = "GET", "", {}, ""
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word in ("-d", "--data-binary"):
            body = next(words)
        else:
            address = re.sub(r"\{(\w+)\}", lambda _: "[^/?]+", example.path)
            matched = re.fullmatch(rf"\$BOTYARD_SERVER{address}(\?.*)?", word)
            assert matched, f"{word} is not about {example.path}"
            query = matched[1] or ""
    return Request(method, query, headers, body)


class Workspace:
    """A workspace that grows what the next example is about."""

    def __init__(self, api: Api, runner: Api) -> None:
        self.api = api
        self.runner = runner
        self._kept: dict[str, str] = {}
        self.texts = {'"wait": 30': '"wait": 0'}

    async def names(self, example: Example) -> dict[str, str]:
        """Return what the placeholders of an example stand for, made anew where it may change that."""
        names = NAMES | OTHER_NAMES.get(example.operation, {})
        subjects = (example.operation, *re.findall(r"/[\w-]+/\{\w+\}|/files/\{\w+\}", example.path))
        if make := next((MAKERS[subject] for subject in subjects if subject in MAKERS), None):
            names |= dict.fromkeys(("id", "attempt", "digest", "row", "runner", "system"), await make(self))
            self.texts["4711"] = names["id"]
        return names

    async def made(self, path: str, body: Any, *parts: Any) -> str:
        """Make something and return what `parts` lead to in the answer, its id unless said otherwise."""
        answer = await self.api.ok("POST", path, body)
        for part in parts or ("id",):
            answer = answer[part]
        return str(answer)

    async def once(self, path: str, body: Any, *parts: Any) -> str:
        """Make something when it is not there yet, and return its id."""
        if path not in self._kept:
            self._kept[path] = await self.made(path, body, *parts)
        return self._kept[path]

    async def task(self) -> str:
        return await self.made("/tasks", {"automation": "invoices"})

    async def attempt(self) -> str:
        """Return an attempt that the runner has begun."""
        return await self._begun("attempt")

    async def running_task(self) -> str:
        return await self._begun("task")

    async def _begun(self, part: str) -> str:
        await self.made("/tasks", {"automation": "invoices", "priority": 10})
        (lease,) = await self.runner.lease()
        await self.runner.ok("POST", f"/runner/attempts/{lease['attempt']}/start")
        return str(lease[part])

    async def test_task(self) -> str:
        """Return a task that may be deleted."""
        task = await self.made("/tasks", {"automation": "invoices", "test": True})
        await self.api.ok("POST", f"/tasks/{task}/cancel")
        return task

    async def traced_task(self) -> str:
        task = await self.running_task()
        await self.api.ok("POST", f"/tasks/{task}/spans", {"spans": [{"span_id": "s1", "name": "s", "status": "ok"}]})
        return task

    async def item(self) -> str:
        return await self.made("/queues/invoices/items", {"items": [{"priority": 10}]}, "items", 0, "id")

    async def failed_item(self) -> str:
        """Return an item that can be tried again."""
        await self.item()
        (pulled,) = (await self.api.ok("POST", "/queues/invoices/pull", {"count": 1}))["items"]
        report = {"item": pulled["id"], "outcome": "error", "error_kind": "business", "message": "m"}
        await self.api.ok("POST", "/queues/invoices/report", {"reports": [report]})
        return str(pulled["id"])

    async def digest(self) -> str:
        """Deploy another version and return the digest of its package."""
        again = package(main__py="print('again')")
        return str((await self.api.deploy("invoices", again, version="2"))["digest"])

    async def error(self, part: str = "id") -> str:
        return await self.made(f"/tasks/{await self.task()}/errors", {"type": "E", "message": "m"}, part)

    async def error_file(self) -> str:
        return await self._uploaded(f"/errors/{await self.error()}/files")

    async def artifact(self) -> str:
        return await self._uploaded(f"/tasks/{await self.task()}/artifacts")

    async def _uploaded(self, path: str) -> str:
        headers = {"Content-Type": "application/octet-stream"}
        return str((await self.api.ok("POST", path, content=b"x", params={"name": "a.txt"}, headers=headers))["id"])

    async def alert(self) -> str:
        return await self.made(f"/tasks/{await self.task()}/alerts", {"level": "info", "title": "t"})

    async def row(self, table: str = "orders") -> str:
        row = (await self.api.ok("POST", f"/apps/shop/tables/{table}/rows", {"values": {"customer": "ACME"}}))["row"]
        self.texts["2026-03-02T09:30:00.000000+00:00"] = row["updated_at"]
        return str(row["id"])

    async def linking_row(self) -> str:
        self.texts["0198c1b2-7a4e-7000-8000-000000000001"] = await self.row()
        return await self.row("sales")

    async def change(self) -> str:
        await self.row()
        return str((await self.api.ok("GET", "/apps/shop/tables/orders/history"))["changes"][0]["id"])


MAIL = {"subject": "s", "body": "b", "addresses": ["ann@example.com"]}
PLUGIN = {"interface": "people", "integration": "crm", "code": ""}
#: What operations or addresses are about, and how one of it is made.
MAKERS: dict[str, Callable[[Workspace], Awaitable[str]]] = {
    "packages_content": Workspace.digest,
    "tasks_bulk": Workspace.task,
    "tasks_rotate_token": Workspace.running_task,
    "tasks_send_messages": Workspace.running_task,
    "tasks_tell_progress": Workspace.running_task,
    "tasks_delete": Workspace.test_task,
    "traces_add": Workspace.running_task,
    "traces_get": Workspace.traced_task,
    "items_bulk": Workspace.item,
    "items_release": Workspace.item,
    "items_report": Workspace.item,
    "items_report_and_pull": Workspace.item,
    "items_retry": Workspace.failed_item,
    "rows_relate": Workspace.linking_row,
    "/tasks/{id}": Workspace.task,
    "/attempts/{attempt}": Workspace.attempt,
    "/runners/{runner}": lambda yard: yard.made("/runners/register", {"name": "vm-2"}, "runner_id"),
    "/items/{id}": Workspace.item,
    "/schedules/{id}": lambda yard: yard.made("/schedules", {"automation": "invoices", "cron": "@daily"}),
    "/keys/{id}": lambda yard: yard.made("/keys", {"name": "k", "role": "viewer"}, "key", "id"),
    "/tokens/{id}": lambda yard: yard.made("/apps/shop/tokens", {"name": "t", "user": "bob"}, "key", "id"),
    "/connections/{id}": lambda yard: yard.once(
        "/integrations/crm/connections", {"name": "x", "secrets": {"key": "x"}}
    ),
    "/plugins/{id}": lambda yard: yard.once("/plugins", PLUGIN),
    "/systems/{system}": lambda yard: yard.once("/systems", {"name": "BPM"}, "system", "id"),
    "/alerts/{id}": Workspace.alert,
    "/messages/{id}": lambda yard: yard.made("/messages", MAIL),
    "/errors/{id}": Workspace.error,
    "/error-groups/{id}": lambda yard: yard.error("group"),
    "/files/{id}": Workspace.error_file,
    "/artifacts/{id}": Workspace.artifact,
    "/rows/{row}": Workspace.row,
    "/history/{id}": Workspace.change,
}


@pytest.fixture
async def yard(api: Api) -> Workspace:
    return Workspace(api, await api.new_runner(slots=100))


async def test_each_example_of_the_reference_does_what_it_says(yard: Workspace) -> None:
    routes = {operation.name: operation.route for operation in operations(ROUTES)}
    answered: dict[str, str] = {}
    for number, example in enumerate(examples()):
        if number == len(FIRST):
            for method, path, body in ALSO:
                await yard.api.ok(method, path, body)
        route = routes.pop(example.operation)
        if route.gives == EVENTS:  # it has no end
            continue
        caller = yard.runner if route.permission == Permission.RUNNER_WORK else yard.api
        expected = REFUSED[example.operation][:1] if example.operation in REFUSED else example.success
        status, text = await answer(yard, caller, example)
        if status not in expected:
            answered[example.operation] = f"{status} {text[:200]}"
    assert answered == {}
    assert routes == {}


async def answer(yard: Workspace, caller: Api, example: Example) -> tuple[int, str]:
    """Send what an example would send, about what is there."""
    request, names = parsed(example), await yard.names(example)
    path = re.sub(r"\{(\w+)\}", lambda found: quote(names.get(found[1], found[1].upper()), safe=""), example.path)
    body = request.body
    for written, real in yard.texts.items():
        body = body.replace(written, real)
    media = request.headers.get("Content-Type", "")
    files = {"application/zip": package(), "text/csv": b"customer,amount\nACME,120\n"}
    content = files.get(media, b"bytes") if body == "@FILE" else body.encode()
    response = await caller(
        request.method, path.removeprefix("/api/v1") + request.query, content=content, headers={"Content-Type": media}
    )
    return response.status_code, response.text
