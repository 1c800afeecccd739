"""One system: asking for it, allowing and locking it, its rules, and its token, which is shown once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botyard.base.clock import HOUR
from botyard.base.exceptions import AlreadyExists, Invalid
from botyard.console import systemform
from botyard.console.frame import back, done, page
from botyard.console.wording import actor, ago
from botyard.core import automations, events, systems
from botyard.core.access import Permission
from botyard.core.systems import NewSystem, State, System
from botyard.storage import Tx
from botyard.web import Form, Request, Response

_TASKS = 10
_PROCESSES = 100
_HISTORY = 20
#: How long an earlier token may go on, in hours.
OVERLAPS = ((0, "ends at once"), (1, "goes on for an hour"), (24, "goes on for a day"), (168, "goes on for a week"))


async def new(request: Request) -> Response:
    """Show the form that asks for a system."""
    return await _form(request, systemform.EMPTY)


async def create(request: Request) -> Response:
    """Make a system, and show its token once."""
    form = await request.form()
    at_once = bool(form.text("allowed")) and request.caller.may(Permission.SYSTEMS_MANAGE)
    try:
        made = await request.change(
            _create,
            audit_action="systems.create",
            workspace_id=request.caller.workspace_id,
            form=form,
            state=State.ALLOWED if at_once else State.REQUEST,
            **_who(request),
        )
    except (AlreadyExists, Invalid) as error:
        return await _form(request, systemform.sent(form), error)
    return await _show(request, made.system.id, token=made.token)


async def show(request: Request) -> Response:
    """Show a system."""
    return await _show(request, request.path["id"])


async def save(request: Request) -> Response:
    """Change the rules of a system."""
    form = await request.form()
    try:
        changed = await request.change(
            _save, audit_action="systems.update", form=form, **_place(request), **_who(request)
        )
    except (AlreadyExists, Invalid) as error:
        return await _show(request, request.path["id"], form=form, error=error)
    return done(address_of(changed), f"{changed.name} follows these rules from now on.")


async def allow(request: Request) -> Response:
    """Let a system in."""
    return await _decide(request, systems.allow, "is allowed. Its calls are answered from now on.")


async def lock(request: Request) -> Response:
    """Refuse a system from now on."""
    return await _decide(request, systems.lock, "is locked: whatever it sends is refused. Its tasks go on.")


async def rotate(request: Request) -> Response:
    """Give a system another token, and show it once."""
    hours = (await request.form()).text("overlap")
    overlap = int(hours) if hours in {str(each) for each, _ in OVERLAPS} else 0
    made = await request.change(systems.rotate, overlap=overlap * HOUR, **_place(request), **_who(request))
    return await _show(request, made.system.id, token=made.token)


def address_of(system: System) -> str:
    """Return the address of a system's page."""
    return f"/systems/{system.id}"


async def _decide(request: Request, operation: Callable[..., System], words: str) -> Response:
    decided = await request.change(operation, **_place(request), **_who(request))
    return done(back(request, address_of(decided)), f"{decided.name} {words}")


async def _form(request: Request, fields: systemform.Fields, error: AlreadyExists | Invalid | None = None) -> Response:
    labels = await request.db.read(
        automations.labels, workspace_id=request.caller.workspace_id, limit=systemform.MAX_TICKS + 1
    )
    status, said = 400 if error else 200, systemform.said(error)
    form = {"fields": fields, "labels": labels, "most": systemform.MAX_TICKS}
    return page(request, "pages/system_form.html", section="/systems", block="main", status=status, **form, **said)


async def _show(
    request: Request,
    system_id: str,
    *,
    token: str | None = None,
    form: Form | None = None,
    error: AlreadyExists | Invalid | None = None,
) -> Response:
    workspace_id = request.caller.workspace_id
    context = await request.db.read(_context, workspace_id=workspace_id, system_id=system_id, now=request.now)
    whole = {**context, **systemform.said(error), "token": token, "origin": _origin(request), "overlaps": OVERLAPS}
    if form is not None:
        whole["fields"] = systemform.sent(form)
    status = 400 if error else 200
    return page(request, "pages/system.html", section="/systems", block="main", status=status, **whole)


def _origin(request: Request) -> str:
    return f"{request.scope.get('scheme', 'http')}://{request.header('host') or '127.0.0.1:8080'}"


def _place(request: Request) -> dict[str, Any]:
    return {"workspace_id": request.caller.workspace_id, "system_id": request.path["id"]}


def _who(request: Request) -> dict[str, Any]:
    return {"actor": request.caller.actor, "now": request.now}


def _create(tx: Tx, *, workspace_id: int, form: Form, state: State, actor: str, now: int) -> NewSystem:
    return systems.create(
        tx,
        workspace_id=workspace_id,
        name=form.text("name"),
        state=state,
        fields=systemform.rules(form),
        actor=actor,
        now=now,
    )


def _save(tx: Tx, *, workspace_id: int, system_id: str, form: Form, actor: str, now: int) -> System:
    return systems.update(
        tx,
        workspace_id=workspace_id,
        system_id=system_id,
        name=form.text("name"),
        fields=systemform.rules(form),
        actor=actor,
        now=now,
    )


def _context(tx: Tx, *, workspace_id: int, system_id: str, now: int) -> dict[str, Any]:
    system = systems.get(tx, workspace_id=workspace_id, system_id=system_id)
    processes, total = systems.list_processes(tx, system=system, limit=_PROCESSES)
    return {
        "system": system,
        "href": address_of(system),
        "answer": answer(system, now=now),
        "fields": systemform.fields_of(system),
        "labels": automations.labels(tx, workspace_id=workspace_id, limit=systemform.MAX_TICKS + 1),
        "most": systemform.MAX_TICKS,
        "processes": processes,
        "total": total,
        "tasks": systems.recent_tasks(tx, system=system, limit=_TASKS),
        "history": events.latest_for(
            tx, workspace_id=workspace_id, entity="system", entity_id=system.id, limit=_HISTORY
        ),
    }


def answer(system: System, *, now: int) -> str:
    """Return whether a system is answered and when it last called, in a sentence."""
    called = f"It last called {ago(system.used_at, now)}." if system.used_at else "It has not called yet."
    if system.state is State.REQUEST:
        asked = f"{actor(system.created_by)} asked for it {ago(system.created_at, now)}"
        return f"Waits to be allowed; {asked}. Until then its calls are refused."
    decided = f"by {actor(system.decided_by or '')} {ago(system.decided_at, now)}"
    return f"{'Allowed' if system.state is State.ALLOWED else 'Locked'} {decided}. {called}"
