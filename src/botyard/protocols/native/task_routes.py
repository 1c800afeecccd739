"""The routes of native v1 about tasks and what belongs to them."""

from __future__ import annotations

from botyard.core import tasks as core
from botyard.core.access import Permission
from botyard.protocols.native import bulk, logs, streams, tasks
from botyard.protocols.native.queries import BEFORE_ID, LIMIT, LONG_LIMIT, MAX_ID, TEXT, WAIT
from botyard.web.declaring import EVENTS, FILE, Query
from botyard.web.declaring import TEXT as PLAIN
from botyard.web.routing import Route
from botyard.wire import native as wire

_RUN, _READ = Permission.TASKS_RUN, Permission.TASKS_READ
_BODY = 2 * 1024 * 1024
_CONFLICT = ("illegal_transition",)
_STATES = tuple(state.value for state in core.State)
_STATE = Query("state", "Only those in one of these states, with commas between.", choices=_STATES, several=True)
_AUTOMATION = Query("automation", "Only those of the automation with this label.")
_POSITION = Query("after", "Go on behind this position: `next` of the page before.")
_TAIL = Query("tail", "So many of the last lines, instead of those after a position.", int, default=0, low=0, high=5000)
_LINES = Query("limit", "How many lines to return at most.", int, default=1000, low=1, high=5000)
_EVENTS_AFTER = Query("after", "Go on behind this id: `next` of the page before.", int, default=0, low=0, high=MAX_ID)
_SINCE = Query("after", "Go on behind the event with this id.", int, default=0, low=0, high=2**62)
_KIND = Query("kind", "Only events of this kind, as in docs/events.md.")
_ENTITY = Query("entity", "Only what happened to things of this sort, such as `task`.")
_ENTITY_ID = Query("entity_id", "Only what happened to the thing with this id.")

TASK_ROUTES = [
    Route(
        "POST",
        "/tasks",
        tasks.create,
        _RUN,
        body_limit=_BODY,
        takes=wire.CreateTask,
        gives=wire.TaskView,
        status=201,
        problems=("unknown_automation",),
        example={"automation": "invoices", "parameters": {"month": "2026-03"}, "priority": 5},
    ),
    Route(
        "GET", "/tasks", tasks.search, _READ, query=(_STATE, _AUTOMATION, TEXT, BEFORE_ID, LIMIT), gives=wire.TaskPage
    ),
    Route(
        "POST",
        "/tasks/bulk",
        tasks.bulk,
        _RUN,
        body_limit=64 * 1024,
        takes=wire.BulkCall,
        gives=wire.BulkReply,
        problems=("not_found",),
        example={"action": "cancel", "ids": [4711, 4712]},
    ),
    Route(
        "POST",
        "/tasks/bulk/matching",
        bulk.act_on_tasks,
        _RUN,
        body_limit=64 * 1024,
        takes=wire.TaskMatchCall,
        gives=wire.MatchReply,
        example={"action": "cancel", "automation": "invoices", "states": ["queued"], "dry_run": True},
        name="tasks_bulk_matching",
    ),
    Route("GET", "/tasks/{id}", tasks.get, _READ, query=(WAIT,), gives=wire.TaskView),
    Route("POST", "/tasks/{id}/cancel", tasks.cancel, _RUN, gives=wire.TaskView, problems=_CONFLICT),
    Route("POST", "/tasks/{id}/restart", tasks.restart, _RUN, gives=wire.TaskView, problems=_CONFLICT),
    Route("POST", "/tasks/{id}/interrupt", tasks.interrupt, _RUN, gives=wire.TaskView, problems=_CONFLICT),
    Route("POST", "/tasks/{id}/kill", tasks.kill, _RUN, gives=wire.TaskView, problems=_CONFLICT),
    Route("POST", "/tasks/{id}/rotate-token", tasks.rotate_token, _RUN, gives=wire.TaskView, problems=_CONFLICT),
    Route("GET", "/tasks/{id}/attempts", tasks.list_attempts, _READ, gives=wire.AttemptList),
    Route(
        "GET",
        "/tasks/{id}/logs",
        logs.read,
        Permission.LOGS_READ,
        query=(_POSITION, _LINES, _TAIL, WAIT),
        gives=(wire.LogPage, PLAIN, EVENTS),
    ),
    Route(
        "GET",
        "/tasks/{id}/logs/stream",
        streams.follow_log,
        Permission.LOGS_READ,
        query=(_POSITION,),
        gives=EVENTS,
        name="logs_stream",
    ),
    Route(
        "GET",
        "/events/stream",
        streams.follow_events,
        Permission.LOGS_READ,
        query=(_SINCE, _KIND, _ENTITY, _ENTITY_ID),
        gives=EVENTS,
        name="events_stream",
    ),
    Route(
        "GET",
        "/tasks/{id}/artifacts",
        tasks.list_artifacts,
        Permission.ARTIFACTS_READ,
        query=(BEFORE_ID, LONG_LIMIT),
        gives=wire.ArtifactList,
    ),
    Route("GET", "/tasks/{id}/alerts", tasks.list_alerts, _READ, query=(BEFORE_ID, LONG_LIMIT), gives=wire.AlertList),
    Route(
        "GET", "/tasks/{id}/events", tasks.list_events, _READ, query=(_EVENTS_AFTER, LONG_LIMIT), gives=wire.EventList
    ),
    Route("GET", "/artifacts/{id}/content", tasks.artifact_content, Permission.ARTIFACTS_READ, gives=FILE),
]
