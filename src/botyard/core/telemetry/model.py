"""What is told of spans, attempts and tasks. Times are microseconds UTC."""

from __future__ import annotations

import msgspec


class SpanToExport(msgspec.Struct, frozen=True, kw_only=True):
    """A span that is due, with what says where it belongs; payloads, tags and metadata are JSON, as they are stored.

    `noted_at` tells this state of the span from a later one. `attempt_ended_at` is the end of what has none itself.
    """

    task_id: int
    epoch: int
    span_id: str
    noted_at: int
    workspace: str
    automation: str
    task_created_at: int
    attempt_ended_at: int | None
    parent_id: str | None
    trace_id: str | None
    name: str
    status: str | None
    message: str | None
    started_at: int | None
    ended_at: int | None
    duration: int | None
    input: str | None
    output: str | None
    tags: str | None
    metadata: str | None
    truncated: int
    source: str
    received_at: int


class AttemptToExport(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt of a task that is due."""

    task_id: int
    epoch: int
    state: str
    runner: str | None
    package_version: str | None
    leased_at: int
    started_at: int | None
    ended_at: int
    exit_code: int | None
    message: str | None


class TaskToExport(msgspec.Struct, frozen=True, kw_only=True):
    """A finished task, with its attempts by their number."""

    id: int
    workspace: str
    automation: str
    state: str
    created_at: int
    finished_at: int
    message: str | None
    attempts: list[AttemptToExport]
