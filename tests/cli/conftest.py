"""A server for the tests of a module, on each database, and the command line in this process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from botyard.cli.main import main
from tests.support.databases import copy_sqlite
from tests.support.processes import Server, make_server


class Ran(NamedTuple):
    """What a command wrote, and its exit code."""

    code: int
    out: str
    err: str


class Shell:
    """Runs commands in this process against a server."""

    def __init__(self, server: Server, capsys: pytest.CaptureFixture[str]) -> None:
        self.server = server
        self._capsys = capsys

    def run(self, *arguments: str, data: Path | None = None) -> Ran:
        """Run a command and return what it wrote."""
        with pytest.raises(SystemExit) as ended:
            main([*arguments, "--data", str(data or self.server.data)])
        written = self._capsys.readouterr()
        return Ran(int(ended.value.code or 0), written.out, written.err)

    def ok(self, *arguments: str) -> str:
        """Run a command that has to work and return its output."""
        ran = self.run(*arguments)
        assert ran.code == 0, ran
        return ran.out

    def json(self, *arguments: str) -> Any:
        """Run a command that has to work and return the one JSON value that it prints."""
        return json.loads(self.ok(*arguments, "--json"))


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> Iterator[Server]:
    """Yield a server without a runner for all tests of a module."""
    folder = tmp_path_factory.mktemp("cli")
    data = folder / "data"
    data.mkdir(mode=0o700)
    address = None
    if request.param == "sqlite":
        copy_sqlite(sqlite_template, data)
    else:
        postgres = request.getfixturevalue("postgres")
        name = postgres.create(template=request.getfixturevalue("postgres_template"))
        address = postgres.url_of(name)
    server = make_server(folder, data, address, "--no-runner")
    try:
        server.start_ready()
        yield server
    finally:
        server.stop()
        if address is not None:
            postgres.drop(name)


@pytest.fixture
def shell(shared: Server, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Return the command line of that server."""
    return Shell(shared, capsys)
