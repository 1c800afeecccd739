"""The table of contents of the console: every page, and what it needs."""

from __future__ import annotations

from botyard.console.frame import ERRORS, authenticate, guard
from botyard.console.pages import (
    account,
    artifact,
    automation,
    automation_list,
    entrance,
    live,
    operations,
    palette,
    runner_list,
    static,
    task,
    task_list,
    task_start,
)
from botyard.core.access import Permission
from botyard.web import OPEN, PAGE_HEADERS, SIGNED_IN, Route, RouteTable

READ, RUN, LOGS = Permission.TASKS_READ, Permission.TASKS_RUN, Permission.LOGS_READ
FILES = Permission.ARTIFACTS_READ
MANAGE = Permission.RUNNERS_MANAGE

_SMALL = 64 * 1024
_FORM = 2 * 1024 * 1024


def routes() -> RouteTable:
    """Return the console's routes; it is mounted at the root and answers for every path that no protocol owns."""
    return RouteTable(
        "console",
        "",
        [
            Route("GET", "/static/{version}/{name}", static.own, OPEN),
            Route("GET", "/static/{version}/vendor/{name}", static.vendor, OPEN),
            Route("GET", "/sign-in", entrance.form, OPEN),
            Route("POST", "/sign-in", entrance.sign_in, OPEN, body_limit=_SMALL),
            Route("POST", "/sign-out", entrance.sign_out, SIGNED_IN, body_limit=_SMALL),
            Route("GET", "/", operations.show, READ),
            Route("GET", "/live", live.stream, READ),
            Route("GET", "/palette", palette.search, READ),
            Route("GET", "/tasks", task_list.show, READ),
            Route("POST", "/tasks", task_start.create, RUN, body_limit=_FORM),
            Route("GET", "/tasks/new", task_start.form, RUN),
            Route("GET", "/tasks/fresh", task_list.fresh, READ),
            Route("GET", "/tasks/bulk", task_list.preview, RUN),
            Route("POST", "/tasks/bulk", task_list.act, RUN, body_limit=_SMALL),
            Route("GET", "/tasks/{id}", task.show, READ),
            Route("GET", "/tasks/{id}/log", task.log, LOGS),
            Route("GET", "/tasks/{id}/log.txt", task.log_text, LOGS),
            Route("POST", "/tasks/{id}/cancel", task.cancel, RUN, body_limit=_SMALL),
            Route("POST", "/tasks/{id}/interrupt", task.interrupt, RUN, body_limit=_SMALL),
            Route("POST", "/tasks/{id}/kill", task.kill, RUN, body_limit=_SMALL),
            Route("POST", "/tasks/{id}/restart", task.restart, RUN, body_limit=_SMALL),
            Route("GET", "/files/{id}", artifact.download, FILES),
            Route("GET", "/automations", automation_list.show, Permission.AUTOMATIONS_READ),
            Route("GET", "/automations/{label}", automation.show, Permission.AUTOMATIONS_READ),
            Route("POST", "/automations/{label}/release", automation.release, Permission.AUTOMATIONS_WRITE),
            Route("GET", "/runners", runner_list.show, Permission.RUNNERS_READ),
            Route("POST", "/runners/join", runner_list.join, Permission.RUNNER_JOIN, body_limit=_SMALL),
            Route("POST", "/runners/{id}/drain", runner_list.drain, MANAGE, body_limit=_SMALL),
            Route("POST", "/runners/{id}/resume", runner_list.resume, MANAGE, body_limit=_SMALL),
            Route("GET", "/account", account.show, SIGNED_IN),
            Route("POST", "/account/password", account.change_password, SIGNED_IN, body_limit=_SMALL),
            Route("POST", "/account/sessions/end", account.end_session, SIGNED_IN, body_limit=_SMALL),
            Route("POST", "/account/theme", account.set_theme, SIGNED_IN, body_limit=_SMALL),
        ],
        authenticate=authenticate,
        errors=ERRORS,
        guard=guard,
        headers=PAGE_HEADERS,
    )
