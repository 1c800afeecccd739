"""Schedules: automations that start by themselves."""

from __future__ import annotations

from botyard.sdk.calls import Call, delete, get, make, patch, post
from botyard.sdk.faces import C, Group, call, fields, listing
from botyard.sdk.paging import Listing, pages
from botyard.wire import bulk
from botyard.wire import schedules as wire
from botyard.wire.tasks import TaskView

_ALL = "/api/v1/schedules"
_ONE = "/api/v1/schedules/{id}"


class Schedules(Group[C]):
    """When automations start by themselves."""

    @listing
    def list(self, *, automation: str | None = None, limit: int | None = None) -> Listing[wire.ScheduleView]:
        """List schedules, newest first."""
        return pages(
            _ALL, wire.SchedulePage, lambda page: page.schedules, cursor="before", limit=limit, automation=automation
        )

    @call
    def get(self, schedule_id: int) -> Call[wire.ScheduleView]:
        """Read one schedule with its next ten firings."""
        return get(_ONE, wire.ScheduleView, schedule_id)

    @fields(wire.CreateSchedule)
    def create(self, body: wire.CreateSchedule) -> Call[wire.ScheduleView]:
        """Make a schedule: with `cron`, read in `timezone`, or for the one moment `once_at`."""
        return make(_ALL, body, wire.ScheduleView)

    @fields(wire.UpdateSchedule)
    def update(self, schedule_id: int, body: wire.UpdateSchedule) -> Call[wire.ScheduleView]:
        """Change the fields that are given."""
        return patch(_ONE, body, wire.ScheduleView, schedule_id)

    @call
    def delete(self, schedule_id: int) -> Call[None]:
        """Delete a schedule; the tasks that it started stay."""
        return delete(_ONE, schedule_id)

    @call
    def pause(self, schedule_id: int) -> Call[wire.ScheduleView]:
        """Let a schedule rest."""
        return post(f"{_ONE}/pause", None, wire.ScheduleView, schedule_id, repeatable=True)

    @call
    def resume(self, schedule_id: int) -> Call[wire.ScheduleView]:
        """Let a schedule go on from now; nothing is made up for."""
        return post(f"{_ONE}/resume", None, wire.ScheduleView, schedule_id, repeatable=True)

    @call
    def run(self, schedule_id: int) -> Call[TaskView]:
        """Start the task of a schedule at once, beside its plan."""
        return make(f"{_ONE}/run", None, TaskView, schedule_id)

    @fields(bulk.ScheduleMatchCall)
    def bulk_matching(self, body: bulk.ScheduleMatchCall) -> Call[bulk.MatchReply]:
        """Pause the schedules that match, or let them go on; with `dry_run` only tell which they would be."""
        return post(f"{_ALL}/bulk/matching", body, bulk.MatchReply, repeatable=True)

    @listing
    def firings(self, schedule_id: int, *, limit: int = 50) -> Listing[wire.FiringView]:
        """List what became of the latest firings, up to 500."""
        return Listing(
            first=get(f"{_ONE}/firings", wire.FiringList, schedule_id, limit=limit),
            items=lambda page: page.firings,
            following=lambda _: None,
            cursor="",
        )
