"""Append lines to logs: all batches that wait at one moment are stored in one round."""

from __future__ import annotations

from collections.abc import Sequence

from botyard.base import jsontext
from botyard.base.exceptions import Invalid, StaleLease
from botyard.core.logs.masks import without_secrets
from botyard.core.logs.model import ROOM, Appended, LogBatch, NewLine
from botyard.storage import Row, Tx, load_queries

sql = load_queries(__package__)

MAX_BATCH = 2_000
MAX_TEXT = 32_768
STREAMS = frozenset({"stdout", "stderr", "runner"})
#: The stream of what a bot sends to its log by itself.
MESSAGES = "log"
_MAX_SEQ = 2**53
#: Bots of these dialects always send messages besides what they print; others do once they have sent one.
_MESSAGING = frozenset({"botvelocity"})


def append_many(tx: Tx, batches: Sequence[LogBatch]) -> list[Appended | Exception]:
    """Store the new lines of each batch; the answer to each tells how many were new.

    Lines of an attempt that lost its lease are stored as late. Answers with StaleLease for an attempt that is
    not this runner's, and with Invalid for lines that cannot be: nothing of that batch is stored then.
    """
    ids = jsontext.encode(sorted({batch.attempt_id for batch in batches}))
    attempts = {row["id"]: row for row in tx.all(sql.attempts, ids=ids)}
    return [_append(tx, attempts.get(batch.attempt_id), batch) for batch in batches]


def _append(tx: Tx, attempt: Row | None, batch: LogBatch) -> Appended | Exception:
    if attempt is None or attempt["runner_id"] != batch.runner_id:
        return StaleLease(f"Attempt {batch.attempt_id[:64]} is not this runner's.", hint="Stop its process.")
    wrong = _fault(batch.lines)
    if wrong is not None:
        return wrong
    lines, room = _within(attempt, batch)
    after = room_after(attempt)
    if after is not None:
        lines = [(seq if seq <= after else seq * ROOM, at, stream, text) for seq, at, stream, text in lines]
    lines = [(seq, at, stream, without_secrets(text, batch.mask)) for seq, at, stream, text in lines]
    accepted = _insert(tx, attempt, lines) if lines else 0
    dropped = len(batch.lines) - len(lines) + batch.kept_back
    size = sum(len(line[3]) for line in lines) if accepted else 0
    if accepted or dropped or batch.complete:
        tx.run(
            sql.count,
            attempt_id=attempt["id"],
            lines=accepted,
            bytes=size,
            dropped=dropped,
            complete=int(batch.complete),
            room_after=None,
        )
        attempt["log_lines"] += accepted
        attempt["log_bytes"] += size
        tx.wake(f"task:{attempt['task_id']}")
    return Appended(accepted=accepted, dropped=dropped, limit_reached=room <= len(lines) and dropped > 0)


def room_after(attempt: Row) -> int | None:
    """Return behind which printed line there is room for messages; None for nowhere yet."""
    after: int | None = attempt["log_room_after"]
    return 0 if after is None and attempt["dialect"] in _MESSAGING else after


def _insert(tx: Tx, attempt: Row, lines: Sequence[NewLine]) -> int:
    return tx.run(
        sql.insert,
        workspace_id=attempt["workspace_id"],
        task_id=attempt["task_id"],
        epoch=attempt["epoch"],
        late=int(attempt["state"] == "lost"),
        lines=jsontext.encode([(seq, at, stream, text.replace("\0", "\ufffd")) for seq, at, stream, text in lines]),
    )


def _within(attempt: Row, batch: LogBatch) -> tuple[Sequence[NewLine], int]:
    """Return the lines that the log has room for, and the room in lines."""
    room = max(batch.max_lines - attempt["log_lines"], 0)
    lines = batch.lines[:room]
    left = batch.max_bytes - attempt["log_bytes"]
    for count, line in enumerate(lines):
        left -= len(line[3])
        if left < 0:
            return lines[:count], count
    return lines, room


def _fault(lines: Sequence[NewLine]) -> Invalid | None:
    if len(lines) > MAX_BATCH:
        return Invalid(
            f"{len(lines)} lines are too many for one call.", hint=f"Send at most {MAX_BATCH}.", field="lines"
        )
    for seq, at, stream, text in lines:
        if not 0 < seq < _MAX_SEQ or not 0 <= at < 2**62:
            return Invalid(f"Line {seq} at {at} is out of range.", hint="Number lines from 1.", field="lines")
        if stream not in STREAMS:
            return Invalid(f'"{stream[:40]}" is not a stream.', hint="Use stdout, stderr or runner.", field="lines")
        if len(text) > MAX_TEXT:
            return Invalid(f"Line {seq} is longer than {MAX_TEXT} characters.", hint="Split it.", field="lines")
    return None
