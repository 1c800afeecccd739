"""The routes of native v1 by which a bot tells of its work."""

from __future__ import annotations

from botyard.core.access import Permission
from botyard.protocols.native import work
from botyard.web.routing import Route
from botyard.wire import native as wire

_REPORT = Permission.TASKS_REPORT
_SMALL = 64 * 1024
#: A thousand messages of some KiB each; larger batches are for the client to split.
_MESSAGES = 8 * 1024 * 1024

WORK_ROUTES = [
    Route(
        "POST",
        "/tasks/{id}/logs",
        work.send_messages,
        _REPORT,
        body_limit=_MESSAGES,
        takes=wire.SendMessages,
        gives=wire.MessagesTaken,
        example={"writer": "f3a9c1d2", "messages": [[1, 1_767_225_600_000_000, "INFO", "Logged in"]]},
        name="tasks_send_messages",
    ),
    Route(
        "POST",
        "/tasks/{id}/progress",
        work.tell_progress,
        _REPORT,
        body_limit=_SMALL,
        takes=wire.TellProgress,
        gives=wire.ProgressView,
        example={"percent": 40, "info": "17 of 42 invoices"},
        name="tasks_tell_progress",
    ),
]
