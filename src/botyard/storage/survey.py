"""Looking at a database without opening it for work: which migrations it has, and which it waits for."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psycopg

from botyard.base.exceptions import Busy
from botyard.storage import migrate

_SECONDS = 3
_APPLIED = "SELECT name, breaking, digest FROM schema_migrations"


def survey(where: str | None, *, data: Path) -> tuple[int, int]:
    """Return how many migrations were made and how many are to be made; nothing is written.

    `where` is None for SQLite in `data`, or an address. Raises Unsupported for a database of a newer version, and Busy
    when it cannot be read.
    """
    postgres = (where or "").startswith("postgres")
    try:
        rows = _of_postgres(where or "") if postgres else _of_sqlite(where, data)
    except (psycopg.Error, sqlite3.Error) as error:
        reason = str(error).strip().partition("\n")[0]
        raise Busy(
            f"The database cannot be read: {reason}.", hint="Start the database, or correct BOTYARD_DATABASE."
        ) from None
    return len(rows), len(migrate.pending(rows, migrate.load("postgres" if postgres else "sqlite")))


def _of_sqlite(where: str | None, data: Path) -> list[tuple[str, int, str]]:
    path = Path(where.removeprefix("sqlite://")) if where else data / "botyard.db"
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=_SECONDS)
    try:
        return connection.execute(_APPLIED).fetchall()
    finally:
        connection.close()


def _of_postgres(where: str) -> list[tuple[str, int, str]]:
    with psycopg.connect(where, connect_timeout=_SECONDS) as connection:
        rows = connection.execute(_APPLIED).fetchall()
    return [(str(name), int(breaking), str(digest)) for name, breaking, digest in rows]
