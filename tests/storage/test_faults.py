"""What a crash, a failing disk or a lost connection may not do: lose an acknowledged write, or corrupt one."""

from __future__ import annotations

import asyncio
import os
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from botyard.base.exceptions import Busy
from botyard.storage import Database, Tx
from botyard.storage.sql import compile_query
from tests.storage.child import FAILED_STATUS
from tests.storage.operations import add, count, labels
from tests.support.processes import wait_until

ROOT = Path(__file__).resolve().parents[2]
SHORT_LOCKS = compile_query("SELECT set_config('lock_timeout', '50ms', true) AS set")
SHORT_STATEMENTS = compile_query("SELECT set_config('statement_timeout', '50ms', false) AS set")
USERS = compile_query("SELECT id FROM users")
Start = Callable[..., "subprocess.Popen[bytes]"]

needs_strace = pytest.mark.skipif(
    shutil.which("strace") is None, reason="strace, which injects faults, is not installed"
)


@pytest.fixture
def start(data: Path, database_url: str | None) -> Iterator[Start]:
    """Start a child process of tests/storage/child.py on this test's database."""
    children: list[subprocess.Popen[bytes]] = []

    def begin(what: str, *arguments: str, before: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
        command = [*before, sys.executable, "-m", "tests.storage.child", what, str(data), database_url or "-"]
        child = subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, cwd=ROOT)
        children.append(child)
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        return child

    yield begin
    for child in children:
        child.kill()
        child.wait()
        assert child.stdout is not None
        child.stdout.close()


def lines(child: subprocess.Popen[bytes], limit: int | None = None) -> list[str]:
    """Return lines of the child's output: `limit` of them, or all up to its end; half a line does not count."""
    assert child.stdout is not None
    found = []
    for line in child.stdout:
        if line.endswith(b"\n"):
            found.append(line.decode().strip())
        if limit is not None and len(found) >= limit:
            break
    return found


async def reopen(url: str | None, data: Path) -> tuple[Database, set[str]]:
    db = await Database.open(url, data=data)
    return db, set(await db.read(labels))


@pytest.mark.kill
class TestKilledServer:
    @pytest.mark.parametrize("callers", [1, 16])
    async def test_keeps_every_write_that_was_answered(
        self, start: Start, database_url: str | None, data: Path, callers: int
    ) -> None:
        child = start("write", str(callers))
        answered = lines(child, 300)
        child.send_signal(signal.SIGKILL)
        answered += lines(child)
        db, stored = await reopen(database_url, data)
        assert set(answered) - stored == set()
        await db.write(add, "goes on")
        await db.close()


class TestKilledMigration:
    async def test_leaves_the_old_schema(self, start: Start, database_url: str | None, data: Path) -> None:
        child = start("migrate")
        if database_url is None:
            wait_until(lambda: locked(data / "botyard.db"))
        else:
            wait_until(lambda: sleeping(database_url) == 1)
        child.kill()
        child.wait()
        if database_url is not None:
            sleeping(database_url, end=True)
        db, _ = await reopen(database_url, data)
        assert await db.write(add, "works")
        await db.close()
        assert "half" not in tables(database_url, data)


def locked(path: Path) -> bool:
    connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return True
    finally:
        connection.close()
    return False


def sleeping(url: str, *, end: bool = False) -> int:
    action = "count(pg_terminate_backend(pid))" if end else "count(*)"
    condition = "query LIKE '%pg_sleep(3600)%' AND pid <> pg_backend_pid() AND state = 'active'"
    with psycopg.connect(url, autocommit=True) as connection:
        rows = connection.execute(f"SELECT {action} FROM pg_stat_activity WHERE {condition}").fetchall()
    return int(rows[0][0])


def tables(url: str | None, data: Path) -> set[str]:
    if url is None:
        connection = sqlite3.connect(data / "botyard.db")
        rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        connection.close()
        return {row[0] for row in rows}
    with psycopg.connect(url) as server:
        return {row[0] for row in server.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}


def allow_files_up_to(child: subprocess.Popen[bytes], size: int) -> None:
    resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


