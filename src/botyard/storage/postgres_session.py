"""One held PostgreSQL connection and the transaction on it."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import psycopg
from psycopg import pq
from psycopg.abc import Buffer
from psycopg.adapt import Dumper, Loader
from psycopg.rows import dict_row
from psycopg.types.numeric import Int8BinaryDumper
from psycopg.types.string import TextLoader

from botyard.base.exceptions import AlreadyExists, Busy, Invalid, NotFound
from botyard.storage.sql import Query
from botyard.storage.tx import Row, TooSlow, Tx

CHANNEL = "botyard"
CONNECT_SECONDS = 5
STATEMENT_SECONDS = 30
LOCK_SECONDS = 5
#: How long to refuse at once after the server could not be reached.
PAUSE_SECONDS = 0.5

_SETTINGS = {
    "statement_timeout": f"{STATEMENT_SECONDS}s",
    "lock_timeout": f"{LOCK_SECONDS}s",
    "idle_in_transaction_session_timeout": "60s",
    "jit": "off",
    # A table that has just been filled has no statistics yet; every list of ours follows an index in its order, and a
    # planner that expects a few rows would rather collect a million through a bitmap and sort them.
    "enable_bitmapscan": "off",
    # Memory and solid state disks: looking up a hundred ids costs less than reading a table of thousands.
    "random_page_cost": "1.1",
    "timezone": "UTC",
}


#: A server set to lose acknowledged commits is overruled; a stricter setting stays.
_DURABLE = """
SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local')
"""


class Unavailable(Busy):
    """The database server cannot do this now; nothing was changed."""

    default_code = "storage_unavailable"


class Again(Unavailable):
    """Nothing was changed, and running the whole unit once more may well succeed."""


class OutcomeUnknown(Unavailable):
    """The connection was lost while committing: the unit is either whole or absent, and nobody can tell which."""

    default_code = "outcome_unknown"


class _FlagDumper(Dumper):
    """Booleans are 0 and 1, as in SQLite."""

    oid = psycopg.adapters.types["int2"].oid

    def dump(self, obj: bool) -> Buffer | None:
        return b"1" if obj else b"0"


class _NumberLoader(Loader):
    """Sums of integers are integers, as in SQLite."""

    def load(self, data: Buffer) -> int | float:
        text = bytes(data).decode()
        return int(text) if text.lstrip("-").isdigit() else float(text)


def connect(url: str, *, read_only: bool = False, **settings: str) -> psycopg.Connection[Row]:
    """Return an autocommit connection with our settings. Raises Unavailable when there is no server to talk to."""
    try:
        connection = psycopg.connect(
            url,
            autocommit=True,
            row_factory=dict_row,
            connect_timeout=CONNECT_SECONDS,
            application_name="botyard",
            keepalives_idle=30,
            keepalives_interval=10,
            keepalives_count=3,
        )
        _adapt(connection)
        wanted = _SETTINGS | ({"default_transaction_read_only": "on"} if read_only else {}) | settings
        for statement in (*(f"SET {name} = '{value}'" for name, value in wanted.items()), _DURABLE):
            connection.pgconn.exec_(statement.encode())
    except psycopg.Error as error:
        raise _unreachable(error) from error
    return connection


def _adapt(connection: psycopg.Connection[Row]) -> None:
    connection.prepare_threshold = 2
    connection.prepared_max = 500
    adapters = connection.adapters
    adapters.register_dumper(int, Int8BinaryDumper)
    adapters.register_dumper(bool, _FlagDumper)
    adapters.register_loader("numeric", _NumberLoader)
    adapters.register_loader("json", TextLoader)
    adapters.register_loader("jsonb", TextLoader)


def _unreachable(error: Exception) -> Unavailable:
    reason = str(error).strip().splitlines()
    return Unavailable(
        "The database server cannot be reached or refuses connections.",
        hint=f"Try again in a second. Its answer was: {reason[0][:200]}" if reason else "Try again in a second.",
    )


class PostgresTx(Tx):
    """A transaction on one PostgreSQL connection."""

    backend = "postgres"

    def __init__(self, session: Session, connection: psycopg.Connection[Row]) -> None:
        super().__init__()
        self._session = session
        self._connection = connection
        self._cursor = connection.cursor()
        self._fenced = False

    def _fetch(self, query: Query, params: Mapping[str, Any]) -> list[Row]:
        cursor = self._execute(lambda: self._cursor.execute(query.postgres, params))
        if cursor.pgresult is None or cursor.pgresult.status != pq.ExecStatus.TUPLES_OK:
            return []
        rows: list[Row] = self._execute(cursor.fetchall)
        return rows

    def run(self, query: Query, **params: Any) -> int:
        """Run a statement and return how many rows it affected."""
        self._execute(lambda: self._cursor.execute(query.postgres, params))
        return max(self._cursor.rowcount, 0)

    def run_many(self, query: Query, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement once per mapping of parameters."""
        if rows:
            self._execute(lambda: self._cursor.executemany(query.postgres, rows))

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Stop a statement of the block that still runs when so many seconds have gone by."""
        with self._session.until(time.monotonic() + seconds):
            try:
                yield
            except Unavailable as error:
                if self._session.stopped:
                    raise TooSlow(f"The database took longer than {seconds:g} s.", hint="Ask for less.") from error
                raise

    def begin(self) -> None:
        """Begin the transaction."""
        self._simple("BEGIN")

    def commit(self) -> None:
        """Commit, with the notifications. Raises OutcomeUnknown when the connection is lost meanwhile."""
        topics = [topic.replace("'", "''") for topic in dict.fromkeys(self.topics)]
        notes = "".join(f"SELECT pg_notify('{CHANNEL}', '{topic}');" for topic in topics)
        self._session.busy_since = time.monotonic()
        result = self._connection.pgconn.exec_(f"{notes}COMMIT".encode())
        state = result.error_field(pq.DiagnosticField.SQLSTATE) or b""
        if self._connection.pgconn.status != pq.ConnStatus.OK or state[:3] == b"57P":
            raise OutcomeUnknown(
                "The connection to the database was lost while committing, so the outcome is not known.",
                hint="Look whether it happened before you repeat it.",
            )
        if result.status != pq.ExecStatus.COMMAND_OK:
            error = psycopg.errors.error_from_result(result)
            raise translate(error, self._connection) from error
        if result.command_status != b"COMMIT":
            raise RuntimeError("The transaction was rolled back where it should have been committed.")

    def _execute(self, action: Callable[[], Any]) -> Any:
        if self.failure is None and self._session.is_late():
            self.failure = _BY_STATE["57014"]()
        if self.failure is not None:
            raise self.failure
        self._session.busy_since = time.monotonic()
        try:
            return action()
        except (psycopg.Error, OverflowError, struct.error, UnicodeError) as error:
            self.failure = translate(error, self._connection)
            raise self.failure from error

    def fence(self) -> None:
        """Let `undo` come back to this point, and keep for good what was done before it."""
        self._simple("RELEASE SAVEPOINT fence; SAVEPOINT fence" if self._fenced else "SAVEPOINT fence")
        self._fenced = True

    def is_lost_by(self, error: BaseException) -> bool:
        """Say whether `error` leaves nothing of the transaction to go on with."""
        return isinstance(error, Unavailable)

    def _savepoint(self, statement: str) -> None:
        if self._connection.pgconn.transaction_status in (pq.TransactionStatus.INTRANS, pq.TransactionStatus.INERROR):
            self._simple(statement)

    def _simple(self, statement: str) -> None:
        self._session.busy_since = time.monotonic()
        result = self._connection.pgconn.exec_(statement.encode())
        if result.status != pq.ExecStatus.COMMAND_OK:
            error = psycopg.errors.error_from_result(result)
            raise translate(error, self._connection) from error


def translate(error: Exception, connection: psycopg.Connection[Row]) -> Exception:
    """Return our error for one of the driver's, or the same error when it is a fault of the program."""
    if isinstance(error, UnicodeError):
        return Invalid("A text holds half a surrogate pair.", hint="Send whole characters.")
    if not isinstance(error, psycopg.Error):
        return Invalid("A number is too large to be stored.", hint="Use numbers of at most 18 digits.")
    state = error.sqlstate or ""
    if state in _BY_STATE or state in _PATTERNS:
        return _BY_STATE[state]() if state in _BY_STATE else _bad_pattern(error)
    if connection.closed or state[:2] == "08" or (not state and isinstance(error, psycopg.OperationalError)):
        return Again("The connection to the database was lost.", hint="Try again in a second.")
    if state[:2] in _BY_CLASS or (not state and isinstance(error, psycopg.DataError)):
        return _BY_CLASS[state[:2] or "22"]()
    return error


