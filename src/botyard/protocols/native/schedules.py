"""Schedules: make, read, change, pause, run now."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from botyard.base import clock
from botyard.base.clock import iso
from botyard.core import schedules
from botyard.core.schedules import Schedule
from botyard.protocols.native import asking, views
from botyard.storage import Tx
from botyard.web.etags import tag_of
from botyard.web.request import Request
from botyard.web.response import Response, json_response, no_content
from botyard.wire import native as wire

_UPCOMING = 10


async def create(request: Request) -> Response:
    """Make a schedule."""
    call = await request.json(wire.CreateSchedule)
    fields = msgspec.structs.asdict(call)
    made = await request.change(
        schedules.create,
        audit_target=lambda schedule: str(schedule.id),
        workspace_id=request.caller.workspace_id,
        automation=fields.pop("automation"),
        fields=_moment(fields),
        actor=request.caller.actor,
        now=request.now,
    )
    return json_response(_view(made, request.now), status=201)


async def get(request: Request) -> Response:
    """Read one schedule with its next ten firings."""
    found = await request.db.read(
        schedules.get, workspace_id=request.caller.workspace_id, schedule_id=request.path_id("id")
    )
    return json_response(_view(found, request.now), headers=tag_of(found))


async def search(request: Request) -> Response:
    """List schedules, newest first."""
    limit = request.query_int("limit", default=50, low=1, high=500)
    before = request.query_int("before", default=0, low=0, high=2**53)
    found = await request.db.read(
        schedules.search,
        workspace_id=request.caller.workspace_id,
        automation=request.query.get("automation") or None,
        before_id=before or None,
        limit=limit,
    )
    last = views.next_of(found, limit)
    page = [_view(schedule, None) for schedule in found]
    return json_response(wire.SchedulePage(schedules=page, next=last and last.id))


async def update(request: Request) -> Response:
    """Change the fields that were sent."""
    call = await request.json(wire.UpdateSchedule)
    sent = {name: value for name, value in msgspec.structs.asdict(call).items() if value is not msgspec.UNSET}
    changed = await request.change(
        schedules.update,
        current=_current(request),
        workspace_id=request.caller.workspace_id,
        schedule_id=request.path_id("id"),
        automation=sent.pop("automation", None),
        fields=_moment(sent),
        actor=request.caller.actor,
        now=request.now,
    )
    return json_response(_view(changed, request.now), headers=tag_of(changed))


async def delete(request: Request) -> Response:
    """Delete a schedule; the tasks that it started stay."""
    await request.change(
        schedules.delete,
        current=_current(request),
        workspace_id=request.caller.workspace_id,
        schedule_id=request.path_id("id"),
        actor=request.caller.actor,
        now=request.now,
    )
    return no_content()


async def pause(request: Request) -> Response:
    """Let a schedule rest."""
    return await _pause(request, paused=True)


async def resume(request: Request) -> Response:
    """Let a schedule go on from now; nothing is made up for."""
    return await _pause(request, paused=False)


async def _pause(request: Request, *, paused: bool) -> Response:
    asking.check_not_bot(request)
    changed = await request.change(
        schedules.pause,
        workspace_id=request.caller.workspace_id,
        schedule_id=request.path_id("id"),
        paused=paused,
        actor=request.caller.actor,
        now=request.now,
    )
    return json_response(_view(changed, request.now))


async def run(request: Request) -> Response:
    """Start the task of a schedule at once, beside its plan."""
    task = await request.change(
        schedules.run_now,
        workspace_id=request.caller.workspace_id,
        schedule_id=request.path_id("id"),
        actor=request.caller.actor,
        now=request.now,
    )
    return json_response(views.task(task), status=201)


async def list_firings(request: Request) -> Response:
    """List what became of the latest firings."""
    limit = request.query_int("limit", default=50, low=1, high=500)
    where = {"workspace_id": request.caller.workspace_id, "schedule_id": request.path_id("id")}
    found = await request.db.read(schedules.firings_of, **where, limit=limit)
    firings = [
        wire.FiringView(
            due_at=iso(firing.due_at),
            verdict=firing.verdict,
            task=firing.task_id,
            reason=firing.reason,
            fired_at=iso(firing.fired_at),
        )
        for firing in found
    ]
    return json_response(wire.FiringList(firings=firings))


def _current(request: Request) -> Callable[[Tx], Schedule]:
    """Return what finds the schedule of the path."""
    return partial(schedules.get, workspace_id=request.caller.workspace_id, schedule_id=request.path_id("id"))


def _moment(fields: dict[str, Any]) -> dict[str, Any]:
    if fields.get("once_at") is not None:
        fields["once_at"] = clock.parse(fields["once_at"])
    return fields


def _view(found: Schedule, now: int | None) -> wire.ScheduleView:
    """Return a schedule; with `now`, its next firings too."""
    upcoming = []
    if now is not None and found.active and found.cron is not None:
        upcoming = schedules.preview(found.cron, found.timezone, now=now, count=_UPCOMING)
    return wire.ScheduleView(
        id=found.id,
        automation=found.automation,
        name=found.name,
        cron=found.cron,
        once_at=views.moment(found.once_at),
        timezone=found.timezone,
        overlap=found.overlap,
        catch_up=found.catch_up,
        catch_up_cap=found.catch_up_cap,
        parameters=found.parameters,
        priority=found.priority,
        active=found.active,
        error=found.error,
        next_at=views.moment(found.next_at),
        last_at=views.moment(found.last_at),
        last_task=found.last_task_id,
        created_at=iso(found.created_at),
        created_by=found.created_by,
        upcoming=[iso(moment) for moment in upcoming],
    )
