"""The table of contents of native v1: every route with the permission it needs and what it takes and gives.

A concept's routes are declared in one place, from which their description follows.
"""

from __future__ import annotations

from typing import Any

from botyard.protocols.native import describing
from botyard.protocols.native.app_routes import APP_ROUTES
from botyard.protocols.native.auth import authenticate
from botyard.protocols.native.automation_routes import AUTOMATION_ROUTES
from botyard.protocols.native.ending_routes import ENDING_ROUTES
from botyard.protocols.native.integration_routes import INTEGRATION_ROUTES, PLUGIN_ROUTES, SYSTEM_ROUTES
from botyard.protocols.native.people_routes import PEOPLE_ROUTES
from botyard.protocols.native.queue_routes import QUEUE_ROUTES
from botyard.protocols.native.record_routes import RECORD_ROUTES
from botyard.protocols.native.runner_routes import RUNNER_ROUTES
from botyard.protocols.native.secret_routes import SECRET_ROUTES
from botyard.protocols.native.table_routes import TABLE_ROUTES
from botyard.protocols.native.task_routes import TASK_ROUTES
from botyard.protocols.native.trace_routes import CACHE_ROUTES, TRACE_ROUTES
from botyard.protocols.native.version_routes import VERSION_ROUTES
from botyard.protocols.native.work_routes import WORK_ROUTES
from botyard.web.routing import OPEN, Route, RouteTable

ROUTES = RouteTable(
    "native",
    "/api/v1",
    [
        Route("GET", "/openapi.json", describing.read, OPEN, gives=dict[str, Any], name="api_openapi"),
        *RUNNER_ROUTES,
        *TASK_ROUTES,
        *AUTOMATION_ROUTES,
        *VERSION_ROUTES,
        *QUEUE_ROUTES,
        *SECRET_ROUTES,
        *INTEGRATION_ROUTES,
        *PLUGIN_ROUTES,
        *SYSTEM_ROUTES,
        *RECORD_ROUTES,
        *TRACE_ROUTES,
        *WORK_ROUTES,
        *ENDING_ROUTES,
        *APP_ROUTES,
        *CACHE_ROUTES,
        *PEOPLE_ROUTES,
        *TABLE_ROUTES,
    ],
    authenticate=authenticate,
    strict_query=True,
)
