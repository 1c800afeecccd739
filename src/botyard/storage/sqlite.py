"""SQLite: one writer thread that commits waiting calls together, and a few reader connections."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import math
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from botyard.base.exceptions import Busy, Invalid
from botyard.storage import lane as lanes
from botyard.storage.lane import Call, Lane
from botyard.storage.rows import functions
from botyard.storage.sql import Query
from botyard.storage.sqlite_refusals import StorageFailed, damaged, failed, translate
from botyard.storage.tx import Row, TooSlow, Tx
from botyard.storage.wakeups import Wakeups

log = logging.getLogger("botyard.storage")

GROUP_LIMIT = 256
WAITING_LIMIT = 8192
READERS = 3
BUSY_WAIT_MS = 5000
CHECKPOINT_WAIT_MS = 250
CHECKPOINT_CHANGES = 4000
CHECKPOINT_BYTES = 16 * 1024 * 1024
LONG_LOG_BYTES = 64 * 1024 * 1024
IDLE_SECONDS = 1.0
#: A read that takes longer is interrupted, so that it cannot keep a reader for good.
READ_SECONDS = 30.0
PROGRESS_STEPS = 500_000
#: Larger files are not checked when they are opened: it would take many seconds.
CHECKED_BYTES = 256 * 1024 * 1024

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {BUSY_WAIT_MS}",
    "PRAGMA wal_autocheckpoint = 0",  # done by the writer, since the automatic one hides a failed fsync
    f"PRAGMA journal_size_limit = {LONG_LOG_BYTES}",
    "PRAGMA cache_size = -32768",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cell_size_check = ON",
    "PRAGMA trusted_schema = OFF",
)


class Deadline:
    """When the statement that runs on a connection is interrupted."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.until = math.inf
        connection.set_progress_handler(self.passed, PROGRESS_STEPS)

    def passed(self) -> bool:
        """Say whether it is time."""
        return time.monotonic() > self.until


class SqliteTx(Tx):
    """A transaction on one SQLite connection. `interrupted` says whether a statement met its deadline."""

    backend = "sqlite"

    def __init__(self, connection: sqlite3.Connection, names: dict[str, tuple[str, ...]], deadline: Deadline) -> None:
        super().__init__()
        self._connection = connection
        self._names = names
        self._deadline = deadline
        self._fenced = False
        self.interrupted = False

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Stop a statement of the block that still runs when so many seconds have gone by."""
        before, mine = self._deadline.until, time.monotonic() + seconds
        self._deadline.until = min(before, mine)
        try:
            yield
        except Busy as error:
            if self.interrupted and mine < before:
                raise TooSlow(f"The database took longer than {seconds:g} s.", hint="Ask for less.") from error
            raise
        finally:
            self._deadline.until = before

    def _fetch(self, query: Query, params: Mapping[str, Any]) -> list[Row]:
        cursor = self._execute(query.sqlite, params)
        rows = self._guard(cursor.fetchall)
        if not rows:
            return []
        names = self._names.get(query.sqlite)
        if names is None:
            names = self._names[query.sqlite] = tuple(column[0] for column in cursor.description)
        return [dict(zip(names, row, strict=True)) for row in rows]

    def run(self, query: Query, **params: Any) -> int:
        """Run a statement and return how many rows it affected."""
        before = self._connection.total_changes
        cursor = self._execute(query.sqlite, params)
        self._guard(cursor.fetchall)
        # The driver does not count for a statement that begins with WITH.
        return cursor.rowcount if cursor.rowcount >= 0 else self._connection.total_changes - before

    def run_many(self, query: Query, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement once per mapping of parameters."""
        self.settle()
        for row in rows:
            self._refuse_zero_characters(row)
        if rows:
            self._guard(lambda: self._connection.executemany(query.sqlite, rows))

    def _execute(self, text: str, params: Mapping[str, Any]) -> sqlite3.Cursor:
        if self.failure is not None:
            raise self.failure
        self._refuse_zero_characters(params)
        if self._deadline.passed():
            self.interrupted = True
            self.failure = Busy("The database took too long.", hint="Ask for less.")
            raise self.failure
        cursor: sqlite3.Cursor = self._guard(lambda: self._connection.execute(text, params))
        return cursor

    def _refuse_zero_characters(self, params: Mapping[str, Any]) -> None:
        """PostgreSQL has no text with U+0000; what one database refuses, the other must not take."""
        for value in params.values():
            if type(value) is str and "\0" in value:
                self.failure = Invalid("A text holds the character U+0000.", hint="Send text without it.")
                raise self.failure

    def _guard(self, action: Callable[[], Any]) -> Any:
        try:
            return action()
        except (sqlite3.Error, OverflowError, UnicodeError) as error:
            self.interrupted |= getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT
            self.failure = translate(error)
            raise self.failure from error

    def fence(self) -> None:
        """Let `undo` come back to this point, and keep for good what was done before it."""
        if self._fenced:
            self._connection.execute("RELEASE SAVEPOINT fence")
        self._connection.execute("SAVEPOINT fence")
        self._fenced = True

    def is_lost_by(self, error: BaseException) -> bool:
        """Say whether `error` leaves nothing of the transaction to go on with."""
        return isinstance(error, StorageFailed) or not self._connection.in_transaction

    def _savepoint(self, statement: str) -> None:
        if self._connection.in_transaction:
            self._connection.execute(statement)


