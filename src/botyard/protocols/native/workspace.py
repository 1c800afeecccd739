"""Keys for clients and runners, and the workspace file."""

from __future__ import annotations

from typing import Any

import msgspec

from botyard.base import clock
from botyard.base.exceptions import Invalid
from botyard.core import access, declare
from botyard.core.access import Role
from botyard.core.vault import RootKeys
from botyard.storage import Tx
from botyard.web.request import Request
from botyard.web.response import Response, json_response
from botyard.wire import native as wire

#: What `connect` makes a key for, and what that key may do.
DIALECTS = ("botcity", "maestro-client", "runner")
_KEY_ROLE = Role.DEVELOPER


async def connect(request: Request) -> Response:
    """Make a key and answer with exactly what the dialect's client has to be given."""
    call = await request.json(wire.ConnectCall)
    workspace, key = await request.change(
        _make_key,
        audit_action="access.connect",
        audit_target=lambda made: f"{call.dialect} {made[1].token.id}",
        caller=request.caller,
        call=call,
        expires_at=None if call.expires is None else clock.parse(call.expires),
        now=request.now,
    )
    return json_response(_values(call.dialect, _server(request), workspace, key.text), status=201)


def _make_key(
    tx: Tx, *, caller: access.Caller, call: wire.ConnectCall, expires_at: int | None, now: int
) -> tuple[str, access.NewToken]:
    """Return the label of the workspace and a new key for it, or a join code for runners. Raises Invalid."""
    if call.dialect not in DIALECTS:
        raise Invalid(
            f'"{call.dialect[:40]}" is not a dialect.', hint=f"Use one of {', '.join(DIALECTS)}.", field="dialect"
        )
    workspace = access.workspace_for(tx, caller=caller, label=None)
    if call.dialect == "runner":
        return workspace.label, access.create_join_code(
            tx, workspace_id=workspace.id, owner=caller.actor, now=now, **_join_expiry(expires_at)
        )
    return workspace.label, access.create_key(
        tx,
        workspace_id=workspace.id,
        name=call.name or call.dialect,
        role=_KEY_ROLE,
        owner=caller.actor,
        now=now,
        dialect=call.dialect,
        login=workspace.label,
        expires_at=expires_at,
    )


def _join_expiry(expires_at: int | None) -> dict[str, Any]:
    if expires_at is not None:
        raise Invalid(
            "A join code always lasts ten minutes.",
            hint="Leave the expiry out; runners that joined keep working.",
            field="expires",
        )
    return {}


def _values(dialect: str, server: str, login: str, key: str) -> dict[str, str]:
    if dialect == "runner":
        return {"server": server, "token": key}
    return {"server" if dialect == "botcity" else "base_url": server, "login": login, "key": key}


def _server(request: Request) -> str:
    """Return the address under which the caller reached this server: clients on its side can use the same."""
    host = request.header("host") or "127.0.0.1"
    return f"{request.scope.get('scheme', 'http')}://{host}"


async def apply(request: Request) -> Response:
    """Make the workspace agree with a document, or tell what that would change."""
    call = await request.json(wire.ApplyCall)
    document = declare.read(call.document, declare.Source(file=call.file, lines=call.lines))
    wanted: dict[str, Any] = {"caller": request.caller, "document": document, "root_keys": request.tools.root_keys}
    if _is_dry(request):
        changes = await request.db.read(_plan, **wanted)
    else:
        changes = await request.change(
            _apply, audit_action="workspace.apply", audit_target=call.file, now=request.now, **wanted
        )
    return json_response(wire.ApplyReply(changes=[_change(change) for change in changes], dry_run=_is_dry(request)))


def _is_dry(request: Request) -> bool:
    wish = request.query.get("dry_run", "false")
    if wish not in ("true", "false"):
        raise Invalid("dry_run must be true or false.", hint="Correct the query.", field="dry_run")
    return wish == "true"


def _plan(tx: Tx, *, caller: access.Caller, document: declare.Document, root_keys: RootKeys) -> list[declare.Change]:
    workspace = access.workspace_for(tx, caller=caller, label=document.workspace)
    return declare.plan(tx, workspace_id=workspace.id, document=document, root_keys=root_keys)


def _apply(
    tx: Tx, *, caller: access.Caller, document: declare.Document, root_keys: RootKeys, now: int
) -> list[declare.Change]:
    workspace = access.workspace_for(tx, caller=caller, label=document.workspace)
    return declare.apply(
        tx, workspace_id=workspace.id, document=document, root_keys=root_keys, actor=caller.actor, now=now
    )


def _change(change: declare.Change) -> wire.Change:
    return wire.Change(**msgspec.structs.asdict(change))
