"""Integrations: list, get, connections, and the single call (contract b.1 to b.6)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from botyard.base.exceptions import Denied, Invalid
from botyard.core import integrations
from botyard.core.access import Caller
from botyard.core.integrations import Given
from botyard.protocols.automio import wire_integrations as wire
from botyard.protocols.automio.auth import app_of
from botyard.protocols.automio.paging import page_of
from botyard.protocols.automio.tables import check_table
from botyard.storage import Tx
from botyard.upstream.integration import CallerOf, Wanted
from botyard.web.body import decode_json
from botyard.web.integrations import switchboard
from botyard.web.once import once
from botyard.web.request import Request
from botyard.web.response import Response, json_response

MAX_JSON = 16 * 1024 * 1024
_FULL_NAME = re.compile(r"app_(\d{1,10})_(.+)")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


async def list_all(request: Request) -> Response:
    """List integrations by pages, without secrets."""
    page = page_of(request)
    total, views = await request.db.read(
        _listed,
        caller=request.caller,
        text=request.query.get("search"),
        category=request.query.get("category"),
        offset=page.offset,
        limit=page.size,
    )
    return page.answer(request, total, views)


def _listed(
    tx: Tx, *, caller: Caller, text: str | None, category: str | None, offset: int, limit: int
) -> tuple[int, list[wire.Object]]:
    workspace_id = caller.workspace_id
    found, total = integrations.search(
        tx, workspace_id=workspace_id, text=text, category=category, offset=offset, limit=limit
    )
    accounts: dict[int, list[int]] = {one.id: [] for one in found}
    for connection in integrations.enabled(
        tx, workspace_id=workspace_id, app_id=app_of(caller), integrations=list(accounts)
    ):
        accounts[connection.integration_id].append(connection.id)
    return total, [wire.integration(one, accounts[one.id]) for one in found]


async def get(request: Request) -> Response:
    """Describe an integration, with the ids of the connections that the app may use."""
    given = request.query.get("connection_id")
    found = await request.db.read(_described, caller=request.caller, key=request.path["integration"], given=given)
    return json_response(found)


def _described(tx: Tx, *, caller: Caller, key: str, given: str | None) -> wire.Object:
    app_id = app_of(caller)
    found = integrations.get(tx, workspace_id=caller.workspace_id, key=key)
    known = integrations.enabled(tx, workspace_id=caller.workspace_id, app_id=app_id, integrations=[found.id])
    account = integrations.choose(tx, integration=found, app_id=app_id, given=given) if given else None
    return wire.integration(found, [one.id for one in known], account=account)


async def list_connections(request: Request) -> Response:
    """List the connections of an integration that the app may use, as a bare list."""
    found = await request.db.read(_connections, caller=request.caller, key=request.path["integration"])
    return json_response(found)


async def table_connections(request: Request) -> Response:
    """List them by organization, which is the token's own."""
    await _check_table(request)
    found = await request.db.read(_connections, caller=request.caller, key=request.path["integration"])
    return json_response({str(request.caller.workspace_id): found})


def _connections(tx: Tx, *, caller: Caller, key: str) -> list[dict[str, Any]]:
    found = integrations.get(tx, workspace_id=caller.workspace_id, key=key)
    known = integrations.enabled(tx, workspace_id=caller.workspace_id, app_id=app_of(caller), integrations=[found.id])
    return [{"id": one.id, "name": one.name} for one in known]


async def _check_table(request: Request) -> None:
    """Raise Invalid without the name of a table, Denied for the full name of another app's, NotFound for no table."""
    table = (request.query.get("table") or "").strip()
    if not table:
        raise Invalid("The table is missing.", hint="Send table= with the name of the table.", field="table")
    full = _FULL_NAME.fullmatch(table)
    if full and int(full[1]) != app_of(request.caller):
        raise Denied(f'The table "{table[:100]}" belongs to another app.', hint="Name a table of this app.")
    await check_table(request)


async def call(request: Request) -> Response:
    """Make one call and answer with what came of it, with status 200 whatever that was."""
    wanted = await _wanted(request)
    return await answered_once(request, wanted.method, lambda: _called(request, wanted))


async def _called(request: Request, wanted: Wanted) -> Response:
    board = switchboard(request)
    caller = await caller_of(request)
    account = await board.account(caller, request.path["integration"], named(request))
    outcome = await board.call(caller, account, wanted)
    if outcome.ok and outcome.is_bytes and outcome.binary is not None and _takes_bytes(request):
        return Response(outcome.binary[1], media_type=outcome.binary[0].encode("latin-1", "replace"))
    return Response(wire.single(outcome, account.connection))


def _takes_bytes(request: Request) -> bool:
    """Tell whether a client can take bytes, which carry no status of their own (contract b.4).

    Of the vendor's clients those can that send an Idempotency-Key; ours sends one as well, and asks for JSON.
    """
    return bool(request.header("idempotency-key")) and request.header("accept") != "application/json"


async def _wanted(request: Request) -> Wanted:
    if (request.header("content-type") or "").strip().lower().startswith("multipart/form-data"):
        return await wire.call_of(await request.form())
    return decode_json(await json_body(request), wire.CallSent).wanted()


async def json_body(request: Request) -> bytes:
    """Return the body, which is JSON and so of a size that fits into memory. Raises Invalid (code "too_large")."""
    return await request.body(limit=MAX_JSON)


async def answered_once(request: Request, method: str, make: Callable[[], Any]) -> Response:
    """Return what `make` answers; if a client repeats a call that changes something, what it answered then."""
    key = request.header("idempotency-key")
    if not key or method in _SAFE:
        response: Response = await make()
        return response
    return await once(request, scope=f"automio:{app_of(request.caller)}", key=key, make=make)


def named(request: Request) -> Given:
    """Return the connection that the address names, if any."""
    return (request.query.get("connection_id") or "").strip() or None


async def caller_of(request: Request) -> CallerOf:
    """Return for whom calls are made; a run of an action has a connection of its own, if it was started with one."""
    caller = request.caller
    runs = request.tools.shared(RunConnections, RunConnections)
    return CallerOf(
        workspace_id=caller.workspace_id,
        app_id=app_of(caller),
        task_id=caller.task_id,
        connection_id=await runs.find(request),
        origin=request.origin(),
    )


class RunConnections:
    """Remembers which connection a run was started with, which never changes."""

    _MOST = 5000

    def __init__(self) -> None:
        self._known: dict[int, int | None] = {}

    async def find(self, request: Request) -> int | None:
        """Return the connection of the caller's run."""
        task_id = request.caller.task_id
        if task_id is None:
            return None
        if task_id not in self._known:
            if len(self._known) >= self._MOST:
                self._known.clear()
            self._known[task_id] = await request.db.read(integrations.run_connection, task_id=task_id)
        return self._known[task_id]
