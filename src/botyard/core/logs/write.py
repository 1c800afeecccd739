"""Messages that a bot sends to its log by itself, placed after what its process has printed until then.

A log in which there was none until then is numbered 1, 2, 3; from the first message on what is printed leaves room.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from botyard.base import jsontext
from botyard.base.exceptions import Invalid, NotFound
from botyard.core.logs.append import MAX_TEXT, MESSAGES, room_after, sql
from botyard.core.logs.masks import without_secrets
from botyard.core.logs.model import ROOM, Appended, LogEntry, MessageBatch
from botyard.storage import Row, Tx

#: A message of more lines is cut.
MAX_LINES = 500
MAX_LEVEL = 20
MAX_MESSAGES = 1_000
MAX_WRITER = 40


def write_many(tx: Tx, entries: Sequence[LogEntry]) -> list[Appended | Exception]:
    """Store messages, one log line for each of their lines; answers with NotFound for an attempt that is not there."""
    ids = jsontext.encode(sorted({entry.attempt_id for entry in entries}))
    attempts = {row["id"]: row for row in tx.all(sql.attempts, ids=ids)}
    counters = {attempt_id: _Counter(tx, row) for attempt_id, row in attempts.items()}
    rows: list[list[Any]] = []
    found = [(counters.get(entry.attempt_id), entry) for entry in entries]
    answers: list[Appended | Exception] = [
        _nowhere() if counter is None else _place(counter, entry, rows) for counter, entry in found
    ]
    _store(tx, rows, counters)
    return answers


def send_many(tx: Tx, batches: Sequence[MessageBatch]) -> list[Appended | Exception]:
    """Store the messages of processes that number theirs, those that are new; the answer counts their lines.

    A process sends them in order. Answers with NotFound for an attempt that is not there, and with Invalid.
    """
    ids = jsontext.encode(sorted({batch.attempt_id for batch in batches}))
    attempts = {row["id"]: row for row in tx.all(sql.attempts, ids=ids)}
    counters = {attempt_id: _Counter(tx, row) for attempt_id, row in attempts.items()}
    pairs = jsontext.encode(sorted({(batch.attempt_id, batch.writer) for batch in batches}))
    known = {(row["attempt_id"], row["writer"]): row["seq"] for row in tx.all(sql.writers, pairs=pairs)}
    rows: list[list[Any]] = []
    answers = [_take(counters.get(batch.attempt_id), batch, known, rows) for batch in batches]
    _store(tx, rows, counters)
    written = [[attempt_id, writer, seq] for (attempt_id, writer), seq in known.items()]
    if written:
        tx.run(sql.note_writers, rows=jsontext.encode(written))
    return answers


def _take(
    counter: _Counter | None, batch: MessageBatch, known: dict[tuple[str, str], int], rows: list[list[Any]]
) -> Appended | Exception:
    """Place the messages of a batch that are not known, and note the last one."""
    if counter is None:
        return _nowhere()
    wrong = _fault(batch)
    if wrong is not None:
        return wrong
    whose = (batch.attempt_id, batch.writer)
    accepted = dropped = 0
    for seq, at, level, text in batch.messages:
        if seq > known.get(whose, 0):
            known[whose] = seq
            placed = _place(counter, batch.entry(at, level, text), rows)
            accepted += placed.accepted
            dropped += placed.dropped
    return Appended(accepted=accepted, dropped=dropped, limit_reached=dropped > 0)


def _fault(batch: MessageBatch) -> Invalid | None:
    if len(batch.messages) > MAX_MESSAGES:
        return Invalid(
            f"{len(batch.messages)} messages are too many for one call.",
            hint=f"Send at most {MAX_MESSAGES}.",
            field="messages",
        )
    if not 0 < len(batch.writer) <= MAX_WRITER or not batch.writer.isprintable():
        return Invalid(
            "The writer is empty, too long or not printable.",
            hint="Send a random text for each process.",
            field="writer",
        )
    for seq, at, _, _ in batch.messages:
        if not 0 < seq < 2**53 or not 0 <= at < 2**62:
            return Invalid(f"Message {seq} at {at} is out of range.", hint="Number them from 1.", field="messages")
    return None


def _nowhere() -> NotFound:
    return NotFound("This attempt does not exist.", hint="Send messages while the task runs.")


def _store(tx: Tx, rows: Sequence[Sequence[Any]], counters: Mapping[str, _Counter]) -> None:
    if rows:
        tx.run(sql.write, lines=jsontext.encode(rows))
    for counter in counters.values():
        counter.store(tx)


class _Counter:
    """Where the next line of an attempt goes, and what was added."""

    def __init__(self, tx: Tx, attempt: Row) -> None:
        where = {"task_id": attempt["task_id"], "epoch": attempt["epoch"]}
        last = tx.one(sql.last_line, **where)
        self.attempt = attempt
        self.seq: int = last["seq"] if last else 0
        self.lines = 0
        self.bytes = 0
        self.dropped = 0
        #: The last printed line, when these are the first messages: room begins behind it.
        self._room_after: int | None = None
        if room_after(attempt) is None:
            printed = tx.one(sql.last_printed, **where)
            self._room_after = printed["seq"] if printed else 0
            self.seq = max(self.seq, self._room_after * ROOM)

    def store(self, tx: Tx) -> None:
        tx.run(
            sql.count,
            attempt_id=self.attempt["id"],
            lines=self.lines,
            bytes=self.bytes,
            dropped=self.dropped,
            complete=0,
            room_after=self._room_after if self.lines else None,
        )
        tx.wake(f"task:{self.attempt['task_id']}")


def _place(counter: _Counter, entry: LogEntry, rows: list[list[Any]]) -> Appended:
    attempt, before = counter.attempt, counter.lines
    lines = _lines(entry)
    for text in lines:
        full = attempt["log_lines"] + counter.lines >= entry.max_lines
        if full or attempt["log_bytes"] + counter.bytes + len(text) > entry.max_bytes:
            break
        counter.seq += 1
        counter.lines += 1
        counter.bytes += len(text)
        place = (attempt["workspace_id"], attempt["task_id"], attempt["epoch"], counter.seq)
        rows.append([*place, entry.at, MESSAGES, int(attempt["state"] == "lost"), text, _level(entry)])
    accepted = counter.lines - before
    counter.dropped += len(lines) - accepted
    return Appended(accepted=accepted, dropped=len(lines) - accepted, limit_reached=accepted < len(lines))


def _lines(entry: LogEntry) -> list[str]:
    lines = without_secrets(entry.text, entry.mask).replace("\0", "\ufffd").splitlines() or [""]
    if len(lines) > MAX_LINES:
        lines = [*lines[:MAX_LINES], f"… {len(lines) - MAX_LINES} more lines were cut"]
    return [line if len(line) <= MAX_TEXT else f"{line[: MAX_TEXT - 1]}…" for line in lines]


def _level(entry: LogEntry) -> str:
    level = without_secrets(entry.level, entry.mask)
    clean = "".join(char for char in level if char.isprintable()).strip()[:MAX_LEVEL]
    return clean or "INFO"
