"""Migrations: twins, the schema they lead to, and databases of another version."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from botyard.base.exceptions import Busy, Invalid, Unsupported
from botyard.storage import Database, migrate
from tests.storage.operations import add

HERE = Path(__file__).parent
Change = Callable[[str], object]


@pytest.fixture
def change(database_url: str | None, data: Path) -> Iterator[Change]:
    """Return a function that runs a statement on the database behind the server's back."""
    if database_url is None:
        with sqlite3.connect(data / "botyard.db") as connection:
            yield connection.executescript
        connection.close()
    else:
        with psycopg.connect(database_url, autocommit=True) as server:
            yield server.execute


def schema_of(url: str | None, data: Path) -> list[str]:
    """Return the schema as sorted lines, one per table column, constraint and index."""
    if url is None:
        connection = sqlite3.connect(data / "botyard.db")
        rows = connection.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
        connection.close()
        return sorted(" ".join(row[0].split()) for row in rows)
    with psycopg.connect(url) as server:
        rows = server.execute(SCHEMA_OF_POSTGRES).fetchall()
    return sorted(row[0] for row in rows)


SCHEMA_OF_POSTGRES = """
SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' '
    || COALESCE(column_default, '') || ' ' || COALESCE(identity_generation, '')
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL
SELECT 'constraint ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
UNION ALL
SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT 'options ' || relname || ' ' || array_to_string(reloptions, ' ')
FROM pg_class WHERE reloptions IS NOT NULL AND relnamespace = 'public'::regnamespace
"""


class TestSchema:
    def test_the_migrated_schema_equals_the_snapshot(self, database_url: str | None, data: Path, backend: str) -> None:
        """After a wanted change, write the snapshots anew: UPDATE_SNAPSHOTS=1 pytest tests/storage/test_migrate.py."""
        snapshot = HERE / f"schema.{backend}.txt"
        schema = schema_of(database_url, data)
        if os.environ.get("UPDATE_SNAPSHOTS"):
            snapshot.write_text("\n".join(schema) + "\n")
        assert schema == snapshot.read_text().splitlines()

    def test_both_databases_have_the_same_migrations(self) -> None:
        twins = [[(step.name, step.breaking) for step in migrate.load(backend)] for backend in ("sqlite", "postgres")]
        assert twins[0] == twins[1]
        assert [name for name, _ in twins[0]] == sorted(name for name, _ in twins[0])

    def test_both_databases_have_the_same_tables_and_columns(self) -> None:
        lines = (HERE / "schema.postgres.txt").read_text().splitlines()
        columns = {line.split()[1] for line in lines if line.startswith("column ")}
        memory = sqlite3.connect(":memory:", isolation_level=None)
        migrate.migrate_sqlite(memory, migrate.load("sqlite"))
        rows = memory.execute(
            "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c"
            " WHERE t.type IN ('table', 'view') AND t.name NOT LIKE 'sqlite_%'"
        ).fetchall()
        memory.close()
        assert {f"{table}.{column}" for table, column in rows} == columns


class TestOtherVersions:
    async def test_a_newer_breaking_migration_is_refused_by_name(
        self, change: Change, database_url: str | None, data: Path
    ) -> None:
        change("INSERT INTO schema_migrations VALUES ('9999_future', 1, 'x', 1)")
        with pytest.raises(Unsupported) as refusal:
            await Database.open(database_url, data=data)
        assert refusal.value.code == "newer_database"
        assert "9999_future" in refusal.value.message
        assert "newer version" in refusal.value.hint

    async def test_a_newer_migration_that_breaks_nothing_is_accepted(
        self, change: Change, database_url: str | None, data: Path
    ) -> None:
        change("INSERT INTO schema_migrations VALUES ('9999_future', 0, 'x', 1)")
        db = await Database.open(database_url, data=data)
        assert await db.write(add, "a")
        await db.close()

    async def test_an_edited_migration_is_refused(self, change: Change, database_url: str | None, data: Path) -> None:
        change("UPDATE schema_migrations SET digest = 'other'")
        with pytest.raises(Unsupported) as refusal:
            await Database.open(database_url, data=data)
        assert refusal.value.code == "other_database"

    async def test_a_migration_that_fails_leaves_nothing_behind(
        self, database_url: str | None, data: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known = migrate.load
        broken = migrate.Migration(
            "9998_broken", breaking=True, text="CREATE TABLE half (id INTEGER); SELECT nonsense;"
        )
        monkeypatch.setattr(migrate, "load", lambda backend: [*known(backend), broken])
        with pytest.raises((sqlite3.Error, psycopg.Error)):
            await Database.open(database_url, data=data)
        monkeypatch.undo()
        db = await Database.open(database_url, data=data)
        assert await db.write(add, "a")
        await db.close()
        assert not any("half" in line for line in schema_of(database_url, data))

    async def test_opening_again_applies_nothing(self, database_url: str | None, data: Path) -> None:
        for label in ("a", "b"):
            db = await Database.open(database_url, data=data)
            await db.write(add, label)
            await db.close()

    def test_a_migration_must_say_whether_it_breaks(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        folder = tmp_path / "migrations" / "sqlite"
        folder.mkdir(parents=True)
        (folder / "0001_silent.sql").write_text("CREATE TABLE a (id INTEGER);")
        monkeypatch.setattr("importlib.resources.files", lambda _: tmp_path)
        with pytest.raises(ValueError, match="breaking"):
            migrate.load("sqlite")


class TestOpen:
    async def test_a_second_server_on_the_same_folder_is_refused(self, tmp_path: Path) -> None:
        first = await Database.open(None, data=tmp_path)
        with pytest.raises(Busy) as refusal:
            await Database.open(None, data=tmp_path)
        assert refusal.value.code == "in_use"
        await first.close()
        second = await Database.open(None, data=tmp_path)
        await second.close()

    async def test_the_folder_and_its_files_belong_to_their_owner_only(self, tmp_path: Path) -> None:
        data = tmp_path / "new" / "data"
        db = await Database.open(None, data=data)
        await db.write(add, "a")
        modes = {path.name: path.stat().st_mode & 0o777 for path in data.iterdir()}
        assert data.stat().st_mode & 0o777 == 0o700
        assert modes == dict.fromkeys(["botyard.db", "botyard.db-wal", "botyard.db-shm", "botyard.lock"], 0o600)
        await db.close()

    async def test_an_address_of_an_unknown_kind_is_invalid(self, tmp_path: Path) -> None:
        with pytest.raises(Invalid, match="mysql"):
            await Database.open("mysql://localhost/x", data=tmp_path)

    async def test_several_servers_that_start_together_migrate_once(
        self, request: pytest.FixtureRequest, tmp_path: Path
    ) -> None:
        server = request.getfixturevalue("postgres")
        name = server.create()
        try:
            url = server.url_of(name)
            for db in await asyncio.gather(*(Database.open(url, data=tmp_path) for _ in range(3))):
                await db.close()
        finally:
            server.drop(name)
