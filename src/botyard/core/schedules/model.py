"""What schedules and firings are. Times are microseconds UTC."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from botyard.base import jsontext

Overlap = Literal["skip", "queue", "replace"]
CatchUp = Literal["none", "last", "all"]
Verdict = Literal["started", "skipped", "missed", "failed"]

DEFAULTS: dict[str, Any] = {
    "name": "",
    "cron": None,
    "once_at": None,
    "timezone": "UTC",
    "overlap": "skip",
    "catch_up": "last",
    "catch_up_cap": 10,
    "strategy": "",
    "parameters": {},
    "priority": None,
    "active": True,
}


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """When tasks of `automation` (a label) start.

    Either `cron`, read in `timezone`, or the one moment `once_at`. `next_at` is None when paused or when nothing is
    left to fire. `error` says why the server paused it itself. `strategy` is free text of a dialect.
    """

    id: int
    workspace_id: int
    automation_id: str
    automation: str
    automation_name: str
    folder: str
    name: str
    cron: str | None
    once_at: int | None
    timezone: str
    overlap: Overlap
    catch_up: CatchUp
    catch_up_cap: int
    strategy: str
    parameters: dict[str, Any]
    priority: int | None
    active: bool
    error: str | None
    next_at: int | None
    last_at: int | None
    last_task_id: int | None
    created_at: int
    created_by: str
    updated_at: int

    @property
    def actor(self) -> str:
        """Return the author of the tasks that it starts."""
        return f"schedule:{self.id}"

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Schedule:
        """Return the schedule of a database row."""
        return cls(**{**row, "active": bool(row["active"]), "parameters": jsontext.decode(row["parameters"])})


class Firing(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one firing that was due at `due_at`; `reason` explains one that started nothing."""

    schedule_id: int
    due_at: int
    verdict: Verdict
    task_id: int | None
    reason: str | None
    fired_at: int
