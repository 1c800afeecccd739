"""Spans of tasks, and how far tasks say that they are. Durations are microseconds."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

SpanStatus = Literal["ok", "error"]


class NewSpan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A span. Sent again with the same id it replaces what was known, and what it leaves out stays."""

    span_id: str
    name: str
    parent_id: str | None = None
    trace_id: str | None = None
    status: SpanStatus | None = None
    message: str | None = None
    started_at: str | None = None
    ended_at: str | None = None
    duration: int | None = None
    input: Any = None
    output: Any = None
    tags: Any = None
    metadata: Any = None


class AddSpans(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Spans of an attempt of a task: for a bot its own, for others the one named, else the latest."""

    spans: list[NewSpan]
    epoch: int | None = None


class SpansAdded(msgspec.Struct, frozen=True, kw_only=True):
    """How many spans were stored, and how many were dropped because the attempt has sent too many."""

    accepted: int
    dropped: int


class SpanView(msgspec.Struct, frozen=True, kw_only=True):
    """A span without its payloads, for a picture of many."""

    task: int
    epoch: int
    span_id: str
    parent_id: str | None
    name: str
    status: str | None
    started_at: str | None
    ended_at: str | None
    duration: int | None
    received_at: str


class SpanPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of spans; pass `next` on for the following one, which may be there even if this page is short."""

    spans: list[SpanView]
    next: str | None = None


class SpanDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One whole span; `truncated` says that a payload was cut, and is then the head of its JSON as a text."""

    task: int
    epoch: int
    span_id: str
    parent_id: str | None
    trace_id: str | None
    name: str
    status: str | None
    message: str | None
    started_at: str | None
    ended_at: str | None
    duration: int | None
    input: Any
    output: Any
    tags: Any
    metadata: Any
    truncated: bool
    source: str
    received_at: str


class ProgressView(msgspec.Struct, frozen=True, kw_only=True):
    """How far the present attempt of a task says that it is; all None when it has said nothing."""

    percent: int | None = None
    info: str | None = None
    status: str | None = None
    updated_at: str | None = None
