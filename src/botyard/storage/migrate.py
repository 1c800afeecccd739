"""Migrations: forward-only twin files, applied in the order of their names, each in one transaction.

The first line of a file is `-- breaking: yes` or `-- breaking: no`. A server that does not know a migration of
the database goes on when it is not breaking, and refuses otherwise.
"""

from __future__ import annotations

import hashlib
import logging
import re
import sqlite3
import time
from dataclasses import dataclass
from importlib import resources
from typing import Any

from botyard.base.exceptions import Unsupported

log = logging.getLogger("botyard.storage")

_BREAKING = re.compile(r"^-- breaking: (yes|no)$")
_LOCK = 7_020_118_411

_REGISTER = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    name TEXT PRIMARY KEY,
    breaking INTEGER NOT NULL,
    digest TEXT NOT NULL,
    applied_at BIGINT NOT NULL
)
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema."""

    name: str
    breaking: bool
    text: str

    @property
    def digest(self) -> str:
        """Return the fingerprint that tells an edited file from the applied one."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def load(backend: str) -> list[Migration]:
    """Return the migrations of one database in order. Raises ValueError for a missing header."""
    folder = resources.files("botyard.storage").joinpath("migrations", backend)
    found = []
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".sql"):
            text = file.read_text("utf-8")
            header = _BREAKING.match(text.split("\n", 1)[0])
            if header is None:
                raise ValueError(f"{backend}/{file.name} must begin with '-- breaking: yes' or '-- breaking: no'.")
            found.append(Migration(file.name.removesuffix(".sql"), header.group(1) == "yes", text))
    return found


def pending(applied: list[tuple[str, int, str]], known: list[Migration]) -> list[Migration]:
    """Return what is still to be applied. Raises Unsupported when this server must not use the database."""
    by_name = {migration.name: migration for migration in known}
    for name, breaking, digest in applied:
        migration = by_name.get(name)
        if migration is None and breaking:
            raise Unsupported(
                f'The database was changed by a newer Botyard (migration "{name}"), and this version cannot use it.',
                hint="Start the newer version again, or restore the backup made before the upgrade.",
                code="newer_database",
            )
        if migration is None:
            log.warning("storage.newer_database", extra={"migration": name})
        elif migration.digest != digest:
            raise Unsupported(
                f'Migration "{name}" of this database differs from the one in this version.',
                hint="The database was made by an unreleased version: use that version, or a new database.",
                code="other_database",
            )
    done = {name for name, _, _ in applied}
    return [migration for migration in known if migration.name not in done]


def migrate_sqlite(connection: sqlite3.Connection, known: list[Migration]) -> list[str]:
    """Bring the schema up to date and return the names applied."""
    connection.execute(_REGISTER)
    applied = connection.execute("SELECT name, breaking, digest FROM schema_migrations ORDER BY name").fetchall()
    names = []
    for migration in pending(applied, known):
        # A script takes no parameters; all four values are ours.
        record = (
            "INSERT INTO schema_migrations (name, breaking, digest, applied_at) "  # noqa: S608
            f"VALUES ('{migration.name}', {int(migration.breaking)}, '{migration.digest}', {time.time_ns() // 1000});"
        )
        try:
            connection.executescript(f"BEGIN IMMEDIATE;\n{migration.text}\n;{record}\nCOMMIT;")
        except sqlite3.Error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        log.info("storage.migrated", extra={"migration": migration.name})
        names.append(migration.name)
    return names


def migrate_postgres(connection: Any, known: list[Migration]) -> list[str]:
    """Bring the schema up to date over an autocommit connection; servers that start together take turns."""
    connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
    try:
        connection.execute(_REGISTER)
        rows = connection.execute("SELECT name, breaking, digest FROM schema_migrations ORDER BY name").fetchall()
        applied = [(row["name"], row["breaking"], row["digest"]) for row in rows]
        names = []
        for migration in pending(applied, known):
            with connection.transaction():
                connection.execute(migration.text)
                connection.execute(
                    "INSERT INTO schema_migrations (name, breaking, digest, applied_at) VALUES (%s, %s, %s, %s)",
                    (migration.name, int(migration.breaking), migration.digest, time.time_ns() // 1000),
                )
            log.info("storage.migrated", extra={"migration": migration.name})
            names.append(migration.name)
        return names
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))
