"""The routes of native v1 about automations, their packages and schedules, and the whole workspace."""

from __future__ import annotations

from botyard.core.access import Permission
from botyard.protocols.native import automations, bulk, connecting, schedules, workspace
from botyard.protocols.native.queries import AFTER, LIMIT, TEXT
from botyard.web.declaring import ZIP, Query
from botyard.web.routing import Route
from botyard.wire import native as wire

_READ, _WRITE, _RUN = Permission.AUTOMATIONS_READ, Permission.AUTOMATIONS_WRITE, Permission.TASKS_RUN
#: A workspace file with the code of its actions.
_DOCUMENT = 32 * 1024 * 1024
_VERSION = Query("version", "The version to store it as; without it, what the package says or the next free number.")
_DIALECT = Query("dialect", "The dialect of the bot; without it, what the package looks like.")
_APP = Query("app", "The app whose action a package of Automio becomes; without it the only one.")
_OF_AUTOMATION = Query("automation", "Only those of the automation with this label.")
_BEFORE = Query("before", "Go on below this id: `next` of the page before.", int, default=0, low=0, high=2**53)
_DRY_RUN = Query("dry_run", "Only tell what would change.", bool, default=False)

AUTOMATION_ROUTES = [
    Route(
        "GET",
        "/packages/{digest}/content",
        automations.package_content,
        Permission.PACKAGES_READ,
        gives=ZIP,
        name="packages_content",
    ),
    Route("GET", "/automations", automations.search, _READ, query=(TEXT, AFTER, LIMIT), gives=wire.AutomationPage),
    Route(
        "POST",
        "/automations",
        automations.create,
        _WRITE,
        takes=wire.CreateAutomation,
        gives=wire.AutomationView,
        status=201,
        problems=("already_exists", "not_found"),
        example={"label": "invoices", "name": "Send invoices", "max_attempts": 2},
    ),
    Route("GET", "/automations/{label}", automations.get, _READ, gives=wire.AutomationView, tagged=True),
    Route(
        "PATCH",
        "/automations/{label}",
        automations.update,
        _WRITE,
        takes=wire.UpdateAutomation,
        gives=wire.AutomationView,
        tagged=True,
        example={"priority": 5, "runner_label": None},
    ),
    Route(
        "POST",
        "/automations/{label}/deploy",
        automations.deploy,
        Permission.PACKAGES_WRITE,
        query=(_VERSION, _DIALECT, _APP),
        takes=ZIP,
        gives=wire.Deployed,
        status=(201, 200),
        problems=("version_exists", "bad_archive", "bad_project", "no_entry_file", "already_exists"),
    ),
    Route(
        "GET", "/schedules", schedules.search, _READ, query=(_OF_AUTOMATION, _BEFORE, LIMIT), gives=wire.SchedulePage
    ),
    Route(
        "POST",
        "/schedules",
        schedules.create,
        _WRITE,
        takes=wire.CreateSchedule,
        gives=wire.ScheduleView,
        status=201,
        problems=("unknown_automation",),
        example={"automation": "invoices", "cron": "0 7 * * mon-fri", "timezone": "Europe/Berlin"},
    ),
    Route(
        "POST",
        "/schedules/bulk/matching",
        bulk.act_on_schedules,
        _RUN,
        takes=wire.ScheduleMatchCall,
        gives=wire.MatchReply,
        example={"action": "pause", "automation": "invoices", "dry_run": True},
        name="schedules_bulk_matching",
    ),
    Route("GET", "/schedules/{id}", schedules.get, _READ, gives=wire.ScheduleView, tagged=True),
    Route(
        "PATCH",
        "/schedules/{id}",
        schedules.update,
        _WRITE,
        takes=wire.UpdateSchedule,
        gives=wire.ScheduleView,
        tagged=True,
        example={"cron": "30 7 * * mon-fri"},
    ),
    Route("DELETE", "/schedules/{id}", schedules.delete, _WRITE, tagged=True),
    Route("POST", "/schedules/{id}/pause", schedules.pause, _RUN, gives=wire.ScheduleView),
    Route("POST", "/schedules/{id}/resume", schedules.resume, _RUN, gives=wire.ScheduleView),
    Route("POST", "/schedules/{id}/run", schedules.run, _RUN, gives=wire.TaskView, status=201),
    Route("GET", "/schedules/{id}/firings", schedules.list_firings, _READ, query=(LIMIT,), gives=wire.FiringList),
    Route(
        "POST",
        "/connect",
        connecting.connect,
        Permission.KEYS_MANAGE,
        body_limit=16 * 1024,
        takes=wire.ConnectCall,
        gives=wire.Connected,
        status=201,
        secret=True,
        problems=("not_found", "already_exists"),
        example={"dialect": "botcity", "name": "laptop of Ana"},
        name="keys_connect",
    ),
    Route(
        "POST",
        "/apply",
        workspace.apply,
        Permission.WORKSPACE_MANAGE,
        query=(_DRY_RUN,),
        body_limit=_DOCUMENT,
        takes=wire.ApplyCall,
        gives=wire.ApplyReply,
        problems=("not_found", "already_exists", "illegal_transition"),
        example={"document": {"automations": [{"label": "invoices"}]}},
    ),
]
