"""Native v1 over a real database: an administrator, a runner and a bot's package in one workspace, and a stranger."""

from __future__ import annotations

import asyncio
import io
import itertools
import json
import zipfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2
import msgspec
import pytest

from botyard.base.exceptions import BotyardError
from botyard.base.settings import Settings
from botyard.core import access, workspaces
from botyard.core.access import Role
from botyard.protocols.native.routes import ROUTES
from botyard.server.app import create_app
from botyard.storage import Blobs, Database, Tx
from botyard.web import Application
from botyard.web.declaring import problems_of
from botyard.web.errors import status_of
from botyard.web.routing import Router

_numbers = itertools.count(1)
_ROUTER = Router([ROUTES])


def package(**files: str) -> bytes:
    """Return a zip archive; "__" in a name stands for a dot."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in (files or {"main__py": "print()"}).items():
            archive.writestr(zipfile.ZipInfo(name.replace("__", ".")), content)
    return buffer.getvalue()


def declared(response: httpx2.Response) -> httpx2.Response:
    """Return an answer that is one of those which its route declares; fail the test for any other."""
    try:
        route = _ROUTER.find(response.request.method, response.request.url.raw_path.partition(b"?")[0]).route
    except BotyardError:
        return response
    if response.is_success:
        assert response.status_code in route.statuses, f"{route.operation} answered {response.status_code}"
        if response.headers.get("content-type") == "application/json":
            kinds = route.gives if isinstance(route.gives, tuple) else (route.gives,)
            msgspec.json.decode(response.content, type=kinds[0])
    elif 400 <= response.status_code < 500:
        assert response.status_code in map(status_of, problems_of(route)), (
            f"{route.operation} does not declare {response.text}"
        )
    return response


@dataclass
class Api:
    """One caller of the application, without a socket."""

    app: Application
    token: str | None = None

    async def __call__(self, method: str, path: str, body: Any = None, **options: Any) -> httpx2.Response:
        transport = httpx2.ASGITransport(app=self.app, raise_app_exceptions=False)
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= options.pop("headers", {})
        if body is not None:
            options["json"] = body
        async with httpx2.AsyncClient(transport=transport, base_url="http://botyard", headers=headers) as client:
            return declared(await client.request(method, f"/api/v1{path}", timeout=30, **options))

    def as_(self, token: str | None) -> Api:
        """Return the same application for another caller."""
        return Api(self.app, token)

    async def ok(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """Return the JSON of a call that has to succeed."""
        response = await self(method, path, body, **options)
        assert response.is_success, response.text
        return response.json() if response.content else None

    async def problem(self, method: str, path: str, body: Any = None, *, status: int, **options: Any) -> dict[str, Any]:
        """Return the problem of a call that has to fail with `status`."""
        response = await self(method, path, body, **options)
        assert response.status_code == status, (response.status_code, response.text)
        assert response.headers["content-type"] == "application/problem+json"
        found: dict[str, Any] = response.json()
        assert found["status"] == status
        assert found["code"]
        return found

    async def deploy(self, label: str = "invoices", content: bytes | None = None, **query: str) -> Any:
        """Deploy a package and return what the server says."""
        headers = {"Content-Type": "application/zip"}
        content = package() if content is None else content
        return await self.ok("POST", f"/automations/{label}/deploy", content=content, headers=headers, params=query)

    async def new_runner(self, **fields: Any) -> Api:
        """Register a runner with a join code and return the API as it sees it."""
        code = (await self.ok("POST", "/connect", {"dialect": "runner"}))["token"]
        body = {"name": f"vm-{next(_numbers)}", "slots": 4} | fields
        identity = await self.as_(code).ok("POST", "/runners/register", body)
        return self.as_(identity["token"])

    async def lease(self, *, free: int = 1, wait: float = 0.0, claim: str | None = None) -> list[Any]:
        """Ask for work as a runner."""
        claim = claim or f"claim-{next(_numbers)}"
        reply = await self.ok("POST", "/runner/lease", {"free": free, "wait": wait, "claim": claim})
        leases: list[Any] = reply["leases"]
        return leases


async def until(condition: Callable[[], bool]) -> None:
    """Return as soon as `condition` holds; fail the test after ten seconds."""
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("the condition never came true")


@dataclass
class Held:
    """A lease call whose client can leave at any moment."""

    task: asyncio.Task[None]
    leave: Callable[[], None]
    answers: list[Any] = field(default_factory=list)


def hold_lease(api: Api, *, claim: str, wait: float = 20.0) -> Held:
    """Start a lease call by hand, so that its client can leave in the middle."""
    return hold_call(api, "/runner/lease", {"free": 1, "wait": wait, "claim": claim})


def hold_call(api: Api, path: str, sent: Any) -> Held:
    """Start a POST by hand, so that its client can leave in the middle."""
    gone = asyncio.Event()
    body = json.dumps(sent).encode()
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])
    answers: list[Any] = []

    async def receive() -> Any:
        message = next(messages, None)
        if message is not None:
            return message
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            answers.append(json.loads(message["body"]))

    scope = {
        "type": "http",
        "method": "POST",
        "path": f"/api/v1{path}",
        "raw_path": f"/api/v1{path}".encode(),
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {api.token}".encode()), (b"content-type", b"application/json")],
        "client": ("127.0.0.1", 1),
    }
    task: asyncio.Task[None] = asyncio.create_task(api.app(scope, receive, send))
    return Held(task, gone.set, answers)


@pytest.fixture
def app(settings: Settings, db: Database, blobs: Blobs) -> Application:
    """Return the application with the routes of native v1."""
    return create_app(settings, db, blobs, tables=[ROUTES])


@pytest.fixture
async def api(app: Application, db: Database) -> AsyncIterator[Api]:
    """Yield the API as the administrator of workspace `acme`."""
    yield Api(app, await db.write(_administrator, label="acme", now=db.now()))
    app.tools.drain.start()


@pytest.fixture
async def stranger(app: Application, db: Database) -> Api:
    """Return the API as the administrator of another workspace."""
    return Api(app, await db.write(_administrator, label="rival", now=db.now()))


def _administrator(tx: Tx, *, label: str, now: int) -> str:
    workspace = workspaces.create(tx, label=label, name=label, now=now)
    return make_key(tx, workspace_id=workspace.id, role=Role.ADMIN, now=now)


def make_key(tx: Tx, *, workspace_id: int, role: Role, now: int) -> str:
    """Return the text of a new native key."""
    key = access.create_key(tx, workspace_id=workspace_id, name="test", role=role, owner="user:1", now=now)
    return key.text
