"""Alerts: raise one, list them."""

from __future__ import annotations

from botyard.core import alerts
from botyard.protocols.botcity import enums, wire
from botyard.protocols.botcity.auth import attempt_of, listed_task
from botyard.protocols.botcity.paging import Page, Paging, since
from botyard.protocols.botcity.tasks import writable
from botyard.web.request import Request
from botyard.web.response import Response, json_response
from botyard.web.secrets import hidden


async def create(request: Request) -> Response:
    """Raise an alert on a task."""
    call = await hidden(request, await request.json(wire.CreateAlert), "title", "message")
    caller = request.caller
    alert = await request.db.write(
        alerts.create,
        workspace_id=caller.workspace_id,
        task_id=await writable(request, wire.task_id_of(call.task_id)),
        level=enums.LEVELS[enums.read(enums.AlertType, call.type, field="type")],
        title=call.title or "",
        message=call.message or "",
        actor=caller.actor,
        now=request.now,
        attempt=attempt_of(caller),
    )
    return json_response(wire.AlertView.of(alert, caller.workspace_label))


async def page(request: Request) -> Response:
    """List alerts, newest first."""
    paging, query, caller = Paging.asked(request), request.query, request.caller
    kind = query.get("type")
    found, total = await request.db.read(
        alerts.page,
        workspace_id=caller.workspace_id,
        task_id=listed_task(caller, wire.task_filter(query)),
        level=enums.LEVELS[enums.read(enums.AlertType, kind, field="type")] if kind else None,
        since=since(query, None, request.now),
        offset=paging.offset,
        limit=paging.size,
    )
    return json_response(Page.of([wire.AlertView.of(alert, caller.workspace_label) for alert in found], total, paging))
