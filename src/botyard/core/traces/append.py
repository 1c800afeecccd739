"""Store spans: all batches that wait at one moment are written in one round."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec

from botyard.base import jsontext
from botyard.base.exceptions import BotyardError, Invalid, NotFound
from botyard.core import telemetry
from botyard.core.logs import Mask, hide, without_secrets
from botyard.core.traces.model import MAX_PAYLOAD, MAX_SPANS, NewSpan, Received, SpanBatch
from botyard.storage import Row, Tx, load_queries

sql = load_queries(__package__)

MAX_BATCH = 2_000
_MAX_ID = 128
_MAX_NAME = 300
_MAX_MESSAGE = 4_000
_LATEST = 253_370_764_800_000_000
_encode = msgspec.json.Encoder().encode
_PAYLOADS = ("input", "output", "tags", "metadata")

Key = tuple[int, int, str]


def append_many(tx: Tx, batches: Sequence[SpanBatch]) -> list[Received | Exception]:
    """Store the spans of each batch, those sent before anew; the answer to each tells how many.

    Answers with NotFound for an attempt that is not there, and with Invalid for spans that cannot be: nothing of that
    batch is stored then.
    """
    attempts = _attempts(tx, batches)
    answers: list[Received | Exception] = []
    rows: dict[Key, dict[str, Any]] = {}
    sent: dict[str, int] = defaultdict(int)
    for batch in batches:
        try:
            answers.append(_receive(attempts.get((batch.task_id, batch.epoch)), batch, rows, sent))
        except BotyardError as error:
            answers.append(error)
    if rows:
        tx.run_many(sql.upsert, list(rows.values()))
        telemetry.note_spans(tx, rows, now=max(batch.now for batch in batches))
        tx.run(sql.count_sent, rows=jsontext.encode([[attempt_id, n] for attempt_id, n in sorted(sent.items())]))
        for task_id in sorted({row["task_id"] for row in rows.values()}):
            tx.wake(f"task:{task_id}")
            tx.wake(f"spans:{task_id}")
    return answers


def append_groups(tx: Tx, groups: Sequence[Sequence[SpanBatch]]) -> list[list[Received | Exception]]:
    """Store the batches of each group as `append_many` does, which answers for each batch of it."""
    answers = iter(append_many(tx, [batch for group in groups for batch in group]))
    return [[next(answers) for _ in group] for group in groups]


def _attempts(tx: Tx, batches: Sequence[SpanBatch]) -> dict[tuple[int, int], Row]:
    keys = sorted({(batch.task_id, batch.epoch) for batch in batches})
    found = tx.all(sql.attempts, keys=jsontext.encode(keys))
    return {(row["task_id"], row["epoch"]): row for row in found}


def _receive(attempt: Row | None, batch: SpanBatch, rows: dict[Key, dict[str, Any]], sent: dict[str, int]) -> Received:
    if attempt is None or attempt["workspace_id"] != batch.workspace_id:
        raise NotFound(f"Task {batch.task_id} has no attempt {batch.epoch}.", hint="Send spans while the task runs.")
    if len(batch.spans) > MAX_BATCH:
        raise Invalid(
            f"{len(batch.spans)} spans are too many for one call.", hint=f"Send at most {MAX_BATCH}.", field="spans"
        )
    fresh = [_row(batch, span, f"spans[{number}]") for number, span in enumerate(batch.spans)]
    room = max(MAX_SPANS - attempt["spans"] - sent[attempt["id"]], 0)
    for row in fresh[:room]:
        key = (row["task_id"], row["epoch"], row["span_id"])
        earlier = rows.get(key, {})
        rows[key] = row | {name: value for name, value in earlier.items() if row[name] is None}
    sent[attempt["id"]] += min(room, len(fresh))
    return Received(accepted=min(room, len(fresh)), dropped=max(len(fresh) - room, 0))


def _row(batch: SpanBatch, span: NewSpan, path: str) -> dict[str, Any]:
    mask = batch.mask
    started, ended, duration = _times(span)
    payloads = {name: _payload(getattr(span, name), mask) for name in _PAYLOADS}
    return {
        "workspace_id": batch.workspace_id,
        "task_id": batch.task_id,
        "epoch": batch.epoch,
        "span_id": _id(span.span_id, f"{path}.span_id"),
        "parent_id": _id(span.parent_id, f"{path}.parent_span_id") if span.parent_id else None,
        "trace_id": _id(span.trace_id, f"{path}.trace_id") if span.trace_id else None,
        "name": _text(span.name, _MAX_NAME, mask) or "span",
        "status": span.status,
        "message": None if span.message is None else _text(span.message, _MAX_MESSAGE, mask),
        "started_at": started,
        "ended_at": ended,
        "duration": duration,
        **{name: text for name, (text, _) in payloads.items()},
        "truncated": int(any(cut for _, cut in payloads.values())),
        "source": batch.source,
        "received_at": batch.now,
    }


def _id(text: str, path: str) -> str:
    if not 0 < len(text) <= _MAX_ID:
        raise Invalid(f'"{path}" must have 1 to {_MAX_ID} characters.', hint="Use a UUID, for example.", field=path)
    return text.replace("\0", "\ufffd")


def _text(text: str, limit: int, mask: Mask | None) -> str:
    clean = text[: 2 * limit].replace("\0", "\ufffd")
    return without_secrets(clean, mask)[:limit]


def _times(span: NewSpan) -> tuple[int | None, int | None, int | None]:
    """Return beginning, end and duration, each of the three from the other two where it was not sent."""
    started, ended, duration = (
        value if value is not None and 0 <= value < _LATEST else None
        for value in (span.started_at, span.ended_at, span.duration)
    )
    if duration is None and started is not None and ended is not None:
        duration = max(ended - started, 0)
    if ended is None and started is not None and duration is not None:
        ended = started + duration
    if started is None and ended is not None and duration is not None:
        started = max(ended - duration, 0)
    return started, ended, duration


def _payload(value: Any, mask: Mask | None) -> tuple[str | None, bool]:
    """Return a payload as JSON text and whether it was cut."""
    if value is None:
        return None, False
    text = _json(value)
    if without_secrets(text, mask) != text:  # hidden in the value itself: a pattern over JSON may end in none
        text = _json(hide(value, mask))
    if len(text) <= MAX_PAYLOAD:
        return text, False
    return jsontext.encode(text[:MAX_PAYLOAD]), True


def _json(value: Any) -> str:
    """Return a payload as JSON; a number that is none becomes null, as nothing better is known of it."""
    try:
        return _encode(value).decode()
    except (UnicodeEncodeError, OverflowError, RecursionError):
        return jsontext.encode(value)
