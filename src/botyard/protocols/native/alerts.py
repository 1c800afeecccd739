"""Alerts over the whole workspace: list, read, raise."""

from __future__ import annotations

from typing import get_args

from botyard.core import alerts
from botyard.core.alerts import Level
from botyard.protocols.native import asking, views
from botyard.protocols.native.auth import attempt_of
from botyard.web.request import Request
from botyard.web.response import Response, json_response
from botyard.web.secrets import hidden
from botyard.wire import native as wire

_LEVELS: tuple[str, ...] = get_args(wire.AlertLevel)


async def search(request: Request) -> Response:
    """List alerts newest first: of a task, an automation, an app, a level, or all."""
    limit = asking.limit_of(request)
    level = asking.one_of(request, "level", _LEVELS)
    found = await request.db.read(
        alerts.search,
        workspace_id=request.caller.workspace_id,
        task_id=asking.own_task(request, asking.id_of(request, "task")),
        level=None if level is None else Level(level),
        automation=asking.text_of(request, "automation"),
        app_id=asking.id_of(request, "app"),
        text=asking.text_of(request, "text"),
        before_id=asking.id_of(request, "before"),
        limit=limit,
    )
    last = views.next_of(found, limit)
    return json_response(wire.AlertList(alerts=[views.alert(alert) for alert in found], next=last and last.id))


async def get(request: Request) -> Response:
    """Read one alert."""
    alert = await request.db.read(alerts.get, workspace_id=request.caller.workspace_id, alert_id=request.path_id("id"))
    request.caller.check_reads(alert.task_id)
    return json_response(views.alert(alert))


async def create(request: Request) -> Response:
    """Raise an alert on a task, and mail it to whoever subscribed to its level."""
    call = await hidden(request, await request.json(wire.CreateAlert), "title", "message")
    made = await asking.noted(
        request,
        alerts.create,
        workspace_id=request.caller.workspace_id,
        task_id=asking.writable_task(request),
        level=Level(call.level),
        title=call.title,
        message=call.message,
        attempt=attempt_of(request.caller),
        **asking.by(request),
    )
    return json_response(views.alert(made), status=201)
