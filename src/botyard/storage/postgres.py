"""PostgreSQL: writer threads with a held connection each, one of them for set operations, readers, a listener."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

import psycopg

from botyard.base.exceptions import Busy
from botyard.storage import lane as lanes
from botyard.storage import migrate
from botyard.storage.lane import Call, Lane
from botyard.storage.postgres_session import (
    CHANNEL,
    PAUSE_SECONDS,
    STATEMENT_SECONDS,
    Again,
    PostgresTx,
    Session,
    Unavailable,
    connect,
)
from botyard.storage.tx import Row
from botyard.storage.wakeups import Wakeups

log = logging.getLogger("botyard.storage")

WRITERS = 4
READERS = 3
GROUP_LIMIT = 256
WAITING_LIMIT = 8192
TRIES = 3
CLOCK_SECONDS = 30.0
WATCH_SECONDS = 0.5
#: A connection that is busy for longer than any statement may take belongs to a server that hangs.
HANG_SECONDS = STATEMENT_SECONDS + 5.0
_NOW = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint) AS now"


def prepare(url: str) -> int:
    """Migrate the database and return its clock's offset in microseconds. Raises Unavailable, Unsupported."""
    connection = connect(url, statement_timeout="0", lock_timeout="0")
    try:
        migrate.migrate_postgres(connection, migrate.load("postgres"))
        return measure_offset(connection)
    finally:
        connection.close()


def measure_offset(connection: psycopg.Connection[Row]) -> int:
    """Return database clock minus wall clock in microseconds, from the fastest of three round trips."""
    samples = []
    for _ in range(3):
        before = time.time_ns() // 1000
        (row,) = connection.execute(_NOW).fetchall()
        after = time.time_ns() // 1000
        samples.append((after - before, int(row["now"]) - (before + after) // 2))
    return min(samples)[1]


class PostgresStore:
    """The lanes to one PostgreSQL database, and the thread that listens to other servers."""

    backend = "postgres"

    def __init__(self, url: str, wakeups: Wakeups, on_failure: Callable[[str], None], *, offset: int) -> None:
        self._url = url
        self._wakeups = wakeups
        self._offset = offset
        self._sessions: list[Session] = []
        self._stopping = threading.Event()
        self._listener = Session(url)
        capacity = WAITING_LIMIT
        self.writing = Lane("writer", self._serve_writer, wakeups, on_failure, threads=WRITERS, capacity=capacity)
        self.grouping = Lane("grouper", self._serve_grouper, wakeups, on_failure, capacity=capacity)
        self.reading = Lane("reader", self._serve_reader, wakeups, on_failure, threads=READERS, capacity=capacity)
        self.listening = Lane("listener", self._serve_listener, wakeups, on_failure)
        self.watching = Lane("watch", self._serve_watch, wakeups, on_failure)

    def start(self) -> None:
        """Start serving; connections are opened when first needed."""
        for lane in (self.writing, self.grouping, self.reading, self.listening, self.watching):
            lane.start()

    async def close(self) -> None:
        """Answer what waits and close every connection."""
        for lane in (self.reading, self.grouping, self.writing):
            await lane.close()
        self._stopping.set()
        self._listener.cut()
        await self.listening.close()
        await self.watching.close()

    def offset(self) -> int:
        """Return the database's clock minus this machine's, in microseconds."""
        return self._offset

    def _session(self, *, read_only: bool = False) -> Session:
        session = Session(self._url, read_only=read_only)
        self._sessions.append(session)
        return session

    def _serve_reader(self, lane: Lane) -> None:
        session = self._session(read_only=True)
        while (calls := lane.take(1)) is not None:
            for call in calls:
                self._read(session, call)
                session.busy_since = None
                lane.answer([call])
        session.drop()

    def _read(self, session: Session, call: Call) -> None:
        for attempt in range(TRIES):
            call.error = None
            try:
                lanes.run(session.tx(), [call])
            except BaseException as error:  # noqa: BLE001 - whatever it is, the caller gets it and the thread lives on
                session.rollback()
                call.fail(error)
                if isinstance(error, Again) and attempt < TRIES - 1:
                    continue
            return

    def _serve_writer(self, lane: Lane) -> None:
        session = self._session()
        while (calls := lane.take(1)) is not None:
            if calls:
                self._write(lane, session, [calls])
        session.drop()

    def _serve_grouper(self, lane: Lane) -> None:
        session = self._session()
        while (calls := lane.take(GROUP_LIMIT)) is not None:
            if calls:
                self._write(lane, session, lanes.kinds(calls))
        session.drop()

    def _write(self, lane: Lane, session: Session, groups: Sequence[Sequence[Call]]) -> None:
        """Run groups as one transaction and answer them; when a lone set fails, each of its calls apart."""
        calls = [call for group in groups for call in group]
        try:
            tx = self._commit(session, groups)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the callers get it and the thread lives on
            session.busy_since = None
            if len(groups) == 1 and len(calls) > 1 and not isinstance(error, Unavailable):
                self._write(lane, session, [[call] for call in calls])
                return
            for call in calls:
                call.fail(error)
            lane.answer(calls)
            return
        session.busy_since = None
        lane.answer(calls, tx.hooks, tx.topics)

    def _commit(self, session: Session, groups: Sequence[Sequence[Call]]) -> PostgresTx:
        """Run and commit; repeat only what certainly changed nothing."""
        for attempt in range(TRIES):
            try:
                tx = session.tx()
                tx.begin()
                lanes.run_groups(tx, groups)
                tx.commit()
            except BaseException as error:
                session.rollback()
                if not isinstance(error, Again) or attempt == TRIES - 1:
                    raise
            else:
                return tx
        raise RuntimeError("No try was made.")

    def _serve_listener(self, lane: Lane) -> None:
        while not self._stopping.is_set():
            try:
                self._listen(lane, self._listener.connection())
            except (psycopg.Error, Busy) as error:
                if not self._stopping.is_set():
                    log.warning("storage.listener_lost", extra={"reason": str(error)})
            self._listener.busy_since = None
            self._listener.drop()
            self._stopping.wait(PAUSE_SECONDS)

    def _listen(self, lane: Lane, line: psycopg.Connection[Row]) -> None:
        line.execute(f"LISTEN {CHANNEL}")
        # What was signalled while nobody listened is not known: everybody asks again.
        lane.in_loop(self._wakeups.signal_all)
        while not self._stopping.is_set():
            for note in line.notifies(timeout=CLOCK_SECONDS):
                if note.pid not in {session.pid for session in self._sessions}:
                    lane.in_loop(self._wakeups.signal, note.payload)
            self._listener.busy_since = time.monotonic()
            self._offset = measure_offset(line)
            self._listener.busy_since = None

    def _serve_watch(self, lane: Lane) -> None:
        """Stop statements that are late, and cut connections whose server answers no more: their threads would wait."""
        del lane
        while not self._stopping.wait(WATCH_SECONDS):
            for session in (*self._sessions, self._listener):
                session.stop_if_late()
                session.interrupt(HANG_SECONDS)
