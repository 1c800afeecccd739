"""What every client does first: ask for the version, then log in. And last, if it does: log off."""

from __future__ import annotations

from botyard.core import access
from botyard.protocols.botcity import auth, wire
from botyard.web.login import login_with_key
from botyard.web.request import Request
from botyard.web.response import Response, json_response, no_content


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


async def logoff(request: Request) -> Response:
    """Revoke the token that the caller logged in for; that of an attempt stays, because it ends with the attempt."""
    caller = request.caller
    if caller.kind == "login":
        await request.db.write(access.revoke, workspace_id=caller.workspace_id, token_id=caller.id, now=request.now)
    return no_content()
