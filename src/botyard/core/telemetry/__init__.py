"""Telemetry: what another system of traces has still to be told of tasks and their spans.

While exporting is on, each span that comes is noted. It is due once it has ended, or its attempt has; a task is due
once it has finished and no attempt of it runs. What was sent is struck off, unless it has changed in the meantime, so
nothing is left out, and after a fault something may be sent twice.
"""

from botyard.core.telemetry.due import advance, due_spans, due_tasks, has_due, spans_sent, tasks_sent
from botyard.core.telemetry.model import AttemptToExport, SpanToExport, TaskToExport
from botyard.core.telemetry.note import begin, end, is_exporting, note_spans

__all__ = [
    "AttemptToExport",
    "SpanToExport",
    "TaskToExport",
    "advance",
    "begin",
    "due_spans",
    "due_tasks",
    "end",
    "has_due",
    "is_exporting",
    "note_spans",
    "spans_sent",
    "tasks_sent",
]
