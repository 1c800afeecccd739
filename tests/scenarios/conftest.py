"""A yard: a real server and runners, as processes, with packages made on the spot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import BACKENDS
from tests.scenarios.yard import Yard
from tests.support.databases import copy_sqlite
from tests.support.postgres import PostgresServer
from tests.support.processes import make_server


@pytest.fixture(scope="module", params=BACKENDS)
def shared_yard(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    """Yield a yard with one runner of three slots that the tests of a module share; they may not kill it."""
    folder = tmp_path_factory.mktemp("yard")
    with _yard(request, folder, request.param) as yard:
        yard.server.start_ready()
        yard.add_runner("--slots", "3")
        yield yard


@pytest.fixture
def yard(request: pytest.FixtureRequest, tmp_path: Path, backend: str) -> Iterator[Yard]:
    """Yield a yard of the test's own with a running server and no runner, to do anything with."""
    with _yard(request, tmp_path, backend) as yard:
        yard.server.start_ready()
        yield yard


def _yard(request: pytest.FixtureRequest, folder: Path, backend: str) -> Yard:
    data = folder / "data"
    data.mkdir(mode=0o700)
    database_url = None
    if backend == "sqlite":
        copy_sqlite(request.getfixturevalue("sqlite_template"), data)
    else:
        postgres: PostgresServer = request.getfixturevalue("postgres")
        name = postgres.create(template=request.getfixturevalue("postgres_template"))
        database_url = postgres.url_of(name)
        request.addfinalizer(lambda: postgres.drop(name))
    server = make_server(folder, data, database_url, "--no-runner")
    return Yard(folder, server, request.getfixturevalue("runner_cache"))
