"""The table of contents of this dialect: every route that is served, and what it needs."""

from __future__ import annotations

from botyard.core.access import Permission
from botyard.protocols.elma import queue, repository
from botyard.protocols.elma.auth import DIALECT, authenticate
from botyard.protocols.elma.errors import errors_of
from botyard.web.routing import Route, RouteTable

_P = Permission

_SMALL = 64 * 1024
#: A context of 1 MiB, escaped.
_TASK = 4 * 1024 * 1024

_ROUTES = (
    Route("POST", "/orchestra/task/create", queue.create, _P.TASKS_RUN, body_limit=_TASK),
    Route("POST", "/orchestra/task/status", queue.status, _P.TASKS_READ, body_limit=_TASK),
    Route("POST", "/orchestra/task/cancel", queue.cancel, _P.TASKS_RUN, body_limit=_TASK),
    Route("POST", "/repository/task/download", repository.download, _P.ARTIFACTS_READ, body_limit=_SMALL),
    Route("POST", "/repository/actual", repository.actual, _P.AUTOMATIONS_READ, body_limit=_SMALL),
)


def _table(prefix: str, routes: tuple[Route, ...]) -> RouteTable:
    return RouteTable(
        DIALECT,
        prefix,
        routes,
        authenticate=authenticate,
        errors_of=errors_of,
        dialects=(DIALECT,),
        any_content_type=True,
    )


ROUTES = _table("/v1", _ROUTES)

#: What a port that serves nothing else says of every other address.
NOTHING_ELSE = _table("", ())