def _bad_pattern(error: psycopg.Error) -> Exception:
    reason = (error.diag.message_primary or "it cannot be read").rpartition(": ")[2]
    return Invalid(f"The pattern is not valid: {reason}.", code="bad_pattern")


def _lost() -> Exception:
    return Again("The connection to the database was lost.", hint="Try again in a second.")


#: An expression, or an escape in it, that PostgreSQL cannot read.
_PATTERNS = frozenset({"2201B", "22025", "22019"})

_BY_STATE: dict[str, Callable[[], Exception]] = {
    "23505": lambda: AlreadyExists("This exists already."),
    "23503": lambda: NotFound("Something that this refers to does not exist."),
    "23514": lambda: Invalid("A value is out of its range."),
    "23502": lambda: Invalid("A required value is missing."),
    "53100": lambda: Unavailable(
        "The disk of the database server is full.",
        hint="Free space; writing goes on by itself.",
        code="storage_full",
        retry_after=5.0,
    ),
    "55P03": lambda: Unavailable("What this would change is locked by another transaction.", hint="Try again."),
    "57014": lambda: Unavailable("The database took too long and was interrupted.", hint="Try again, or ask for less."),
    "57P01": _lost,
    "57P02": _lost,
    "57P03": _lost,
}

_BY_CLASS: dict[str, Callable[[], Exception]] = {
    "22": lambda: Invalid("A value cannot be stored: it is out of range or not text.", hint="Check what was sent."),
    "21": lambda: Invalid("Two of the rows are the same.", hint="Send each once."),
    "40": lambda: Again("Another transaction got in the way.", hint="Try again."),
    "54": lambda: Invalid(
        "This asks for more at once than the database can do.", hint="Ask for less, or in parts.", code="too_large"
    ),
    "53": lambda: Unavailable("The database server has no resources left.", hint="Try again in a second."),
    "58": lambda: Unavailable("The database server has a problem with its disk.", hint="See the server's log."),
}


