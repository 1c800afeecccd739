"""What happened in the workspace, who did what, and who it is that asks."""

from __future__ import annotations

from typing import Literal, cast, get_args

from botyard.base.clock import iso
from botyard.core import audit, events
from botyard.core.access import Caller
from botyard.core.audit import Entry
from botyard.core.events import Event
from botyard.protocols.native import asking, views
from botyard.web.request import Request
from botyard.web.response import Response, json_response, no_content
from botyard.wire import native as wire

_VERDICTS: tuple[str, ...] = get_args(wire.AuditVerdict)


async def list_events(request: Request) -> Response:
    """List what happened in the workspace, newest first; with `after`, 0 for all, oldest first from there on."""
    asking.check_whole(request)
    onwards = request.query.get("after") not in (None, "")
    found, following = await request.db.read(
        events.search,
        workspace_id=request.caller.workspace_id,
        kind=asking.text_of(request, "kind"),
        entity=asking.text_of(request, "entity"),
        entity_id=asking.text_of(request, "entity_id"),
        after_id=request.query_int("after", default=0, low=0, high=2**62) if onwards else None,
        before_id=asking.id_of(request, "before"),
        limit=asking.limit_of(request),
    )
    return json_response(wire.HistoryPage(events=[_event(event) for event in found], next=following))


async def list_audit(request: Request) -> Response:
    """List who did what, newest first."""
    limit = asking.limit_of(request)
    verdict = asking.one_of(request, "verdict", _VERDICTS)
    found = await request.db.read(
        audit.find,
        workspace_id=request.caller.workspace_id,
        actor=asking.text_of(request, "actor"),
        action=asking.text_of(request, "action"),
        target=asking.text_of(request, "target"),
        verdict=cast("Literal['allowed', 'denied'] | None", verdict),
        since=asking.moment_of(request, "since"),
        before_id=asking.id_of(request, "before"),
        limit=limit,
    )
    last = views.next_of(found, limit)
    return json_response(wire.AuditPage(entries=[_entry(entry) for entry in found], next=last and last.id))


async def note_tool(request: Request) -> Response:
    """Record that an assistant uses a tool, before it does. What the tool changes is recorded as every change is."""
    call = await request.json(wire.ToolCall)
    origin = request.origin()
    await request.db.write(
        audit.record,
        workspace_id=origin.workspace_id,
        actor=origin.actor,
        action=f"tools.{call.tool}",
        target=call.target,
        verdict="allowed",
        address=origin.address,
        request_id=origin.request_id,
        now=request.now,
        data={"client": call.client, "arguments": call.arguments},
    )
    return no_content()


async def me(request: Request) -> Response:
    """Tell who it is that calls, in which workspace, and what that allows."""
    return json_response(_me(request.caller))


def _me(caller: Caller) -> wire.MeView:
    return wire.MeView(
        kind=caller.kind,
        name=caller.name,
        actor=caller.actor,
        role=caller.role.value if caller.role else None,
        workspace=caller.workspace_label,
        permissions=sorted(caller.permissions),
        key=caller.key_id,
        task=caller.task_id,
        epoch=caller.epoch,
        ended=caller.ended,
        app=caller.app_id,
        runner=caller.runner_id,
    )


def _event(found: Event) -> wire.HistoryEvent:
    return wire.HistoryEvent(
        id=found.id,
        kind=found.kind,
        entity=found.entity,
        entity_id=found.entity_id,
        actor=found.actor,
        at=iso(found.at),
        data=found.data,
    )


def _entry(found: Entry) -> wire.AuditEntry:
    return wire.AuditEntry(
        id=found.id,
        actor=found.actor,
        action=found.action,
        target=found.target,
        verdict=found.verdict,
        address=found.address,
        request_id=found.request_id,
        at=iso(found.at),
        data=found.data,
    )
