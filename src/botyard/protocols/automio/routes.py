"""The table of contents of this dialect: every route that is served, and what it needs.

The addresses end in a slash. Without it, or with slashes doubled, they lead to the same place and never to a redirect:
clients lose the body of what they send (contract 0.2). `/api` belongs to other dialects too, so each part has a table.
"""

from __future__ import annotations

from botyard.core.access import Permission
from botyard.protocols.automio import actions, logstream, webhooks
from botyard.protocols.automio.auth import DIALECT, authenticate
from botyard.protocols.automio.errors import ERRORS
from botyard.web.routing import OPEN, Route, RouteTable

_P = Permission

#: A megabyte of input, escaped.
_INPUT = 6 * 1024 * 1024

_ACTIONS = (
    Route("GET", "/", actions.list_all, _P.AUTOMATIONS_READ),
    Route("GET", "/run-code-stream/", logstream.stream, _P.LOGS_READ),
    Route("GET", "/runs/{run}/status/", actions.status, _P.TASKS_READ),
    Route("POST", "/runs/{run}/stop/", actions.stop, _P.TASKS_RUN),
    Route("POST", "/{action}/run/", actions.run, _P.TASKS_RUN, body_limit=_INPUT),
    Route("GET", "/{action}/run-request/", actions.find_request, _P.TASKS_READ),
)

_WEBHOOKS = (Route("POST", "/{app}/{webhook}/", webhooks.run, OPEN),)


def _table(prefix: str, routes: tuple[Route, ...]) -> RouteTable:
    return RouteTable(
        DIALECT,
        prefix,
        routes,
        authenticate=authenticate,
        errors=ERRORS,
        dialects=(DIALECT,),
        any_content_type=True,
        loose_slashes=True,
    )


TABLES = (
    _table("/api/actions", _ACTIONS),
    _table("/api/webhooks", _WEBHOOKS),
)
