"""One schedule: when it fires, what became of each firing, changing it."""

from __future__ import annotations

from typing import Any

from botyard.base.exceptions import Invalid, NotFound
from botyard.console import timetable
from botyard.console.frame import back, done, page
from botyard.console.wording import ago
from botyard.core import automations, schedules
from botyard.core.schedules import Firing, Schedule
from botyard.storage import Tx
from botyard.web import Request, Response

_FIRINGS = 50
_MAX_CHOICES = 500


async def show(request: Request) -> Response:
    """Show a schedule with its next and its latest firings."""
    context = await request.db.read(_context, now=request.now, **_place(request))
    return page(request, "pages/schedule.html", section="/schedules", **context)


async def new(request: Request) -> Response:
    """Show the form that makes a schedule; what the address says is filled in."""
    values = timetable.values_of(None)
    values |= {name: value[:500] for name, value in request.query.items() if name in values}
    context = await request.db.read(
        _form, workspace_id=request.caller.workspace_id, schedule_id=None, values=values, now=request.now
    )
    return page(request, "pages/schedule_form.html", section="/schedules", block="main", **context)


async def edit(request: Request) -> Response:
    """Show the form that changes a schedule."""
    context = await request.db.read(_form, values=None, now=request.now, **_place(request))
    return page(request, "pages/schedule_form.html", section="/schedules", block="main", **context)


async def preview(request: Request) -> Response:
    """Return when what is typed would fire."""
    values = timetable.values_of(None) | {name: value[:500] for name, value in request.query.items()}
    found = timetable.preview_of(values, now=request.now)
    return page(request, "parts/firings.html", preview=found, rule=timetable.RULE)


async def create(request: Request) -> Response:
    """Make a schedule."""
    values = timetable.sent_values(await request.form())
    workspace_id = request.caller.workspace_id
    try:
        made = await request.change(
            schedules.create,
            workspace_id=workspace_id,
            automation=values["automation"],
            fields=timetable.fields_of(values),
            **_who(request),
        )
    except (Invalid, NotFound) as error:
        return await _refused(request, values, error, schedule_id=None)
    return done(f"/schedules/{made.id}", f"{made.automation_name} will start by itself.")


async def save(request: Request) -> Response:
    """Change a schedule."""
    values, place = timetable.sent_values(await request.form()), _place(request)
    try:
        fields, automation = timetable.fields_of(values), values["automation"]
        await request.change(schedules.update, automation=automation, fields=fields, **place, **_who(request))
    except Invalid as error:
        return await _refused(request, values, error, schedule_id=place["schedule_id"])
    return done(f"/schedules/{place['schedule_id']}", "The schedule is changed.")


async def pause(request: Request) -> Response:
    """Let a schedule fire no more until it is resumed."""
    return await _switch(request, paused=True)


async def resume(request: Request) -> Response:
    """Let a schedule fire again, from now on."""
    return await _switch(request, paused=False)


async def run(request: Request) -> Response:
    """Start the task of a schedule at once."""
    task = await request.change(
        schedules.run_now, audit_target=str(request.path_id("id")), **_place(request), **_who(request)
    )
    return done(f"/tasks/{task.id}", f"Task {task.id} is queued.")


async def delete(request: Request) -> Response:
    """Delete a schedule."""
    place = _place(request)
    await request.change(schedules.delete, audit_target=str(place["schedule_id"]), **place, **_who(request))
    return done("/schedules", "The schedule is deleted; the tasks that it started stay.")


async def _switch(request: Request, *, paused: bool) -> Response:
    place = _place(request)
    await request.change(schedules.pause, paused=paused, **place, **_who(request))
    words = "is paused." if paused else "fires again, from now on."
    return done(back(request, f"/schedules/{place['schedule_id']}"), f"The schedule {words}")


async def _refused(
    request: Request, values: dict[str, Any], error: Invalid | NotFound, *, schedule_id: int | None
) -> Response:
    workspace_id = request.caller.workspace_id
    context = await request.db.read(
        _form, workspace_id=workspace_id, schedule_id=schedule_id, values=values, now=request.now, error=error
    )
    return page(request, "pages/schedule_form.html", section="/schedules", block="main", status=400, **context)


def _place(request: Request) -> dict[str, Any]:
    return {"workspace_id": request.caller.workspace_id, "schedule_id": request.path_id("id")}


def _who(request: Request) -> dict[str, Any]:
    return {"actor": request.caller.actor, "now": request.now}


def _context(tx: Tx, *, workspace_id: int, schedule_id: int, now: int) -> dict[str, Any]:
    place: dict[str, Any] = {"workspace_id": workspace_id, "schedule_id": schedule_id}
    schedule = schedules.get(tx, **place)
    firings = schedules.firings_of(tx, limit=_FIRINGS, **place)
    return {
        "schedule": schedule,
        "firings": firings,
        "preview": timetable.preview_for(schedule, now=now),
        "rule": timetable.RULE,
        "answer": answer(schedule, firings, now=now),
    }


def answer(schedule: Schedule, firings: list[Firing], *, now: int) -> str:
    """Return when a schedule fires next and what became of its last firing, in a sentence."""
    if schedule.error:
        said = f"The server stopped it: {schedule.error.removeprefix('paused: ')}"
        said += "" if said[-1] in ".!?" else "."
    elif not schedule.active:
        said = "Paused: it starts nothing until it is resumed."
    elif schedule.next_at is None:
        said = "It has fired for the last time."
    else:
        said = f"Fires {ago(schedule.next_at, now)}."
    if not firings:
        return f"{said} It has not fired yet."
    last = firings[0]
    if last.verdict == "started":
        return f"{said} It started task {last.task_id} {ago(last.due_at, now)}."
    return f"{said} The firing {ago(last.due_at, now)} was {last.verdict}{': ' + last.reason if last.reason else ''}."


def _form(
    tx: Tx,
    *,
    workspace_id: int,
    schedule_id: int | None,
    values: dict[str, Any] | None,
    now: int,
    error: Invalid | NotFound | None = None,
) -> dict[str, Any]:
    schedule = None
    if schedule_id is not None:
        schedule = schedules.get(tx, workspace_id=workspace_id, schedule_id=schedule_id)
    values = values or timetable.values_of(schedule)
    labels = automations.labels(tx, workspace_id=workspace_id, limit=_MAX_CHOICES)
    return {
        "schedule": schedule,
        "values": values,
        "automation_choices": [(label, label) for label in labels],
        "zones": timetable.zones(),
        "preview": timetable.preview_of(values, now=now),
        "rule": timetable.RULE,
        "problem": error.message if error else "",
        "hint": error.hint if error else "",
        "wrong": error.field if error else None,
    }
