"""The table of contents of this dialect: every route that is served, and what it needs."""

from __future__ import annotations

from botyard.core.access import Permission
from botyard.protocols.botcity import alerts, artifacts, session, tasks
from botyard.protocols.botcity.auth import DIALECTS, authenticate
from botyard.protocols.botcity.errors import ERRORS
from botyard.web.routing import OPEN, Route, RouteTable

READ, RUN, REPORT = Permission.TASKS_READ, Permission.TASKS_RUN, Permission.TASKS_REPORT
FILES = Permission.ARTIFACTS_READ

_PARAMETERS_BYTES = 2 * 1024 * 1024

ROUTES = RouteTable(
    "botcity",
    "/api/v2",
    [
        Route("GET", "/maestro/version", session.version, OPEN),
        Route("POST", "/workspace/login", session.login, OPEN, body_limit=16 * 1024),
        Route("GET", "/task", tasks.page, READ),
        Route("POST", "/task", tasks.create, RUN, body_limit=_PARAMETERS_BYTES),
        Route("GET", "/task/{id}", tasks.get, READ),
        Route("POST", "/task/{id}", tasks.update, REPORT, body_limit=_PARAMETERS_BYTES),
        Route("DELETE", "/task/{id}", tasks.delete, RUN),
        Route("POST", "/task/{id}/cancel", tasks.cancel, REPORT),
        Route("POST", "/task/{id}/finish", tasks.finish, REPORT),
        Route("POST", "/task/{id}/restart", tasks.restart, REPORT),
        Route("POST", "/alerts", alerts.create, REPORT),
        Route("GET", "/alerts", alerts.page, READ),
        Route("POST", "/artifact", artifacts.create, REPORT),
        Route("POST", "/artifact/log/{id}", artifacts.upload, REPORT),
        Route("GET", "/artifact", artifacts.page, FILES),
        Route("GET", "/artifact/{id}", artifacts.get, FILES),
        Route("GET", "/artifact/{id}/file", artifacts.download, FILES),
    ],
    authenticate=authenticate,
    errors=ERRORS,
    dialects=DIALECTS,
    any_content_type=True,
)
