"""The one switchboard of this server, as handlers reach it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botyard.upstream.integration import Bounds, Switchboard

if TYPE_CHECKING:
    from botyard.web.application import Tools
    from botyard.web.request import Request


#: Where providers send people back to.
CALLBACK = "/oauth/callback"


def redirect_uri(request: Request) -> str:
    """Return the address that is registered at providers: this server as the client reached it."""
    secure = request.tools.settings.secure_cookies
    scheme = "https" if secure else request.scope.get("scheme", "http")
    return f"{scheme}://{request.header('host') or 'localhost'}{CALLBACK}"


def switchboard(request: Request) -> Switchboard:
    """Return what makes the calls of integrations; it answers for those in flight when the server stops."""
    return request.tools.shared(Switchboard, lambda: _make(request.tools))


def _make(tools: Tools) -> Switchboard:
    bounds = Bounds(seconds=tools.settings.integration_seconds, max_bytes=tools.settings.integration_max_bytes)
    board = Switchboard(tools.db, tools.root_keys, tools.upstream, bounds)
    tools.drain.call_at_end(board.drain)
    tools.closing.append(board.close)
    return board
