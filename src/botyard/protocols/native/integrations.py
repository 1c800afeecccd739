"""Integrations: list, create, change, delete, and the log of their calls."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from botyard.base.clock import iso
from botyard.core import integrations
from botyard.core.access import Permission
from botyard.core.integrations import Call, Integration
from botyard.protocols.native import views
from botyard.storage import Tx
from botyard.web.etags import tag_of
from botyard.web.request import Request
from botyard.web.response import Response, json_response, no_content
from botyard.wire import integrations as wire


async def search(request: Request) -> Response:
    """List integrations, the oldest first."""
    limit = request.query_int("limit", default=50, low=1, high=500)
    found, _ = await request.db.read(
        integrations.search,
        workspace_id=request.caller.workspace_id,
        text=request.query.get("text") or None,
        category=request.query.get("category") or None,
        after=request.query_int("after", default=0, low=0, high=2**62),
        limit=limit,
    )
    last = views.next_of(found, limit)
    return json_response(wire.IntegrationPage(integrations=[view(one) for one in found], next=last and last.id))


async def get(request: Request) -> Response:
    """Describe an integration."""
    found = await request.db.read(
        integrations.get, workspace_id=request.caller.workspace_id, key=request.path["integration"]
    )
    return json_response(view(found), headers=tag_of(found))


async def create(request: Request) -> Response:
    """Make an integration; only an administrator may open the private network to one."""
    call = await request.json(wire.CreateIntegration)
    made = await request.change(
        integrations.create,
        root_keys=request.tools.root_keys,
        workspace_id=request.caller.workspace_id,
        integration=integrations.checked(**msgspec.structs.asdict(call)),
        may_open=request.caller.may(Permission.WORKSPACE_MANAGE),
        actor=request.caller.actor,
        now=request.now,
    )
    return json_response(view(made), status=201)


async def update(request: Request) -> Response:
    """Change the fields that were sent."""
    call = await request.json(wire.UpdateIntegration)
    sent = {name: value for name, value in msgspec.structs.asdict(call).items() if value is not msgspec.UNSET}
    changed = await request.change(
        integrations.update,
        current=_current(request),
        root_keys=request.tools.root_keys,
        workspace_id=request.caller.workspace_id,
        key=request.path["integration"],
        fields=sent,
        may_open=request.caller.may(Permission.WORKSPACE_MANAGE),
        actor=request.caller.actor,
        now=request.now,
    )
    return json_response(view(changed), headers=tag_of(changed))


async def delete(request: Request) -> Response:
    """Remove an integration with its connections and the log of its calls, for good."""
    await request.change(
        integrations.delete,
        current=_current(request),
        workspace_id=request.caller.workspace_id,
        key=request.path["integration"],
        actor=request.caller.actor,
        now=request.now,
    )
    return no_content()


async def list_calls(request: Request) -> Response:
    """List the latest calls, with secrets masked."""
    limit = request.query_int("limit", default=50, low=1, high=500)
    found = await request.db.read(
        _calls,
        workspace_id=request.caller.workspace_id,
        key=request.path["integration"],
        before=request.query_int("before", default=2**62, low=1, high=2**62),
        limit=limit,
    )
    last = views.next_of(found, limit)
    return json_response(wire.CallPage(calls=[_call(one) for one in found], next=last and last.id))


def _calls(tx: Tx, *, workspace_id: int, key: str, before: int, limit: int) -> list[Call]:
    integration = integrations.get(tx, workspace_id=workspace_id, key=key)
    return integrations.calls_of(tx, integration=integration, before=before, limit=limit)


def _current(request: Request) -> Callable[[Tx], Integration]:
    """Return what finds the integration of the path."""
    return partial(integrations.get, workspace_id=request.caller.workspace_id, key=request.path["integration"])


def view(found: Integration) -> wire.IntegrationView:
    """Return an integration as it goes over the wire."""
    details: dict[str, Any] = msgspec.to_builtins(found.details)
    return wire.IntegrationView(
        id=found.id,
        key=found.key,
        name=found.name,
        version=found.version,
        kind=found.kind,
        base_url=found.base_url,
        allow_private_network=found.allow_private_network,
        details=details,
        has_secret=found.secret_version > 0,
        created_at=iso(found.created_at),
        created_by=found.created_by,
        updated_at=iso(found.updated_at),
    )


def _call(found: Call) -> wire.CallView:
    return wire.CallView(
        id=found.id,
        connection_id=found.connection_id,
        app_id=found.app_id,
        task_id=found.task_id,
        actor=found.actor,
        method=found.method,
        url=found.url,
        status=found.status,
        reason=found.reason,
        milliseconds=found.duration / 1000,
        sent=found.sent,
        received=found.received,
        request=found.request,
        response=found.response,
        at=iso(found.at),
    )
