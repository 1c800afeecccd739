"""Where OAuth2 providers send people back to: a page that says whether the account is connected.

The state in the address is the credential here: it was made up by this server, leads to one sign-in, works once and
for ten minutes. A sign-in that was begun in the console is finished by the same person's browser only.
"""

from __future__ import annotations

from html import escape
from types import MappingProxyType

from botyard.base.exceptions import BotyardError
from botyard.web import OPEN, PAGE_HEADERS, ErrorTable, Failure, Route, RouteTable, session
from botyard.web.integrations import CALLBACK, switchboard
from botyard.web.request import Request
from botyard.web.response import Response, html_response

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title} · Botyard</title></head>
<body><main><h1>{title}</h1><p>{text}</p><p><a href="/">Back to Botyard</a></p></main></body></html>
"""


async def callback(request: Request) -> Response:
    """Finish a sign-in at a provider, and say whether the account is connected."""
    query = request.query
    # Whoever tries states is slowed down; each costs a look into the database.
    request.tools.key_failures.take(f"oauth:{request.address}")
    made = await switchboard(request).connecting.complete(
        state=query.get("state", "")[:200],
        code=query.get("code", "")[:4096],
        error=query.get("error_description") or query.get("error", ""),
        visitor=await _visitor(request),
    )
    text = f"The account {made.name} can be used now. You can close this window."
    return html_response(_PAGE.format(title="Connected", text=escape(text)))


async def _visitor(request: Request) -> tuple[int, str] | None:
    """Return who is signed in at the console, if anybody."""
    try:
        caller = await session.authenticate(request)
    except BotyardError:
        return None
    return caller.workspace_id, caller.actor


def _failed(failure: Failure) -> bytes:
    return _PAGE.format(title="Not connected", text=escape(failure.sentence)).encode()


ROUTES = RouteTable(
    "oauth",
    CALLBACK.rpartition("/")[0],
    [Route("GET", f"/{CALLBACK.rpartition('/')[2]}", callback, OPEN)],
    errors=ErrorTable(_failed, b"text/html; charset=utf-8", statuses=MappingProxyType({})),
    headers=PAGE_HEADERS,
)
