"""The table of contents of this dialect: every route that is served, and what it needs."""

from __future__ import annotations

from botyard.core.access import Permission
from botyard.protocols.botcity import (
    activities,
    alerts,
    artifacts,
    bots,
    credentials,
    datapools,
    entries,
    faults,
    logs,
    machines,
    messages,
    schedules,
    session,
    tasks,
    workspaces,
)
from botyard.protocols.botcity.auth import DIALECTS, authenticate
from botyard.protocols.botcity.errors import ERRORS
from botyard.web.routing import OPEN, SIGNED_IN, Route, RouteTable

READ, RUN, REPORT = Permission.TASKS_READ, Permission.TASKS_RUN, Permission.TASKS_REPORT
FILES, LOGS = Permission.ARTIFACTS_READ, Permission.LOGS_READ

CREDENTIALS, SECRETS, SET_SECRETS = Permission.CREDENTIALS_READ, Permission.SECRETS_READ, Permission.SECRETS_WRITE

Q_READ, Q_WRITE = Permission.QUEUES_READ, Permission.QUEUES_WRITE
Q_WORK, Q_REPORT = Permission.QUEUES_WORK, Permission.QUEUES_REPORT

SEE, MANAGE = Permission.AUTOMATIONS_READ, Permission.AUTOMATIONS_WRITE
STAFF, SHIP = Permission.RUNNERS_READ, Permission.PACKAGES_WRITE

_PARAMETERS_BYTES = 2 * 1024 * 1024
#: Values of 1 MiB, escaped.
_VALUES_BYTES = 6 * 1024 * 1024
#: A set of 200 keys with values of 64 KiB, escaped.
_SECRETS_BYTES = 32 * 1024 * 1024

ROUTES = RouteTable(
    "botcity",
    "/api/v2",
    [
        Route("GET", "/maestro/version", session.version, OPEN),
        Route("POST", "/workspace/login", session.login, OPEN, body_limit=16 * 1024),
        Route("DELETE", "/workspace/login", session.logoff, SIGNED_IN),
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
        Route("POST", "/log", logs.create, REPORT),
        Route("GET", "/log", logs.list_all, LOGS),
        Route("GET", "/log/{label}", logs.get, LOGS),
        Route("DELETE", "/log/{label}", logs.delete, RUN),
        Route("POST", "/log/{label}/entry", logs.add_entry, REPORT),
        Route("GET", "/log/{label}/entry-list", logs.entries, LOGS),
        Route("GET", "/log/{label}/export", logs.export, LOGS),
        Route("POST", "/message", messages.create, REPORT),
        Route("POST", "/error", faults.create, REPORT),
        Route("GET", "/error", faults.page, LOGS),
        Route("GET", "/error/{id}", faults.get, LOGS),
        Route("POST", "/error/{id}/screenshot", faults.screenshot, REPORT),
        Route("POST", "/error/{id}/attachments", faults.attachment, REPORT),
        Route("GET", "/datapool", datapools.page, Q_READ),
        Route("POST", "/datapool", datapools.create, Q_WRITE),
        Route("GET", "/datapool/{label}", datapools.get, Q_READ),
        Route("POST", "/datapool/{label}", datapools.update, Q_WRITE),
        Route("DELETE", "/datapool/{label}", datapools.delete, Q_WRITE),
        Route("GET", "/datapool/{label}/summary", datapools.summary, Q_READ),
        Route("GET", "/datapool/{label}/view", entries.view, Q_READ),
        Route("POST", "/datapool/{label}/push", entries.push, Q_WORK, body_limit=_VALUES_BYTES),
        Route("GET", "/datapool/{label}/pull", entries.pull, Q_WORK),
        Route("GET", "/datapool/{label}/entry/{id}", entries.get, Q_READ),
        Route("POST", "/datapool/{label}/entry/{id}", entries.save, Q_REPORT, body_limit=_VALUES_BYTES),
        Route("PUT", "/datapool/{label}/entry/{id}/cancel", entries.cancel, Q_WORK),
        Route("DELETE", "/datapool/{label}/entry/{id}", entries.delete, Q_WORK),
        Route("GET", "/credential", credentials.list_all, CREDENTIALS),
        Route("POST", "/credential", credentials.create, SET_SECRETS, body_limit=_SECRETS_BYTES),
        Route("GET", "/credential/{label}", credentials.get, SECRETS),
        Route("POST", "/credential/{label}", credentials.replace, SET_SECRETS, body_limit=_SECRETS_BYTES),
        Route("POST", "/credential/{label}/key", credentials.put_key, SET_SECRETS),
        Route("GET", "/credential/{label}/key/{key}", credentials.get_value, SECRETS),
        Route("GET", "/bot", bots.list_all, SEE),
        Route("POST", "/bot", bots.create, SHIP),
        Route("GET", "/bot/pagination", bots.page, SEE),
        Route("POST", "/bot/release", bots.release, SHIP),
        Route("POST", "/bot/upload/{bot}/version/{version}", bots.upload, SHIP),
        Route("GET", "/bot/{bot}/version/{version}", bots.get, SEE),
        Route("DELETE", "/bot/{bot}/version/{version}", bots.delete, SHIP),
        Route("PUT", "/bot/{bot}", bots.update, SHIP),
        Route("POST", "/bot/{bot}/release", bots.release_named, SHIP),
        Route("GET", "/activity", activities.list_all, SEE),
        Route("GET", "/activity/pagination", activities.page, SEE),
        Route("GET", "/activity/{label}", activities.get, SEE),
        Route("GET", "/machine/pagination", machines.page, STAFF),
        Route("GET", "/machine/log/{machine}", machines.log, STAFF),
        Route("GET", "/machine/{machine}", machines.get, STAFF),
        Route("GET", "/machine/{machine}/tasks-summary", machines.summary, STAFF),
        Route("GET", "/scheduling", schedules.page, SEE),
        Route("POST", "/scheduling", schedules.create, MANAGE),
        Route("GET", "/scheduling/{id}", schedules.get, SEE),
        Route("PUT", "/scheduling/{id}", schedules.update, MANAGE),
        Route("DELETE", "/scheduling/{id}", schedules.delete, MANAGE),
        Route("GET", "/workspaces", workspaces.page, SEE),
        Route("GET", "/workspaces/{workspace}", workspaces.get, SEE),
    ],
    authenticate=authenticate,
    errors=ERRORS,
    dialects=DIALECTS,
    any_content_type=True,
)
