"""Triggers of an app: which changes of rows start which of its actions."""

from __future__ import annotations

from typing import Any

from botyard.base.exceptions import AlreadyExists, NotFound
from botyard.core import actions
from botyard.core.actions import Action
from botyard.protocols.native import asking, views
from botyard.storage import Tx
from botyard.web.request import Request
from botyard.web.response import Response, json_response, no_content
from botyard.wire import native as wire


async def search(request: Request) -> Response:
    """List the triggers of an app by the id of their action."""
    limit = asking.limit_of(request)
    found = await request.db.read(
        actions.list_all,
        **await asking.scope_of(request),
        type=actions.TRIGGER,
        after_id=asking.id_of(request, "after") or 0,
        limit=limit,
    )
    last = views.next_of(found, limit)
    shown = [_view(action) for action in found if action.table_name]
    return json_response(wire.TriggerPage(triggers=shown, next=last and last.id))


async def get(request: Request) -> Response:
    """Read what starts an action."""
    return json_response(_view(await request.db.read(_trigger, **await _place(request))))


async def create(request: Request) -> Response:
    """Let changes of the rows of a table start an action."""
    call = await request.json(wire.CreateTrigger)
    fields = {"type": actions.TRIGGER, "table_name": call.table, "events": call.events}
    where = await asking.scope_of(request) | {"named": call.action}
    return json_response(_view(await _change(request, _create, where, fields)), status=201)


def _create(tx: Tx, *, fields: dict[str, Any], actor: str, now: int, **where: Any) -> Action:
    """Make an action one that a table starts. Raises NotFound, AlreadyExists when one does, and Invalid."""
    action = actions.get(tx, **where)
    if action.type == actions.TRIGGER and action.table_name:
        raise AlreadyExists(
            f'Rows of "{action.table_name}" start the action "{action.slug}" already.',
            hint="Change that trigger, or make another action.",
            field="action",
        )
    return actions.update(tx, **where, fields=fields, actor=actor, now=now)


async def update(request: Request) -> Response:
    """Change the fields that were sent."""
    call = await request.json(wire.UpdateTrigger)
    fields = asking.sent(call, table="table_name")
    return json_response(_view(await _change(request, _update, await _place(request), fields)))


def _update(tx: Tx, *, fields: dict[str, Any], actor: str, now: int, **where: Any) -> Action:
    """Change what starts an action. Raises NotFound for one that no rows start, and Invalid."""
    _trigger(tx, **where)
    return actions.update(tx, **where, fields=fields, actor=actor, now=now)


async def delete(request: Request) -> Response:
    """Let no row start an action any more: it takes the type `app_action`, and stays."""
    fields: dict[str, Any] = {"type": "app_action", "table_name": None, "events": []}
    await _change(request, _update, await _place(request), fields)
    return no_content()


async def _change(request: Request, operation: Any, where: dict[str, Any], fields: dict[str, Any]) -> Action:
    changed: Action = await request.change(
        operation,
        audit_action="actions.set_trigger",
        audit_target=lambda action: action.automation,
        **where,
        fields=fields,
        **asking.by(request),
    )
    return changed


def _trigger(tx: Tx, /, **where: Any) -> Action:
    action = actions.get(tx, **where)
    if action.type != actions.TRIGGER or not action.table_name:
        raise NotFound(f'No rows start the action "{action.slug}".', hint="List the triggers of the app.")
    return action


async def _place(request: Request) -> dict[str, Any]:
    return await asking.scope_of(request) | {"named": request.path["action"].replace("\0", "")}


def _view(action: Action) -> wire.TriggerView:
    return wire.TriggerView(action=action.slug, table=action.table_name or "", events=action.events)