class TestDisk:
    @pytest.fixture(params=["sqlite"])
    def backend(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @needs_strace
    async def test_the_answer_comes_after_the_data_are_on_the_disk(self, start: Start, tmp_path: Path) -> None:
        trace = tmp_path / "trace"
        child = start("write", "1", before=("strace", "-f", "-o", str(trace), "-e", "trace=fdatasync,fsync,write"))
        lines(child, 20)
        # The program itself is killed: a killed strace would let it live on.
        for pid in Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split():
            os.kill(int(pid), signal.SIGKILL)
        child.wait(20)
        synced = False
        answers = 0
        for line in trace.read_text(errors="replace").splitlines():
            if re.search(r"f(data)?sync(\(\d+\)| resumed>.*\)) += 0", line):
                synced = True
            elif re.search(r'write\(1, "0-\d+\\n"', line):
                assert synced, f"answered before the data were durable: {line}"
                answers, synced = answers + 1, False
        assert answers >= 20

    @needs_strace
    async def test_a_failed_fsync_stops_the_server_and_loses_nothing(self, start: Start, data: Path) -> None:
        child = start(
            "write", "8", before=("strace", "-f", "-o", "/dev/null", "-e", "inject=fdatasync:error=EIO:when=25")
        )
        answered = [line for line in lines(child) if "refused" not in line]
        assert child.wait(20) == FAILED_STATUS
        assert answered
        db, stored = await reopen(None, data)
        assert set(answered) - stored == set()
        assert await db.write(add, "goes on")
        await db.close()

    async def test_a_full_disk_refuses_writes_and_mends_itself(self, start: Start, data: Path) -> None:
        child = start("write", "4")
        answered = lines(child, 5)
        limit = (data / "botyard.db-wal").stat().st_size + 200_000
        allow_files_up_to(child, limit)
        while "refused storage_full" not in answered[-1]:
            answered += lines(child, 1)
        allow_files_up_to(child, resource.RLIM_INFINITY)
        while "refused" in answered[-1]:
            answered += lines(child, 1)
        child.kill()
        answered += lines(child)
        db, stored = await reopen(None, data)
        assert {line for line in answered if "refused" not in line} - stored == set()
        await db.close()


class TestDamagedFile:
    @pytest.fixture
    async def damaged(self, tmp_path: Path) -> Path:
        """Return the folder of a database with a page that is not what it was."""
        db = await Database.open(None, data=tmp_path)
        await asyncio.gather(*(db.write(add, f"row-{number}", name="x" * 500) for number in range(200)))
        await db.close()
        return tmp_path

    async def test_is_found_when_it_is_opened(self, damaged: Path) -> None:
        file = damaged / "botyard.db"
        whole = file.read_bytes()
        place = whole.rindex(b"row-") // 4096 * 4096
        file.write_bytes(whole[:place] + b"\xff" * 64 + whole[place + 64 :])
        with pytest.raises(Busy, match="damaged") as refusal:
            await Database.open(None, data=damaged)
        assert "backup" in refusal.value.hint

    async def test_a_file_that_is_no_database_is_refused(self, damaged: Path) -> None:
        (damaged / "botyard.db").write_bytes(b"hello, this is a text file" * 1000)
        with pytest.raises(Busy, match="damaged"):
            await Database.open(None, data=damaged)

    async def test_a_folder_that_cannot_be_written_says_so(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(Busy, match="cannot be used"):
            await Database.open(None, data=tmp_path / "file")


class TestEndlessRead:
    async def test_is_interrupted(self, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("botyard.storage.sqlite.READ_SECONDS", 0.05)
        endless = compile_query(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) AS total FROM n"
        )

        def work(tx: Tx) -> None:
            if tx.backend == "postgres":
                tx.all(SHORT_STATEMENTS)
            tx.all(endless)

        with pytest.raises(Busy):
            await db.read(work)


class TestLostConnection:
    @pytest.fixture(params=["postgres"])
    def backend(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    async def test_ended_connections_are_opened_again_unseen(self, db: Database, database_url: str) -> None:
        await asyncio.gather(*(db.write(add, f"a{number}") for number in range(8)), *(db.read(count) for _ in range(8)))
        end_connections(database_url)
        assert await db.read(count) == 8
        await asyncio.gather(*(db.write(add, f"b{number}") for number in range(8)), db.write_set(add_set, "c"))
        assert await db.read(count) == 17

    async def test_a_connection_lost_before_the_commit_runs_the_unit_again(
        self, db: Database, database_url: str
    ) -> None:
        runs: list[int] = []

        def work(tx: Tx, label: str) -> int:
            runs.append(1)
            made = add(tx, label)
            if len(runs) == 1:
                end_connections(database_url)
                add(tx, f"{label}2")
            return made

        await db.write(work, "a")
        assert len(runs) == 2
        assert await db.read(labels) == ["a"]

    async def test_a_connection_lost_while_committing_is_an_unknown_outcome(
        self, db: Database, database_url: str
    ) -> None:
        runs: list[int] = []

        def work(tx: Tx) -> None:
            runs.append(1)
            add(tx, "a")
            end_connections(database_url)

        with pytest.raises(Busy) as refusal:
            await db.write(work)
        assert refusal.value.code == "outcome_unknown"
        assert len(runs) == 1
        assert await db.write(add, "b")

    async def test_a_held_lock_is_busy_and_blocks_nobody_else(self, db: Database, database_url: str) -> None:
        await db.write(add, "a")
        async with await psycopg.AsyncConnection.connect(database_url) as blocker:
            await blocker.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")

            def touch(tx: Tx) -> None:
                tx.all(SHORT_LOCKS)
                tx.all(USERS)

            with pytest.raises(Busy):
                await db.write(touch)
            assert await db.write(add, "b")

    async def test_a_server_that_cannot_be_reached_is_busy(self, tmp_path: Path) -> None:
        with pytest.raises(Busy) as refusal:
            await Database.open("postgresql://postgres@127.0.0.1:1/nothing", data=tmp_path)
        assert refusal.value.code == "storage_unavailable"

    async def test_the_lease_clock_follows_the_database(self, db: Database) -> None:
        before = time.time_ns() // 1000
        assert abs(db.now() - before) < 1_000_000


def end_connections(url: str) -> None:
    condition = "datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'botyard'"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {condition}")


def add_set(tx: Tx, items: list[str]) -> list[int]:
    return [add(tx, label) for label in items]
