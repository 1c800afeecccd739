"""The table of contents of this dialect: every route that is served, and what it needs."""

from __future__ import annotations

from botyard.core.access import Permission
from botyard.protocols.elma import queue, repository
from botyard.protocols.elma.auth import DIALECT, authenticate
from botyard.protocols.elma.errors import ERRORS, FILE_ERRORS
from botyard.web.errors import ErrorTable
from botyard.web.routing import Route, RouteTable

_P = Permission

_SMALL = 64 * 1024
#: A context of 1 MiB, escaped.
_TASK = 4 * 1024 * 1024

_QUEUE = (
    Route("POST", "/orchestra/task/create", queue.create, _P.TASKS_RUN, body_limit=_TASK),
    Route("POST", "/orchestra/task/status", queue.status, _P.TASKS_READ, body_limit=_TASK),
    Route("POST", "/orchestra/task/cancel", queue.cancel, _P.TASKS_RUN, body_limit=_TASK),
    Route("POST", "/repository/actual", repository.actual, _P.AUTOMATIONS_READ, body_limit=_SMALL),
)
_FILES = (Route("POST", "/download", repository.download, _P.ARTIFACTS_READ, body_limit=_SMALL),)


def _table(prefix: str, routes: tuple[Route, ...], errors: ErrorTable) -> RouteTable:
    return RouteTable(
        DIALECT, prefix, routes, authenticate=authenticate, errors=errors, dialects=(DIALECT,), any_content_type=True
    )


TABLES = (_table("/v1", _QUEUE, ERRORS), _table("/v1/repository/task", _FILES, FILE_ERRORS))

#: What a port that serves nothing else says of every other address.
NOTHING_ELSE = _table("", (), ERRORS)
