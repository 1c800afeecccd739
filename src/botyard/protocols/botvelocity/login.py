"""Logging in from the command line: a program begins, a person decides in the browser, the program gets a token."""

from __future__ import annotations

from botyard.base import clock
from botyard.core import access, audit
from botyard.core.access import DeviceToken
from botyard.core.audit import Origin
from botyard.protocols.botvelocity import wire
from botyard.protocols.botvelocity.auth import DIALECT
from botyard.storage import Tx
from botyard.web.request import Request
from botyard.web.response import Response, json_response
from botyard.web.throttle import Buckets

_FIRST = "default"


class Beginnings(Buckets):
    """Logins that an address has begun: each leaves a row for a day."""


async def start(request: Request) -> Response:
    """Begin a login."""
    call = await request.json(wire.LoginSent)
    request.tools.shared(Beginnings, lambda: Beginnings(rate=0.2, burst=20)).take(request.address)
    begun = await request.db.write(
        access.begin_device_login,
        workspace=request.path.get("workspace", _FIRST),
        dialect=DIALECT,
        machine=call.machine_name,
        os=call.os,
        address=request.address,
        now=request.now,
    )
    return json_response({"session_id": begun.id, "expires_at": clock.iso(begun.expires_at)}, status=201)


async def status(request: Request) -> Response:
    """Hand out the token of an approved login; 202 while nobody has decided."""
    token = await request.db.write(
        _collect,
        workspace=request.path.get("workspace", _FIRST),
        login_id=request.query.get("session_id", ""),
        origin=request.origin(),
        now=request.now,
    )
    if token is None:
        return json_response({"status": "pending"}, status=202)
    user = {"id": token.user_id, "username": token.user}
    return json_response({"access_token": token.text, "expires_at": clock.iso(token.expires_at), "user": user})


def _collect(tx: Tx, *, workspace: str, login_id: str, origin: Origin, now: int) -> DeviceToken | None:
    token = access.collect_device_login(tx, workspace=workspace, login_id=login_id, now=now)
    if token is not None:
        audit.record(
            tx,
            workspace_id=token.workspace_id,
            actor=f"user:{token.user}",
            action="access.device_login",
            target=login_id,
            verdict="allowed",
            address=origin.address,
            request_id=origin.request_id,
            now=now,
        )
    return token