class Session:
    """A connection that one thread holds for good, and opens again when it is lost."""

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        self.pid: int | None = None
        #: When the statement in progress began, for the watchdog; None when idle.
        self.busy_since: float | None = None
        self._url = url
        self._read_only = read_only
        self._connection: psycopg.Connection[Row] | None = None
        self._closed_until = 0.0
        #: When the watchdog stops the statement in progress, and whether it did.
        self._deadline: float | None = None
        self._guard = threading.Lock()
        self.stopped = False

    def tx(self) -> PostgresTx:
        """Return a transaction object on a live connection. Raises Unavailable when there is no server."""
        return PostgresTx(self, self.connection())

    def connection(self) -> psycopg.Connection[Row]:
        """Return the live connection, opened if need be. Raises Unavailable when there is no server."""
        connection = self._connection
        return self._open() if connection is None or connection.closed else connection

    def rollback(self) -> None:
        """Undo whatever is open; drop the connection when that is not possible."""
        connection = self._connection
        if connection is None:
            return
        if connection.pgconn.status == pq.ConnStatus.OK:
            if connection.pgconn.transaction_status == pq.TransactionStatus.IDLE:
                return
            if connection.pgconn.exec_(b"ROLLBACK").status == pq.ExecStatus.COMMAND_OK:
                return
        self.drop()

    def drop(self) -> None:
        """Close the connection; the next transaction opens a new one."""
        connection, self._connection, self.pid = self._connection, None, None
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.close()

    def interrupt(self, longer_than: float) -> None:
        """Cut the connection, from another thread, when the work on it has gone on for longer."""
        since = self.busy_since
        if since is not None and time.monotonic() - since > longer_than:
            self.cut()

    @contextlib.contextmanager
    def until(self, deadline: float) -> Iterator[None]:
        """Let the watchdog stop what runs in the block after the deadline."""
        self.stopped, self._deadline = False, deadline
        try:
            yield
        finally:
            # The guard waits for a stop in progress, so that it cannot meet the next statement.
            with self._guard:
                self._deadline = None
            self.stopped = False

    def is_late(self) -> bool:
        """Say whether the deadline has passed, so that no other statement may begin."""
        if self._deadline is not None and time.monotonic() > self._deadline:
            self.stopped = True
        return self.stopped

    def stop_if_late(self) -> None:
        """Stop the statement in progress, from another thread, when its deadline has passed."""
        with self._guard:
            connection = self._connection
            if self._deadline is None or time.monotonic() < self._deadline or connection is None:
                return
            self.stopped, self._deadline = True, None
            with contextlib.suppress(Exception):
                connection.cancel_safe(timeout=CONNECT_SECONDS)

    def cut(self) -> None:
        """End the traffic, from another thread, so that whoever waits for an answer goes on with an error."""
        connection = self._connection
        if connection is not None:
            with contextlib.suppress(Exception), socket.socket(fileno=os.dup(connection.fileno())) as line:
                line.shutdown(socket.SHUT_RDWR)

    def _open(self) -> psycopg.Connection[Row]:
        if time.monotonic() < self._closed_until:
            raise Unavailable("The database server cannot be reached.", hint="Try again in a second.")
        self.drop()
        try:
            self._connection = connect(self._url, read_only=self._read_only)
        except Unavailable:
            self._closed_until = time.monotonic() + PAUSE_SECONDS
            raise
        self.pid = self._connection.info.backend_pid
        return self._connection
