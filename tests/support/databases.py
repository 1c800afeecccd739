"""Cheap databases for tests: each is a copy of one that was migrated once."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from botyard.storage import Database
from tests.support.postgres import PostgresServer

SQLITE_NAME = "botyard.db"


def migrated_sqlite(folder: Path) -> Path:
    """Create and migrate a SQLite database in `folder`; return its file, which may be copied."""
    in_own_loop(lambda: _migrate(None, folder))
    return folder / SQLITE_NAME


def migrated_postgres(server: PostgresServer, folder: Path) -> str:
    """Create and migrate a database on `server`; return its name, usable as a template."""
    name = server.create()
    in_own_loop(lambda: _migrate(server.url_of(name), folder))
    return name


def copy_sqlite(template: Path, data: Path) -> None:
    """Put a copy of the migrated database where a server with this data folder looks for it."""
    data.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(template, data / SQLITE_NAME)


async def _migrate(url: str | None, data: Path) -> None:
    data.mkdir(parents=True, exist_ok=True)
    database = await Database.open(url, data=data)
    await database.close()


def in_own_loop(make: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a coroutine to its end in a thread of its own, whatever loop the calling thread is in."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(make())
        except BaseException as error:  # noqa: BLE001 - handed to the calling thread below
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
