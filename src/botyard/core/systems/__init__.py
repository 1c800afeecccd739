"""Systems: programs outside, a BPM or an ERP, that start automations and read what came of it.

A system is a client of one dialect. It is asked for, and an administrator allows or locks it; only then it is
answered. It is known by a token, a UUID that is kept as a keyed hash; to others it is known by its id, which opens
nothing. It may be limited to some automations and to some networks, sees the tasks that it started and no others
unless it may read all, and what it has fetched on its behalf obeys the rules that are set here.
"""

from botyard.core.systems.allow import allow, lock
from botyard.core.systems.change import connect, create, rotate, update
from botyard.core.systems.known import TOPIC, authenticate, check_address, record_use
from botyard.core.systems.model import (
    DEFAULTS,
    DIALECT,
    NewSystem,
    Process,
    Submission,
    System,
    TaskReport,
    checked_fields,
    checked_name,
    checked_token,
    new_token,
)
from botyard.core.systems.processes import list_processes
from botyard.core.systems.search import find, get, get_by_name, holds_token, recent_tasks, search, started_by
from botyard.core.systems.states import Event, State
from botyard.core.systems.submit import submit_many
from botyard.core.systems.tasks import cancel, find_output, report, report_of

__all__ = [
    "DEFAULTS",
    "DIALECT",
    "TOPIC",
    "Event",
    "NewSystem",
    "Process",
    "State",
    "Submission",
    "System",
    "TaskReport",
    "allow",
    "authenticate",
    "cancel",
    "check_address",
    "checked_fields",
    "checked_name",
    "checked_token",
    "connect",
    "create",
    "find",
    "find_output",
    "get",
    "get_by_name",
    "holds_token",
    "list_processes",
    "lock",
    "new_token",
    "recent_tasks",
    "record_use",
    "report",
    "report_of",
    "rotate",
    "search",
    "started_by",
    "submit_many",
    "update",
]
