"""Messages that a bot sends to its log by itself, placed after what its process has printed until then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botyard.base import jsontext
from botyard.base.exceptions import NotFound
from botyard.core.logs.append import MAX_TEXT, MESSAGES, sql
from botyard.core.logs.masks import without_secrets
from botyard.core.logs.model import Appended, LogEntry
from botyard.storage import Row, Tx

#: A message of more lines is cut.
MAX_LINES = 500
MAX_LEVEL = 20


def write_many(tx: Tx, entries: Sequence[LogEntry]) -> list[Appended | Exception]:
    """Store messages, one log line for each of their lines; answers with NotFound for an attempt that is not there."""
    ids = jsontext.encode(sorted({entry.attempt_id for entry in entries}))
    attempts = {row["id"]: row for row in tx.all(sql.attempts, ids=ids)}
    counters = {attempt_id: _Counter(tx, row) for attempt_id, row in attempts.items()}
    rows: list[list[Any]] = []
    answers = [_place(counters.get(entry.attempt_id), entry, rows) for entry in entries]
    if rows:
        tx.run(sql.write, lines=jsontext.encode(rows))
    for counter in counters.values():
        counter.store(tx)
    return answers


class _Counter:
    """Where the next line of an attempt goes, and what was added."""

    def __init__(self, tx: Tx, attempt: Row) -> None:
        last = tx.one(sql.last_line, task_id=attempt["task_id"], epoch=attempt["epoch"])
        self.attempt = attempt
        self.seq = last["seq"] if last else 0
        self.lines = 0
        self.bytes = 0
        self.dropped = 0

    def store(self, tx: Tx) -> None:
        tx.run(
            sql.count,
            attempt_id=self.attempt["id"],
            lines=self.lines,
            bytes=self.bytes,
            dropped=self.dropped,
            complete=0,
        )
        tx.wake(f"task:{self.attempt['task_id']}")


def _place(counter: _Counter | None, entry: LogEntry, rows: list[list[Any]]) -> Appended | Exception:
    if counter is None:
        return NotFound("This attempt does not exist.", hint="Send messages while the task runs.")
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
