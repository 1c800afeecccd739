"""Schedules, as the native protocol shows and changes them. Times are ISO 8601; one without an offset is UTC."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Overlap = Literal["skip", "queue", "replace"]
CatchUp = Literal["none", "last", "all"]


class CreateSchedule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Start an automation by itself: either `cron`, read in `timezone`, or the one moment `once_at`."""

    automation: str
    cron: str | None = None
    once_at: str | None = None
    timezone: str = "UTC"
    name: str = ""
    overlap: Overlap = "skip"
    catch_up: CatchUp = "last"
    catch_up_cap: int = 10
    parameters: dict[str, Any] = {}
    priority: int | None = None
    active: bool = True


class UpdateSchedule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields to change; what is not sent stays."""

    automation: str | msgspec.UnsetType = msgspec.UNSET
    cron: str | msgspec.UnsetType | None = msgspec.UNSET
    once_at: str | msgspec.UnsetType | None = msgspec.UNSET
    timezone: str | msgspec.UnsetType = msgspec.UNSET
    name: str | msgspec.UnsetType = msgspec.UNSET
    overlap: Overlap | msgspec.UnsetType = msgspec.UNSET
    catch_up: CatchUp | msgspec.UnsetType = msgspec.UNSET
    catch_up_cap: int | msgspec.UnsetType = msgspec.UNSET
    parameters: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    priority: int | msgspec.UnsetType | None = msgspec.UNSET
    active: bool | msgspec.UnsetType = msgspec.UNSET


class ScheduleView(msgspec.Struct, frozen=True, kw_only=True):
    """One schedule. `next_at` is None when it is paused or has nothing left; `upcoming` holds the next ten firings."""

    id: int
    automation: str
    name: str
    cron: str | None
    once_at: str | None
    timezone: str
    overlap: str
    catch_up: str
    catch_up_cap: int
    parameters: dict[str, Any]
    priority: int | None
    active: bool
    error: str | None
    next_at: str | None
    last_at: str | None
    last_task: int | None
    created_at: str
    created_by: str
    upcoming: list[str] = []


class SchedulePage(msgspec.Struct, frozen=True, kw_only=True):
    """A page, newest first; pass `next` as `before` for the following one."""

    schedules: list[ScheduleView]
    next: int | None = None


class FiringView(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one firing; `reason` explains one that started nothing."""

    due_at: str
    verdict: str
    task: int | None
    reason: str | None
    fired_at: str


class FiringList(msgspec.Struct, frozen=True, kw_only=True):
    """The latest firings, newest first."""

    firings: list[FiringView]