class SqliteStore:
    """The open database file: one writing lane, one reading lane, one lock that keeps a second server out."""

    backend = "sqlite"

    def __init__(self, path: Path, wakeups: Wakeups, on_failure: Callable[[str], None]) -> None:
        self.path = path
        self._on_failure = on_failure
        self._names: dict[str, tuple[str, ...]] = {}
        self._changes = 0
        self._wal = Path(f"{path}-wal")
        self._wal_size = 0
        self.writing = Lane("writer", self._serve_writer, wakeups, on_failure, threads=1, capacity=WAITING_LIMIT)
        self.grouping = self.writing
        self.reading = Lane("reader", self._serve_reader, wakeups, on_failure, threads=READERS, capacity=WAITING_LIMIT)

    def start(self) -> None:
        """Start serving; the schema must be in place."""
        self.writing.start()
        self.reading.start()

    async def close(self) -> None:
        """Answer what waits and close every connection."""
        await self.reading.close()
        await self.writing.close()

    def offset(self) -> int:
        """Return what to add to the wall clock: nothing, this is the one server."""
        return 0

    def _serve_reader(self, lane: Lane) -> None:
        connection = connect(self.path)
        connection.execute("PRAGMA query_only = ON")
        deadline = Deadline(connection)
        while (calls := lane.take(1)) is not None:
            for call in calls:
                deadline.until = time.monotonic() + READ_SECONDS
                self._read(connection, call, deadline)
                lane.answer([call])
        connection.close()

    def _read(self, connection: sqlite3.Connection, call: Call, deadline: Deadline) -> None:
        try:
            connection.execute("BEGIN")
            lanes.run(SqliteTx(connection, self._names, deadline), [call])
        except BaseException as error:  # noqa: BLE001 - whatever it is, the caller gets it and the thread lives on
            call.fail(translate(error) if isinstance(error, sqlite3.Error) else error)
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        if isinstance(call.error, StorageFailed):
            self._fail(call.error)

    def _serve_writer(self, lane: Lane) -> None:
        connection = connect(self.path)
        deadline = Deadline(connection)
        while (calls := lane.take(GROUP_LIMIT, IDLE_SECONDS if self._changes else None)) is not None:
            if calls:
                self._write(lane, connection, lanes.kinds(calls), deadline)
            if not calls or self._checkpoint_due():
                # Readers without a pause keep the log from starting over; when it is long, the writer waits for them.
                self._checkpoint(connection, "RESTART" if self._wal_size > LONG_LOG_BYTES else "PASSIVE")
        self._checkpoint(connection, "TRUNCATE")
        connection.close()

    def _write(self, lane: Lane, connection: sqlite3.Connection, groups: list[list[Call]], deadline: Deadline) -> None:
        """Run groups as one transaction and answer them; when a lone set fails, each of its calls apart.

        A change that is stopped takes the whole transaction with it: the other groups are run again without it.
        """
        tx = SqliteTx(connection, self._names, deadline)
        before = connection.total_changes
        calls = [call for group in groups for call in group]
        try:
            connection.execute("BEGIN IMMEDIATE")
            lanes.run_groups(tx, groups)
            connection.execute("COMMIT")
        except BaseException as error:  # noqa: BLE001 - whatever it is, the callers get it and the thread lives on
            tx.back_to((0, 0))
            failure = translate(error) if isinstance(error, sqlite3.Error) else error
            lost = tx.is_lost_by(failure)
            self._roll_back(connection, failure)
            if len(groups) == 1 and len(calls) > 1 and not lost:
                self._write(lane, connection, [[call] for call in calls], deadline)
                return
            others = [group for group in groups if group is not tx.culprits] if tx.interrupted and tx.culprits else []
            calls = [call for group in groups if group not in others for call in group]
            for call in calls:
                call.fail(failure)
            if others:
                self._write(lane, connection, others, deadline)
        self._changes += connection.total_changes - before
        lane.answer(calls, tx.hooks, tx.topics)

    def _roll_back(self, connection: sqlite3.Connection, failure: BaseException) -> None:
        if isinstance(failure, StorageFailed):
            self._fail(failure)
        elif connection.in_transaction:
            try:
                connection.execute("ROLLBACK")
            except sqlite3.Error as refusal:
                self._fail(refusal)

    def _checkpoint_due(self) -> bool:
        if self._changes >= CHECKPOINT_CHANGES:
            return True
        try:
            return self._wal.stat().st_size > self._wal_size + CHECKPOINT_BYTES
        except OSError:
            return False

    def _checkpoint(self, connection: sqlite3.Connection, how: str) -> None:
        self._changes = 0
        try:
            connection.execute(f"PRAGMA busy_timeout = {CHECKPOINT_WAIT_MS}")
            connection.execute(f"PRAGMA wal_checkpoint({how})").fetchall()
            self._wal_size = self._wal.stat().st_size
        except sqlite3.Error as error:
            failure = translate(error)
            if isinstance(failure, StorageFailed):
                self._fail(failure)
            else:
                log.warning("storage.checkpoint_failed", extra={"reason": str(error)})
        except OSError:
            self._wal_size = 0
        finally:
            connection.execute(f"PRAGMA busy_timeout = {BUSY_WAIT_MS}")

    def _fail(self, failure: Exception) -> None:
        """Refuse every further write: what the disk holds after a failed fsync is not known."""
        log.critical("storage.failed", exc_info=failure, extra={"path": str(self.path)})
        self.writing.in_loop(self._on_failure, str(failure))
        self.writing.refuse(failed())


