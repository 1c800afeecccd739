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
    throttle, address = request.tools.throttle, request.address
    throttle.check(account=call.login, address=address)
    try:
        login = await request.change(
            access.login_with_key, dialects=auth.DIALECTS, login=call.login, key=call.key, now=request.now
        )
    except Denied:
        throttle.failed(account=call.login, address=address)
        raise
    throttle.succeeded(account=call.login)
    return json_response(
        wire.LoginReply(access_token=login.text, organization_label=login.workspace_label, refresh_token=login.text)
    )
