"""A real server with a runner, shared by the tests of the SDK, and both clients of it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from botyard.sdk import AsyncBotyard, Botyard
from tests.support.databases import copy_sqlite
from tests.support.processes import Server, make_server


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Server]:
    """Yield a running server with its own runner."""
    with running(tmp_path_factory, sqlite_template) as server:
        yield server


@contextmanager
def running(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Server]:
    """Run a server with its own runner, in which there is nothing."""
    folder = tmp_path_factory.mktemp("sdk")
    data = folder / "data"
    data.mkdir(mode=0o700)
    copy_sqlite(sqlite_template, data)
    server = make_server(folder, data, None)
    try:
        server.start_ready()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def key(live: Server) -> str:
    """Return the key of the local administrator."""
    return key_of(live)


def key_of(server: Server) -> str:
    """Return the key of a server's local administrator."""
    token: str = json.loads((server.data / "server.json").read_bytes())["token"]
    return token


@pytest.fixture
def yard(live: Server, key: str) -> Iterator[Botyard]:
    """Yield a client."""
    with Botyard(live.url, key) as client:
        yield client


@pytest.fixture
async def ayard(live: Server, key: str) -> AsyncIterator[AsyncBotyard]:
    """Yield a client for the event loop of the test."""
    async with AsyncBotyard(live.url, key) as client:
        yield client


def archive(**files: str) -> bytes:
    """Return a package; "__" in a name stands for a dot."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name, content in files.items():
            package.writestr(zipfile.ZipInfo(name.replace("__", ".")), content)
    return buffer.getvalue()