def connect(path: Path) -> sqlite3.Connection:
    """Return a connection with our settings; the caller begins and ends transactions."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    functions.register(connection)
    return connection


def prepare_file(path: Path) -> None:
    """Create the database file, readable by its owner only; SQLite gives its side files the same mode."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        with contextlib.suppress(PermissionError):
            os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


def open_checked(path: Path) -> sqlite3.Connection:
    """Return a first connection to a file that can be used. Raises Busy, saying what is wrong with it."""
    try:
        prepare_file(path)
        connection = connect(path)
        check_file(connection, path)
    except sqlite3.Error as error:
        refusal = translate(error)
        raise (_unusable(path, error) if refusal is error else refusal) from error
    except OSError as error:
        raise _unusable(path, error) from error
    return connection


def check_file(connection: sqlite3.Connection, path: Path) -> None:
    """Raise StorageFailed when the file's structure is damaged, so that no wrong row is served from it."""
    if path.stat().st_size <= CHECKED_BYTES:
        ((verdict,),) = connection.execute("PRAGMA quick_check(1)").fetchall()
        if verdict != "ok":
            raise damaged()


def _unusable(path: Path, error: Exception) -> Busy:
    return Busy(
        f"The database at {path} cannot be used: {error}.",
        hint="Check that its folder belongs to this account and can be written.",
        code="storage_unavailable",
    )


def lock_folder(data: Path) -> int:
    """Create the folder, take it for this process and return the descriptor that holds it.

    Raises Busy when another process has it.
    """
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(data / "botyard.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _unusable(data, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise Busy(
            f"Another server uses the data folder {data}.",
            hint="Stop it, choose another folder, or use PostgreSQL for several servers.",
            code="in_use",
        ) from None
    return descriptor
