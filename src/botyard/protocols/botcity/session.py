"""What every client does first: ask for the version, then log in."""

from __future__ import annotations

from botyard.base.exceptions import Denied
from botyard.core import access
from botyard.protocols.botcity import auth, wire
from botyard.web.request import Request
from botyard.web.response import Response, json_response


async def version(_: Request) -> Response:
    """Answer with the version of this API, to anybody."""
    return json_response(wire.Version())


async def login(request: Request) -> Response:
    """Exchange a login name and a key for a token."""
    call = await request.json(wire.LoginCall)
    throttle, address, account = request.tools.throttle, request.address, f"botcity:{call.login}"
    throttle.check(account=account, address=address)
    try:
        made = await _exchange(request, call)
    except Denied:
        throttle.failed(account=account, address=address)
        await request.record_denied("access.login_with_key")
        raise
    throttle.succeeded(account=account)
    return json_response(
        wire.LoginReply(access_token=made.text, organization_label=made.workspace_label, refresh_token=made.text)
    )


async def _exchange(request: Request, call: wire.LoginCall) -> access.Login:
    return await request.change(
        access.login_with_key,
        audit_target=lambda made: f"key:{made.key_id}",
        dialects=auth.DIALECTS,
        login=call.login,
        key=call.key,
        now=request.now,
    )
