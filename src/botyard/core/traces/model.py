"""What spans are. Times are microseconds UTC, durations microseconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Self

import msgspec

from botyard.base import jsontext
from botyard.core.logs import Mask
from botyard.storage import Row

Status = Literal["ok", "error"]

#: Characters of JSON that a payload may have; more is cut.
MAX_PAYLOAD = 64 * 1024
#: Spans that one attempt may send, repeated ones included; more is dropped.
MAX_SPANS = 100_000


class NewSpan(msgspec.Struct, frozen=True, kw_only=True):
    """A span as it was sent; what is None is not known yet."""

    span_id: str
    name: str
    parent_id: str | None = None
    trace_id: str | None = None
    status: Status | None = None
    message: str | None = None
    started_at: int | None = None
    ended_at: int | None = None
    duration: int | None = None
    input: Any = None
    output: Any = None
    tags: Any = None
    metadata: Any = None


class SpanBatch(msgspec.Struct, frozen=True, kw_only=True):
    """Spans of one attempt of a task. `source` says by which way they came, such as a dialect."""

    workspace_id: int
    task_id: int
    epoch: int
    spans: Sequence[NewSpan]
    source: str
    now: int
    #: Hides the secrets that the attempt has read.
    mask: Mask | None = None


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """How many spans of a batch were stored, and how many were dropped because the attempt has sent too many."""

    accepted: int
    dropped: int


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """A span without its payloads, for a picture of many."""

    epoch: int
    span_id: str
    parent_id: str | None
    name: str
    status: Status | None
    started_at: int | None
    ended_at: int | None
    duration: int | None
    received_at: int


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """One whole span; `truncated` says that a payload was cut, which is then the head of its JSON as a text."""

    workspace_id: int
    task_id: int
    epoch: int
    span_id: str
    parent_id: str | None
    trace_id: str | None
    name: str
    status: Status | None
    message: str | None
    started_at: int | None
    ended_at: int | None
    duration: int | None
    input: Any
    output: Any
    tags: Any
    metadata: Any
    truncated: bool
    source: str
    received_at: int

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Return the span of a row."""
        payloads = {
            name: None if row[name] is None else jsontext.decode(row[name])
            for name in ("input", "output", "tags", "metadata")
        }
        return cls(**{**row, **payloads, "truncated": bool(row["truncated"])})
