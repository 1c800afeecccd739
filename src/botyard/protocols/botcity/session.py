"""What every client does first: ask for the version, then log in."""

from __future__ import annotations

from botyard.protocols.botcity import auth, wire
from botyard.web.login import login_with_key
from botyard.web.request import Request
from botyard.web.response import Response, json_response


async def version(_: Request) -> Response:
    """Answer with the version of this API, to anybody."""
    return json_response(wire.Version())


async def login(request: Request) -> Response:
    """Exchange a login name and a key for a token."""
    call = await request.json(wire.LoginCall)
    made = await login_with_key(request, dialects=auth.DIALECTS, login=call.login, key=call.key)
    return json_response(
        wire.LoginReply(access_token=made.text, organization_label=made.workspace_label, refresh_token=made.text)
    )
