"""Fixtures shared by all tests. Whatever touches a database runs on SQLite and on PostgreSQL.

`db`        an open, migrated, empty database (the `backend` fixture says which)
`settings`  settings of a server with that database and its own data folder
`blobs`     an empty blob store in that data folder
`app`       the server's ASGI application over those, in this process
`http`      an HTTP client of `app`, without a connection
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest

from botyard.base.settings import Settings
from botyard.server.app import create_app
from botyard.storage import Blobs, Database
from botyard.web import Application
from tests.support.databases import copy_sqlite, migrated_postgres, migrated_sqlite
from tests.support.postgres import PostgresServer, postgres_server

pytest_plugins = [
    "tests.support.processes",
    "tests.support.clients",
    "tests.support.browser",
    "tests.support.mail",
    "tests.support.redis",
]

BACKENDS = ("sqlite", "postgres")

# Hundreds of processes are started, and compiling is more than half of a start: what is compiled is kept, also where
# the surroundings ask for the contrary.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# A run in the background of a shell has SIGINT ignored, and so would have every process that a test stops with it.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with tests that take and wait long: others fill their waits, and no process is left with one at the end."""
    scenarios = Path(__file__).with_name("scenarios")
    items.sort(key=lambda item: (not item.path.is_relative_to(scenarios), item.get_closest_marker("kill") is None))


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Return the name of the database that this run of the test uses."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Yield the PostgreSQL server of this test run; it is started when the first test asks for it."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated SQLite file that tests copy."""
    return migrated_sqlite(tmp_path_factory.mktemp("sqlite-template"))


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the name of a migrated PostgreSQL database that tests copy."""
    name = migrated_postgres(postgres, tmp_path_factory.mktemp("postgres-template"))
    yield name
    postgres.drop(name)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return the data folder of this test's server."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def database_url(backend: str, data: Path, request: pytest.FixtureRequest) -> Iterator[str | None]:
    """Yield the address of a migrated, empty database; None means the SQLite file in `data`."""
    if backend == "sqlite":
        copy_sqlite(request.getfixturevalue("sqlite_template"), data)
        yield None
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = server.create(template=request.getfixturevalue("postgres_template"))
    yield server.url_of(name)
    server.drop(name)


@pytest.fixture
def settings(database_url: str | None, data: Path) -> Settings:
    """Return the settings of a server on this test's database, with a known password and no embedded runner."""
    return Settings(data=data, database=database_url, port=0, runner=False, admin_password="correct horse battery")


@pytest.fixture
async def db(database_url: str | None, data: Path) -> AsyncIterator[Database]:
    """Yield an open, migrated, empty database."""
    database = await Database.open(database_url, data=data)
    yield database
    await database.close()


@pytest.fixture
def blobs(data: Path) -> Blobs:
    """Return an empty blob store in this test's data folder."""
    return Blobs.open(None, data=data)


@pytest.fixture
def app(settings: Settings, db: Database, blobs: Blobs) -> Application:
    """Return the server's application over this test's database and files."""
    return create_app(settings, db, blobs)


@pytest.fixture
async def http(app: Application) -> AsyncIterator[httpx2.AsyncClient]:
    """Yield a client of `app` that raises what the application raises."""
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://botyard.test") as client:
        yield client
