"""Connections: list, create, change, delete, test, and sign in at an OAuth2 provider."""

from __future__ import annotations

import time

import msgspec

from botyard.base.clock import iso
from botyard.core import integrations
from botyard.core.integrations import Connection, Integration, NewConnection, Wishes
from botyard.protocols.native import views
from botyard.storage import Tx
from botyard.upstream.integration import CallerOf
from botyard.web.integrations import redirect_uri, switchboard
from botyard.web.request import Request
from botyard.web.response import Response, json_response, no_content
from botyard.wire import integrations as wire

_SHOWN = 2000


async def search(request: Request) -> Response:
    """List the connections of an integration, the oldest first."""
    limit = request.query_int("limit", default=50, low=1, high=500)
    found = await request.db.read(
        _listed,
        workspace_id=request.caller.workspace_id,
        key=request.path["integration"],
        after=request.query_int("after", default=0, low=0, high=2**62),
        limit=limit,
    )
    last = views.next_of(found, limit)
    return json_response(wire.ConnectionPage(connections=[view(one) for one in found], next=last and last.id))


def _listed(tx: Tx, *, workspace_id: int, key: str, after: int, limit: int) -> list[Connection]:
    integration = integrations.get(tx, workspace_id=workspace_id, key=key)
    return integrations.connections_of(tx, integration=integration, after=after, limit=limit)


async def get(request: Request) -> Response:
    """Describe a connection, without its secrets."""
    _, found = await _found(request)
    return json_response(view(found))


async def create(request: Request) -> Response:
    """Connect an account with its secrets."""
    call = await request.json(wire.CreateConnection)
    made = await request.change(
        integrations.connect,
        root_keys=request.tools.root_keys,
        workspace_id=request.caller.workspace_id,
        key=request.path["integration"],
        connection=NewConnection(**msgspec.structs.asdict(call)),
        actor=request.caller.actor,
        now=request.now,
    )
    return json_response(view(made), status=201)


async def update(request: Request) -> Response:
    """Change what was sent; other secrets mend a broken connection."""
    call = await request.json(wire.UpdateConnection)
    changed = await request.change(
        integrations.reconnect,
        root_keys=request.tools.root_keys,
        workspace_id=request.caller.workspace_id,
        connection_id=request.path_id("id"),
        connection=NewConnection(**msgspec.structs.asdict(call)),
        actor=request.caller.actor,
        now=request.now,
    )
    return json_response(view(changed))


async def delete(request: Request) -> Response:
    """Remove a connection and its secrets for good."""
    await request.change(
        integrations.disconnect,
        workspace_id=request.caller.workspace_id,
        connection_id=request.path_id("id"),
        actor=request.caller.actor,
        now=request.now,
    )
    return no_content()


async def test(request: Request) -> Response:
    """Call the other system once with this account and say what came of it."""
    integration, connection = await _found(request)
    caller = CallerOf(
        workspace_id=integration.workspace_id, app_id=None, task_id=None, connection_id=None, origin=request.origin()
    )
    board = switchboard(request)
    account = await board.account(caller, integration.key, connection.id)
    began = time.perf_counter()
    outcome = await board.try_out(caller, account)
    took = round((time.perf_counter() - began) * 1000)
    shown = outcome.text[:_SHOWN]
    return json_response(
        wire.TestView(ok=outcome.ok, status=outcome.status, url=outcome.url, text=shown, milliseconds=took)
    )


async def begin_oauth(request: Request) -> Response:
    """Say where to sign in at the provider; whoever does leads back to this server."""
    call = await request.json(wire.BeginOauth)
    back = redirect_uri(request)
    address = await switchboard(request).connecting.begin(
        workspace_id=request.caller.workspace_id,
        key=request.path["integration"],
        wishes=Wishes(**msgspec.structs.asdict(call)),
        redirect_uri=back,
        session=request.caller.session_id is not None,
        actor=request.caller.actor,
    )
    return json_response(wire.OauthBegun(authorize_url=address, redirect_uri=back), status=201)


async def _found(request: Request) -> tuple[Integration, Connection]:
    return await request.db.read(
        integrations.get_connection, workspace_id=request.caller.workspace_id, connection_id=request.path_id("id")
    )


def view(found: Connection) -> wire.ConnectionView:
    """Return a connection as it goes over the wire."""
    return wire.ConnectionView(
        id=found.id,
        name=found.name,
        uid=found.uid,
        builtin=found.builtin,
        every_app=found.every_app,
        apps=list(found.apps),
        concurrency=found.concurrency,
        calls_per_minute=found.calls_per_minute,
        token_expires_at=views.moment(found.token_expires_at),
        broken=found.broken,
        created_at=iso(found.created_at),
        created_by=found.created_by,
        updated_at=iso(found.updated_at),
        read_at=views.moment(found.read_at),
        read_by=found.read_by,
    )
