"""The database as the rest of Botyard sees it: read and write units of work, wake-ups, the lease clock."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Concatenate, ParamSpec, Protocol, TypeVar
from urllib.parse import urlsplit

from botyard.base import clock
from botyard.base.exceptions import Invalid
from botyard.storage import migrate
from botyard.storage.lane import Lane
from botyard.storage.sqlite import SqliteStore, lock_folder, open_checked
from botyard.storage.tx import Backend, Tx
from botyard.storage.wakeups import Wakeups

T = TypeVar("T")
P = ParamSpec("P")
Item = TypeVar("Item")


class Location(Protocol):
    """Settings that name a database."""

    @property
    def database(self) -> str | None:
        """The address, or None for SQLite in the data folder."""


class Store(Protocol):
    """What one kind of database offers to the facade."""

    writing: Lane
    grouping: Lane
    reading: Lane

    def start(self) -> None:
        """Start serving."""

    async def close(self) -> None:
        """Answer what waits and let go of every connection."""

    def offset(self) -> int:
        """Return the microseconds to add to this machine's wall clock for the database's."""


class Database:
    """An open database. Units of work are plain functions that take a `Tx` first.

    `failed` is set once nothing more can be written by this process (a failed fsync): stop, and exit non-zero.
    """

    backend: Backend

    def __init__(self, backend: Backend, url: str) -> None:
        self.backend = backend
        self.url = url
        self.wakeups = Wakeups()
        self.failed = asyncio.Event()
        self.failure: str | None = None
        self._store: Store
        self._lock: int | None = None

    @classmethod
    async def open(cls, where: Location | str | None, *, data: Path) -> Database:
        """Open and migrate the database at `where`: None for SQLite in `data`, or a postgresql:// address.

        Raises Unsupported for a database of a newer version, Busy when another server holds the folder, the file
        is damaged or the database cannot be reached, Invalid for an address of another kind.
        """
        url = where if isinstance(where, str) or where is None else where.database
        scheme = urlsplit(url).scheme if url else ""
        if url and scheme in ("postgresql", "postgres"):
            return await cls._open_postgres(url)
        if url and scheme != "sqlite":
            raise Invalid(
                f'The database address begins with "{scheme}", which is not a known kind.',
                hint="Leave it out for SQLite in the data folder, or use postgresql://user@host/database.",
                field="database",
            )
        return await cls._open_sqlite(Path(url.removeprefix("sqlite://")) if url else data / "botyard.db", data)

    @classmethod
    async def _open_sqlite(cls, path: Path, data: Path) -> Database:
        database = cls("sqlite", str(path))
        database._lock = await asyncio.to_thread(lock_folder, data)
        try:
            await asyncio.to_thread(_prepare_sqlite, path)
            database._store = SqliteStore(path, database.wakeups, database._fail)
            database._store.start()
        except BaseException:
            database._unlock()
            raise
        return database

    @classmethod
    async def _open_postgres(cls, url: str) -> Database:
        from botyard.storage import postgres

        database = cls("postgres", url)
        offset = await asyncio.to_thread(postgres.prepare, url)
        database._store = postgres.PostgresStore(url, database.wakeups, database._fail, offset=offset)
        database._store.start()
        return database

    async def read(self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return `fn(tx, ...)` run on a reading connection. It sees every write answered before.

        Several statements may see different moments.
        """
        result: T = await self._store.reading.submit(fn, args, kwargs)
        return result

    async def write(self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return `fn(tx, ...)` once what it wrote is durable. What it raises undoes only this call, and is raised.

        `fn` may be run more than once before its effects count. Raises Busy when the database cannot take it now;
        with the code "outcome_unknown" it may or may not have happened.
        """
        result: T = await self._store.writing.submit(fn, args, kwargs)
        return result

    async def write_set(self, fn: Callable[[Tx, list[Item]], Sequence[T | Exception]], item: Item) -> T:
        """Return this item's result of a set operation, which is run once for all the items that wait.

        An exception in the returned list is raised to its caller only. When `fn` itself raises, it is run again
        for each item alone.
        """
        result: T = await self._store.grouping.submit(fn, (item,), {}, many=True)
        return result

    def now(self) -> int:
        """Return the moment to decide leases by: this machine's clock, corrected to the database server's."""
        return clock.now() + self._store.offset()

    async def close(self) -> None:
        """Answer what waits, refuse the rest, and let go of files and connections."""
        await self._store.close()
        self._unlock()

    def _fail(self, reason: str) -> None:
        self.failure = self.failure or reason
        self.failed.set()

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _prepare_sqlite(path: Path) -> None:
    connection = open_checked(path)
    try:
        migrate.migrate_sqlite(connection, migrate.load("sqlite"))
    finally:
        connection.close()
