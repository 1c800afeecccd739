"""The routes of native v1 about what tasks leave behind: files, alerts, errors, messages, log tables."""

from __future__ import annotations

from typing import get_args

from botyard.core.access import Permission
from botyard.protocols.native import alerts, artifacts, errors, logtables, messages
from botyard.protocols.native.queries import AFTER, BEFORE_ID, LIMIT, MAX_ID, TEXT
from botyard.web.declaring import CSV, FILE, Query
from botyard.web.routing import Route
from botyard.wire import native as wire

_P = Permission
_READ, _FILES, _LOGS, _RUN, _REPORT = _P.TASKS_READ, _P.ARTIFACTS_READ, _P.LOGS_READ, _P.TASKS_RUN, _P.TASKS_REPORT
_SMALL = 512 * 1024
_BODY = 2 * 1024 * 1024
#: A thousand rows of some KiB each.
_ROWS = 16 * 1024 * 1024
_STALE = ("stale_lease",)
_TASK = Query("task", "Only those of this task.", int, default=0, low=0, high=MAX_ID)
_AUTOMATION = Query("automation", "Only those of the automation with this label.")
_APP = Query("app", "Only those of runs of the app with this id.", int, default=0, low=0, high=MAX_ID)
_LEVEL = Query("level", "Only those of this level.", choices=get_args(wire.AlertLevel))
_GROUP = Query("group", "Only those of this group.", int, default=0, low=0, high=MAX_ID)
_SINCE = Query("since", "Only those from this moment on, in ISO 8601.")
_PLACE = Query("before", "Go on behind this place: `next` of the page before.")
_MENDED = Query("state", "Whether somebody has marked them as mended.", choices=("open", "resolved", "all"))
_SENT = Query("state", "Only those with a delivery in this state.", choices=messages.STATES)
_NAME = Query("name", "What the file is called.", example="report.csv")
_FILE_NAME = Query("name", "What the file is called.")
_KIND = Query("kind", "What the file is.", choices=get_args(wire.ErrorFileKind), default="attachment")
_TABLE = "/log-tables/{label}"

RECORD_ROUTES = [
    Route(
        "GET",
        "/artifacts",
        artifacts.search,
        _FILES,
        query=(_TASK, _AUTOMATION, TEXT, BEFORE_ID, LIMIT),
        gives=wire.ArtifactList,
    ),
    Route("GET", "/artifacts/{id}", artifacts.get, _FILES, gives=wire.ArtifactView),
    Route("DELETE", "/artifacts/{id}", artifacts.delete, _RUN, problems=("illegal_transition",)),
    Route(
        "POST",
        "/tasks/{id}/artifacts",
        artifacts.upload,
        _REPORT,
        query=(_NAME,),
        takes=FILE,
        gives=wire.ArtifactView,
        status=201,
        problems=(*_STALE, "storage_full", "storage_failed"),
    ),
    Route(
        "GET",
        "/alerts",
        alerts.search,
        _READ,
        query=(_TASK, _LEVEL, _AUTOMATION, _APP, TEXT, BEFORE_ID, LIMIT),
        gives=wire.AlertList,
    ),
    Route("GET", "/alerts/{id}", alerts.get, _READ, gives=wire.AlertView),
    Route(
        "POST",
        "/tasks/{id}/alerts",
        alerts.create,
        _REPORT,
        body_limit=_SMALL,
        takes=wire.CreateAlert,
        gives=wire.AlertView,
        status=201,
        problems=_STALE,
        example={"level": "warn", "title": "Two invoices have no customer"},
    ),
    Route(
        "GET",
        "/errors",
        errors.search,
        _LOGS,
        query=(_TASK, _GROUP, _AUTOMATION, BEFORE_ID, LIMIT),
        gives=wire.ErrorPage,
    ),
    Route("GET", "/errors/{id}", errors.get, _LOGS, gives=wire.ErrorView),
    Route(
        "POST",
        "/tasks/{id}/errors",
        errors.create,
        _REPORT,
        body_limit=_BODY,
        takes=wire.ReportError,
        gives=wire.ErrorView,
        status=201,
        problems=_STALE,
        example={"type": "TimeoutError", "message": "The portal did not answer.", "tags": {"page": "login"}},
    ),
    Route(
        "POST",
        "/errors/{id}/files",
        errors.attach,
        _REPORT,
        query=(_KIND, _FILE_NAME),
        takes=FILE,
        gives=wire.ErrorFileView,
        status=201,
        problems=(*_STALE, "storage_full", "storage_failed"),
    ),
    Route("GET", "/errors/files/{id}/content", errors.file_content, _LOGS, gives=FILE, problems=("damaged",)),
    Route(
        "GET",
        "/error-groups",
        errors.search_groups,
        _LOGS,
        query=(_MENDED, _AUTOMATION, TEXT, _SINCE, _PLACE, LIMIT),
        gives=wire.ErrorGroupPage,
    ),
    Route("GET", "/error-groups/{id}", errors.get_group, _LOGS, gives=wire.ErrorGroupView),
    Route("POST", "/error-groups/{id}/resolve", errors.resolve, _RUN, gives=wire.ErrorGroupView),
    Route("POST", "/error-groups/{id}/reopen", errors.reopen, _RUN, gives=wire.ErrorGroupView),
    Route(
        "GET",
        "/messages",
        messages.search,
        _LOGS,
        query=(_SENT, _TASK, BEFORE_ID, LIMIT),
        gives=wire.MessagePage,
    ),
    Route(
        "POST",
        "/messages",
        messages.create,
        _REPORT,
        body_limit=_BODY,
        takes=wire.SendMessage,
        gives=wire.MessageView,
        status=201,
        problems=_STALE,
        example={"subject": "Invoices are sent", "body": "All 42 of them.", "users": ["ann"]},
    ),
    Route("GET", "/messages/{id}", messages.get, _LOGS, gives=wire.MessageView),
    Route("POST", "/messages/{id}/repeat", messages.repeat, _RUN, gives=wire.MessageView),
    Route("GET", "/log-tables", logtables.search, _LOGS, query=(TEXT, AFTER, LIMIT), gives=wire.LogTablePage),
    Route(
        "POST",
        "/log-tables",
        logtables.create,
        _REPORT,
        body_limit=_SMALL,
        takes=wire.CreateLogTable,
        gives=wire.LogTableView,
        status=201,
        problems=("already_exists", *_STALE),
        example={"label": "sent", "columns": [{"label": "invoice", "name": "Invoice"}]},
    ),
    Route("GET", _TABLE, logtables.get, _LOGS, gives=wire.LogTableView),
    Route("DELETE", _TABLE, logtables.delete, _RUN, problems=_STALE),
    Route("GET", f"{_TABLE}/rows", logtables.list_rows, _LOGS, query=(_SINCE, _PLACE, LIMIT), gives=wire.LogRowPage),
    Route(
        "POST",
        f"{_TABLE}/rows",
        logtables.add_rows,
        _REPORT,
        body_limit=_ROWS,
        takes=wire.AddLogRows,
        gives=wire.RowsAdded,
        status=201,
        problems=_STALE,
        example={"rows": [{"invoice": "R-17"}]},
    ),
    Route("GET", f"{_TABLE}/export", logtables.export, _LOGS, query=(_SINCE,), gives=CSV),
]
