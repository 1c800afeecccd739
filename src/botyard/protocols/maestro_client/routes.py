"""The addresses that only `botcity-maestro-client` uses; everything else it asks for is the BotCity table's."""

from __future__ import annotations

from botyard.core.access import Permission
from botyard.protocols.botcity import logs as tables
from botyard.protocols.botcity import workspaces
from botyard.protocols.botcity.auth import DIALECTS, authenticate
from botyard.protocols.botcity.errors import ERRORS
from botyard.protocols.maestro_client import logs
from botyard.web.routing import Route, RouteTable

_P = Permission

ROUTES = RouteTable(
    "maestro-client",
    "/api/v2/maestro/api",
    [
        Route("GET", "/logs", logs.page, _P.LOGS_READ),
        Route("POST", "/logs", logs.create, _P.TASKS_REPORT),
        Route("GET", "/logs/{label}", logs.get, _P.LOGS_READ),
        Route("DELETE", "/logs/{label}", tables.delete, _P.TASKS_RUN),
        Route("GET", "/logs/{label}/download", tables.export, _P.LOGS_READ),
        Route("GET", "/workspaces", workspaces.page, _P.AUTOMATIONS_READ),
        Route("GET", "/workspaces/{workspace}", workspaces.get, _P.AUTOMATIONS_READ),
    ],
    authenticate=authenticate,
    errors=ERRORS,
    dialects=DIALECTS,
    any_content_type=True,
)
