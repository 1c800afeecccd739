"""The console over an open database, people of every role, and a yard for browsers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Page

from botyard.base.settings import Settings
from botyard.core import access, workspaces
from botyard.core.access import Role, passwords
from botyard.server.app import create_app
from botyard.storage import Blobs, Database, Tx
from botyard.upstream.integration import Switchboard
from botyard.web import Tools
from tests.conftest import BACKENDS
from tests.scenarios.yard import Yard
from tests.support.databases import copy_sqlite, in_own_loop
from tests.support.postgres import PostgresServer
from tests.support.processes import PASSWORD, make_server
from tests.support.work import deploy, make_task, make_workspace

ORIGIN = "http://botyard"


@dataclass(frozen=True)
class Desk:
    """The console in process: a workspace with a task, and a signed-in client per role."""

    db: Database
    workspace: workspaces.Workspace
    task_id: int
    cookies: dict[str, str]
    client: httpx2.AsyncClient
    tools: Tools

    async def settle(self) -> None:
        """Have every call of integrations in the log."""
        await self.tools.shared(Switchboard, _no_calls).settle()

    async def get(self, path: str, *, role: str = "admin", **headers: str) -> httpx2.Response:
        """Ask for a page as somebody with this role."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.get(path, headers={"cookie": f"botyard_session={self.cookies[role]}", **named})

    async def post(self, path: str, /, *, role: str = "admin", **fields: str) -> httpx2.Response:
        """Send a form as a browser does: with the origin of the page and the token that the page holds."""
        return await self.send(path, fields, role=role)

    async def send(self, path: str, fields: Mapping[str, str], *, role: str = "admin") -> httpx2.Response:
        """Send a form whose fields may have any name."""
        headers = {"cookie": f"botyard_session={self.cookies[role]}", "origin": ORIGIN}
        token = re.search(r'name="form_token" value="([0-9a-f]+)"', (await self.get("/account", role=role)).text)
        assert token, "the page has no form token"
        return await self.client.post(path, headers=headers, data={"form_token": token.group(1), **fields})


def _no_calls() -> Switchboard:
    raise AssertionError("no call was made")


def _people(tx: Tx, *, now: int) -> tuple[workspaces.Workspace, int, dict[str, str]]:
    workspace = make_workspace(tx, label="acme", now=now)
    deploy(tx, workspace, automation="billing", now=now)
    cookies = {}
    for role in Role:
        user = access.create_user(tx, login=role, name=role, password_hash="", must_change=False, now=now)
        access.set_role(tx, workspace_id=workspace.id, user_id=user.id, role=role)
        cookies[str(role)] = access.start_session(tx, user_id=user.id, now=now)[0]
    return workspace, make_task(tx, workspace, now=now).id, cookies


@pytest.fixture
async def desk(settings: Settings, db: Database, blobs: Blobs) -> AsyncIterator[Desk]:
    """Yield the console of a workspace, on this test's database."""
    app = create_app(settings, db, blobs)
    workspace, task_id, cookies = await db.write(_people, now=db.now())
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        yield Desk(db, workspace, task_id, cookies, client, app.tools)
    for close in app.tools.closing:
        await close()
    await app.tools.upstream.close()


def _accounts(tx: Tx, *, password_hash: str, now: int) -> None:
    """Make admin and, in the same workspace, one person per other role; all with the same password."""
    access.first_start(tx, password_hash=password_hash, must_change=False, now=now)
    workspace = workspaces.get(tx, label="default")
    for role in (Role.VIEWER, Role.OPERATOR, Role.DEVELOPER):
        user = access.create_user(tx, login=role, name=role, password_hash=password_hash, must_change=False, now=now)
        access.set_role(tx, workspace_id=workspace.id, user_id=user.id, role=role)


async def _prepare(url: str | None, data: Path) -> None:
    database = await Database.open(url, data=data)
    await database.write(_accounts, password_hash=passwords.hash_password(PASSWORD), now=database.now())
    await database.close()


def open_yard(request: pytest.FixtureRequest, folder: Path, backend: str) -> Yard:
    """Return a yard whose server is not started yet, with a person of every role."""
    data = folder / "data"
    url = None
    if backend == "sqlite":
        copy_sqlite(request.getfixturevalue("sqlite_template"), data)
    else:
        postgres: PostgresServer = request.getfixturevalue("postgres")
        name = postgres.create(template=request.getfixturevalue("postgres_template"))
        request.addfinalizer(lambda: postgres.drop(name))
        url = postgres.url_of(name)
    data.mkdir(exist_ok=True)
    data.chmod(0o700)
    in_own_loop(lambda: _prepare(url, data))
    server = make_server(folder, data, url, "--no-runner")
    return Yard(folder, server, request.getfixturevalue("runner_cache"))


def _running(request: pytest.FixtureRequest, folder: Path, backend: str) -> Iterator[Yard]:
    with open_yard(request, folder, backend) as yard:
        yard.server.start_ready()
        yard.add_runner("--slots", "3")
        yield yard


@pytest.fixture(scope="module")
def yard(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    """Yield a running yard on SQLite that the tests of a module share."""
    yield from _running(request, tmp_path_factory.mktemp("yard"), "sqlite")


@pytest.fixture(scope="module", params=BACKENDS)
def either_yard(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    """Yield a running yard on each database in turn."""
    yield from _running(request, tmp_path_factory.mktemp("yard"), request.param)


@pytest.fixture
def sign_in(page: Page) -> Callable[..., Page]:
    """Return a function that signs somebody in to a yard and returns the page."""

    def enter(yard: Yard, login: str = "admin") -> Page:
        page.goto(f"{yard.server.url}/sign-in")
        page.get_by_label("User").fill(login)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{yard.server.url}/")
        return page

    return enter
