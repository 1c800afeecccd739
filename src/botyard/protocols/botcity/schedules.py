"""Schedules: make, list, look at, change, delete."""

from __future__ import annotations

from botyard.base.exceptions import Invalid
from botyard.core import schedules
from botyard.core.schedules import Schedule
from botyard.protocols.botcity.paging import Page, Paging
from botyard.protocols.botcity.wire_automations import ScheduleSent, ScheduleView
from botyard.web.request import Request
from botyard.web.response import Response, json_response


async def page(request: Request) -> Response:
    """List schedules, newest first."""
    paging, query, caller = Paging.asked(request), request.query, request.caller
    found, total = await request.db.read(
        schedules.page,
        workspace_id=caller.workspace_id,
        automation=query.get("activityLabel") or query.get("automationLabel") or None,
        offset=paging.offset,
        limit=paging.size,
    )
    return json_response(Page.of([ScheduleView.of(one, caller.workspace_label) for one in found], total, paging))


async def get(request: Request) -> Response:
    """Describe one schedule."""
    return _answer(request, await _find(request))


async def create(request: Request) -> Response:
    """Make a schedule. Each firing starts a task, whether the one before has ended or not."""
    call, caller = await request.json(ScheduleSent), request.caller
    if not call.automation:
        raise Invalid('"activityLabel" is missing.', hint="Send an automation's label.", field="activityLabel")
    if not call.cron:
        raise Invalid('"cron" is missing.', hint='Send five to seven fields, such as "0 0 2 * * ?".', field="cron")
    made = await request.change(
        schedules.create,
        audit_target=lambda schedule: str(schedule.id),
        workspace_id=caller.workspace_id,
        automation=call.automation,
        fields={"overlap": "queue", **call.fields()},
        actor=caller.actor,
        now=request.now,
    )
    return _answer(request, made)


async def update(request: Request) -> Response:
    """Change what was sent of a schedule."""
    call, caller, present = await request.json(ScheduleSent), request.caller, await _find(request)
    changed = await request.change(
        schedules.update,
        audit_target=str(present.id),
        workspace_id=caller.workspace_id,
        schedule_id=present.id,
        automation=call.automation,
        fields=call.fields(present),
        actor=caller.actor,
        now=request.now,
    )
    return _answer(request, changed)


async def delete(request: Request) -> Response:
    """Delete a schedule; the tasks that it started stay."""
    caller, schedule_id = request.caller, request.path_id("id")
    await request.change(
        schedules.delete,
        audit_target=str(schedule_id),
        workspace_id=caller.workspace_id,
        schedule_id=schedule_id,
        actor=caller.actor,
        now=request.now,
    )
    return json_response({"message": "The schedule was deleted."})


async def _find(request: Request) -> Schedule:
    return await request.db.read(
        schedules.get, workspace_id=request.caller.workspace_id, schedule_id=request.path_id("id")
    )


def _answer(request: Request, schedule: Schedule) -> Response:
    return json_response(ScheduleView.of(schedule, request.caller.workspace_label))
