"""Systems: ask for one, allow it, lock it, change it, give it another token."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from botyard.base.clock import DAY, SECOND, iso
from botyard.base.exceptions import Invalid
from botyard.core import systems
from botyard.core.systems import NewSystem, State, System
from botyard.protocols.native import views
from botyard.web.request import Request
from botyard.web.response import Response, json_response
from botyard.wire import native as wire

_MAX_OVERLAP = 30 * DAY


async def search(request: Request) -> Response:
    """List systems by name."""
    limit = request.query_int("limit", default=50, low=1, high=500)
    found = await request.db.read(
        systems.search,
        workspace_id=request.caller.workspace_id,
        state=_state(request.query.get("state")),
        text=request.query.get("text") or None,
        after=request.query.get("after") or None,
        limit=limit,
    )
    last = views.next_of(found, limit)
    return json_response(wire.SystemPage(systems=[_view(system) for system in found], next=last and last.name))


async def get(request: Request) -> Response:
    """Read one system."""
    found = await request.db.read(
        systems.get, workspace_id=request.caller.workspace_id, system_id=request.path["system"]
    )
    return json_response(_view(found))


async def create(request: Request) -> Response:
    """Ask for a system: it has a token at once, and is answered when an administrator has allowed it."""
    call = await request.json(wire.CreateSystem)
    fields = msgspec.structs.asdict(call)
    made = await request.change(
        systems.create,
        workspace_id=request.caller.workspace_id,
        name=fields.pop("name"),
        token=fields.pop("token"),
        fields=fields,
        actor=request.caller.actor,
        now=request.now,
    )
    return json_response(_new_view(made), status=201)


async def update(request: Request) -> Response:
    """Change the fields that were sent."""
    call = await request.json(wire.UpdateSystem)
    sent = {name: value for name, value in msgspec.structs.asdict(call).items() if value is not msgspec.UNSET}
    changed = await request.change(
        systems.update,
        workspace_id=request.caller.workspace_id,
        system_id=request.path["system"],
        name=sent.pop("name", None),
        fields=sent,
        actor=request.caller.actor,
        now=request.now,
    )
    return json_response(_view(changed))


async def allow(request: Request) -> Response:
    """Let a system in."""
    return await _decide(request, systems.allow)


async def lock(request: Request) -> Response:
    """Refuse a system from now on; its tasks go on."""
    return await _decide(request, systems.lock)


async def _decide(request: Request, operation: Callable[..., System]) -> Response:
    decided = await request.change(
        operation,
        workspace_id=request.caller.workspace_id,
        system_id=request.path["system"],
        actor=request.caller.actor,
        now=request.now,
    )
    return json_response(_view(decided))


async def rotate(request: Request) -> Response:
    """Give a system another token; the earlier one ends at once, or after an overlap."""
    call = await request.json(wire.RotateSystem)
    made = await request.change(
        systems.rotate,
        workspace_id=request.caller.workspace_id,
        system_id=request.path["system"],
        overlap=_overlap(call.overlap_seconds),
        token=call.token,
        actor=request.caller.actor,
        now=request.now,
    )
    return json_response(_new_view(made))


def _overlap(seconds: int) -> int:
    if not 0 <= seconds <= _MAX_OVERLAP // SECOND:
        raise Invalid(
            f"overlap_seconds cannot be {str(seconds)[:20]}.", hint="Use 0 to 30 days.", field="overlap_seconds"
        )
    return seconds * SECOND


def _state(text: str | None) -> State | None:
    if not text:
        return None
    if text not in set(State):
        raise Invalid(f'"{text[:40]}" is not a state.', hint=f"Use one of {', '.join(State)}.", field="state")
    return State(text)


def _new_view(made: NewSystem) -> wire.NewSystemView:
    return wire.NewSystemView(system=_view(made.system), token=made.token)


def _view(found: System) -> wire.SystemView:
    return wire.SystemView(
        id=found.id,
        name=found.name,
        description=found.description,
        state=found.state.value,
        processes=None if found.processes is None else list(found.processes),
        reads_all=found.reads_all,
        networks=None if found.networks is None else list(found.networks),
        file_hosts=list(found.file_hosts),
        private_targets=found.private_targets,
        max_file_bytes=found.max_file_bytes,
        created_at=iso(found.created_at),
        created_by=found.created_by,
        updated_at=iso(found.updated_at),
        updated_by=found.updated_by,
        decided_at=views.moment(found.decided_at),
        decided_by=found.decided_by,
        used_at=views.moment(found.used_at),
    )
