"""A small application over the real edge, and clients for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import httpx2
import msgspec
import pytest

from botyard.base.exceptions import Busy, Invalid, NotFound
from botyard.base.settings import Settings
from botyard.core import access
from botyard.core.access import Permission, Role
from botyard.server.app import create_app
from botyard.storage import Blobs, Database
from botyard.web import (
    OPEN,
    SIGNED_IN,
    Application,
    Query,
    Request,
    Response,
    Route,
    RouteTable,
    StreamResponse,
    hold,
    json_response,
)


class Order(msgspec.Struct, forbid_unknown_fields=True):
    label: str
    count: int = 1
    values: dict[str, object] = {}


async def echo(request: Request) -> Response:
    return json_response(await request.json(Order))


async def show(request: Request) -> Response:
    return json_response({"path": dict(request.path), "query": dict(request.query), "actor": request.caller.actor})


async def by_id(request: Request) -> Response:
    return json_response({"id": request.path_id("id"), "n": request.query_int("n", default=5, low=1, high=9)})


async def fail(request: Request) -> Response:
    raise {
        "invalid": Invalid("It is wrong.", hint="Fix it.", field="x"),
        "missing": NotFound("It is not there."),
        "busy": Busy("Later.", retry_after=2.5),
        "bug": RuntimeError("by_key_secret and other internals"),
    }[request.path["how"]]


async def size(request: Request) -> Response:
    return json_response({"size": sum([len(chunk) async for chunk in request.stream()])})


async def form(request: Request) -> Response:
    sent = await request.form()
    content = b"".join([chunk async for chunk in sent.file("file").chunks()]) if "file" in request.query else b""
    return json_response({"name": sent.text("name"), "size": len(content)})


async def poll(request: Request) -> Response:
    await request.body()
    async with request.db.wakeups.subscribe("bell") as bell:
        return json_response({"rang": await hold(request, bell.wait(20))})


async def half(_: Request) -> Response:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"one"
        raise RuntimeError("the disk is gone")

    return StreamResponse(chunks())


async def broken(_: Request) -> Response:
    async def chunks() -> AsyncIterator[bytes]:
        for content in (NotFound("The file is gone."), b""):
            if isinstance(content, NotFound):
                raise content
            yield content

    return StreamResponse(chunks())


ROUTES = [
    Route("POST", "/orders", echo, Permission.TASKS_RUN),
    Route("GET", "/orders/{label}", show, Permission.TASKS_READ, query=(Query("a", "One."), Query("b", "Two."))),
    Route("GET", "/orders/{label}/lines/{line}", show, Permission.TASKS_READ),
    Route("GET", "/orders/latest", show, Permission.TASKS_READ),
    Route("DELETE", "/orders/{label}", show, Permission.WORKSPACE_MANAGE),
    Route("GET", "/numbers/{id}", by_id, SIGNED_IN, query=(Query("n", "A number.", int),)),
    Route("GET", "/fail/{how}", fail, OPEN),
    Route("POST", "/size", size, OPEN, body_limit=1000),
    Route("POST", "/form", form, OPEN, query=(Query("file", "A part."),), body_limit=1000),
    Route("POST", "/poll", poll, SIGNED_IN),
    Route("GET", "/half", half, OPEN),
    Route("GET", "/broken", broken, OPEN),
    Route("GET", "/open", fail, OPEN),
]


@dataclass
class Site:
    """An application under test."""

    app: Application
    db: Database

    def client(self, token: str | None = None) -> httpx2.AsyncClient:
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        transport = httpx2.ASGITransport(app=self.app, raise_app_exceptions=False)
        return httpx2.AsyncClient(transport=transport, base_url="http://botyard", headers=headers)

    async def key(self, role: Role) -> str:
        """Return a new key with a role in the first workspace."""
        made = await self.db.write(
            access.create_key, workspace_id=1, name=str(role), role=role, owner="user:1", now=self.db.now()
        )
        return made.text


@pytest.fixture
def backend() -> str:
    """Return the one database that these tests use: the edge is the same over both, and its input cases are many."""
    return "sqlite"


@pytest.fixture
def table() -> RouteTable:
    """Return the routes of the application under test."""
    return RouteTable("test", "/api/test", ROUTES, strict_query=True)


@pytest.fixture
async def site(settings: Settings, db: Database, blobs: Blobs, table: RouteTable) -> Site:
    """Return the application, with one workspace and its administrator."""
    await db.write(access.first_start, password_hash="", must_change=False, now=db.now())
    return Site(create_app(settings, db, blobs, tables=[table, RouteTable("rest", "", [])]), db)


@pytest.fixture
async def client(site: Site) -> AsyncIterator[httpx2.AsyncClient]:
    """Yield a client with an operator's key."""
    async with site.client(await site.key(Role.OPERATOR)) as client:
        yield client


@pytest.fixture
def anonymous(site: Site) -> Callable[[], httpx2.AsyncClient]:
    """Return a maker of clients without a credential."""
    return site.client
