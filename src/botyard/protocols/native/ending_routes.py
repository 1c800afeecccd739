"""The routes of native v1 that end tasks, remove runners, and keep files of apps."""

from __future__ import annotations

from botyard.core.access import Permission
from botyard.protocols.native import appfiles, ending
from botyard.protocols.native.queries import AFTER, LIMIT
from botyard.web.declaring import FILE, Query
from botyard.web.routing import Route
from botyard.wire import native as wire

_P = Permission
_FILES, _MAKE = _P.ARTIFACTS_READ, _P.AUTOMATIONS_WRITE
_ALL, _ONE = "/apps/{app}/files", "/apps/{app}/files/{path}"
_BODY = 2 * 1024 * 1024
_CONFLICT = ("illegal_transition",)
_PATH = Query("path", "Where to keep it.", example="reports/march.csv")
_PUBLIC = Query("public", "Whoever knows its address may read it.", bool, default=False)
_OVERWRITE = Query("overwrite", "In place of the file that is there.", bool, default=False)

ENDING_ROUTES = [
    Route(
        "POST",
        "/tasks/{id}/finish",
        ending.finish_task,
        _P.TASKS_REPORT,
        body_limit=_BODY,
        takes=wire.FinishTask,
        gives=wire.TaskView,
        problems=("stale_lease", *_CONFLICT),
        example={"outcome": "partial", "total_items": 42, "processed_items": 40, "failed_items": 2},
        name="tasks_finish",
    ),
    Route("DELETE", "/tasks/{id}", ending.delete_task, _P.TASKS_RUN, problems=_CONFLICT, name="tasks_delete"),
    Route("GET", "/runners/{runner}", ending.get_runner, _P.RUNNERS_READ, gives=wire.RunnerView, name="runners_get"),
    Route(
        "DELETE",
        "/runners/{runner}",
        ending.delete_runner,
        _P.RUNNERS_MANAGE,
        problems=_CONFLICT,
        name="runners_delete",
    ),
    Route("GET", _ALL, appfiles.search, _FILES, query=(AFTER, LIMIT), gives=wire.AppFilePage, name="apps_search_files"),
    Route(
        "POST",
        _ALL,
        appfiles.upload,
        _MAKE,
        query=(_PATH, _PUBLIC, _OVERWRITE),
        takes=FILE,
        gives=wire.AppFileView,
        status=201,
        problems=("already_exists", "storage_full", "storage_failed"),
        name="apps_upload_file",
    ),
    Route("GET", _ONE, appfiles.get, _FILES, gives=wire.AppFileView, name="apps_get_file"),
    Route("GET", f"{_ONE}/content", appfiles.content, _FILES, gives=FILE, problems=("damaged",), name="apps_read_file"),
    Route("DELETE", _ONE, appfiles.delete, _MAKE, name="apps_delete_file"),
]
