"""Keys for clients and runners, with what else a client has to be given."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import quote

from botyard.base import clock
from botyard.base.exceptions import Invalid
from botyard.core import access, automations, systems, tasks
from botyard.core.access import Role
from botyard.protocols.native import connecting_automio
from botyard.storage import Tx
from botyard.web.request import Request
from botyard.web.response import Response, json_response
from botyard.wire import native as wire
from botyard.wire.execution import execution_id

#: What `connect` makes a key for, and what that key may do.
DIALECTS = ("botcity", "maestro-client", "botvelocity", "automio", "elma", "runner")
_KEY_ROLE = Role.DEVELOPER
_BY_HAND = "run-by-hand"
#: Clients want to be told an end; a key without one outlives them.
_YEARS = 3650 * clock.DAY


class _Made(NamedTuple):
    """What was made for a client; `until` is when the developer's half of it ends."""

    workspace: str
    key: access.NewToken | systems.NewSystem
    development: tasks.Development | None = None
    until: int = 0
    name: str = ""
    app: connecting_automio.AppMade | None = None


async def connect(request: Request) -> Response:
    """Make a key and answer with exactly what the dialect's client has to be given."""
    call = await request.json(wire.ConnectCall)
    made = await request.change(
        _make_key,
        audit_action="access.connect",
        audit_target=lambda made: f"{call.dialect} {_id(made.key)}",
        caller=request.caller,
        call=call,
        expires_at=None if call.expires is None else clock.parse(call.expires),
        now=request.now,
    )
    return json_response(_values(call.dialect, request.server, made), status=201)


def _make_key(tx: Tx, *, caller: access.Caller, call: wire.ConnectCall, expires_at: int | None, now: int) -> _Made:
    """Return a new key of the workspace, or a join code for runners. Raises Invalid."""
    if call.dialect not in DIALECTS:
        raise Invalid(
            f'"{call.dialect[:40]}" is not a dialect.', hint=f"Use one of {', '.join(DIALECTS)}.", field="dialect"
        )
    workspace = access.workspace_for(tx, caller=caller, label=None)
    if call.dialect == "runner":
        code = access.create_join_code(
            tx, workspace_id=workspace.id, owner=caller.actor, now=now, **_join_expiry(expires_at)
        )
        return _Made(workspace.label, code)
    if call.dialect == connecting_automio.DIALECT:
        app = connecting_automio.connect(
            tx, caller=caller, app=call.app, name=call.name, expires_at=expires_at, now=now
        )
        return _Made(workspace.label, app.key, app=app)
    if call.dialect == systems.DIALECT:
        made = systems.connect(
            tx, workspace_id=workspace.id, name=call.name, expires_at=expires_at, actor=caller.actor, now=now
        )
        return _Made(workspace.label, made)
    key = access.create_key(
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
    if call.dialect != "botvelocity":
        return _Made(workspace.label, key)
    development = _develop(tx, workspace_id=workspace.id, actor=caller.actor, now=now)
    return _Made(workspace.label, key, development, until=expires_at or now + _YEARS, name=caller.name)


def _develop(tx: Tx, *, workspace_id: int, actor: str, now: int) -> tasks.Development:
    """Open a task for what is run by hand, of an automation that is there for nothing else."""
    if automations.find(tx, workspace_id=workspace_id, label=_BY_HAND) is None:
        fields = {"name": "Run by hand", "description": "What bots send that run outside of every runner."}
        automations.create(
            tx, workspace_id=workspace_id, label=_BY_HAND, by_hand=True, actor=actor, now=now, fields=fields
        )
    return tasks.develop(
        tx, workspace_id=workspace_id, automation=_BY_HAND, dialect="botvelocity", actor=actor, now=now
    )


def _join_expiry(expires_at: int | None) -> dict[str, Any]:
    if expires_at is not None:
        raise Invalid(
            "A join code always lasts ten minutes.",
            hint="Leave the expiry out; runners that joined keep working.",
            field="expires",
        )
    return {}


def _id(made: access.NewToken | systems.NewSystem) -> str:
    return made.id if isinstance(made, systems.NewSystem) else made.token.id


def _values(dialect: str, server: str, made: _Made) -> dict[str, Any]:
    if isinstance(made.key, systems.NewSystem):
        return {"url": server, "auth_tkn": made.key.token}
    if made.app is not None:
        return connecting_automio.values(made.app, server=server)
    if dialect == "runner":
        return {"server": server, "token": made.key.text}
    if made.development is not None:
        base_url = f"{server}/{quote(made.workspace)}/orchestrator_"
        return {
            "base_url": base_url,
            "robot_token": made.development.credential.text,
            "execution_id": execution_id(made.development.attempt_id),
            "auth_json": {
                "base_url": base_url,
                "access_token": made.key.text,
                "expires_at": clock.iso(made.until),
                "user": {"id": None, "username": made.name},
                "machine_name": "botyard",
            },
        }
    where = "server" if dialect == "botcity" else "base_url"
    return {where: server, "login": made.workspace, "key": made.key.text}
