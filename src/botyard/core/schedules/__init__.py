"""Schedules: when an automation's tasks start by themselves.

A schedule has a cron expression in a time zone, or one moment. Each firing starts exactly one task, however many
servers run; what became of it is kept. `overlap` says what happens when the task of an earlier firing has not ended:
skip the firing, queue another task, or replace the earlier one. `catch_up` says what happens to firings that were due
while no server ran: none of them, the last, or all up to a cap. A firing that starts nothing is never silent.
"""

from botyard.core.schedules.change import check_fields, create, delete, pause, update
from botyard.core.schedules.fire import Fired, prune, run_now, tick
from botyard.core.schedules.model import CatchUp, Firing, Overlap, Schedule
from botyard.core.schedules.search import count, find_same, firings_of, get, page, preview, search

__all__ = [
    "CatchUp",
    "Fired",
    "Firing",
    "Overlap",
    "Schedule",
    "check_fields",
    "count",
    "create",
    "delete",
    "find_same",
    "firings_of",
    "get",
    "page",
    "pause",
    "preview",
    "prune",
    "run_now",
    "search",
    "tick",
    "update",
]
