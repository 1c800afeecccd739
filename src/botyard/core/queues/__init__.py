"""Queues: items of work that bots push, take one by one or many at once, and report on.

Somebody pushes an item; a bot pulls the one that is first in line (the highest priority, then the oldest or the
newest) and holds it until it reports: done, or an error. A business error is final; any other is tried again as a
new item while retries remain. An item whose holder is lost goes back as a new item too. Items may carry a unique key
and a text to show, taken from declared fields. A queue can start tasks for what is pushed, stop after errors in a
row, and limit how long an item may be worked on. Its numbers are kept as it goes, however many items there are.
"""

from botyard.core.queues.bulk import MAX_BULK, MAX_MATCHING, cancel_many, matching, retry_many
from botyard.core.queues.change import activate, checked, create, deactivate, delete, update
from botyard.core.queues.edit import cancel, delete_item, retry, save
from botyard.core.queues.ids import id_of, uuid_of
from botyard.core.queues.model import (
    DEFAULTS,
    ErrorKind,
    Failure,
    Field,
    Holder,
    Hour,
    Item,
    NewItem,
    Outcome,
    Pull,
    Push,
    Queue,
    Reaped,
    Release,
    Report,
    ReportAndPull,
    Reports,
    Summary,
    Verdict,
)
from botyard.core.queues.prune import prune
from botyard.core.queues.pull import pull_many
from botyard.core.queues.push import push_many
from botyard.core.queues.read import find, get, labels, page, search
from botyard.core.queues.reap import reap_items
from botyard.core.queues.release import release_many
from botyard.core.queues.report import report_and_pull, report_many
from botyard.core.queues.search import TEXT_WINDOW, chain, get_item, items_of_task, search_items, view
from botyard.core.queues.states import FINAL, State
from botyard.core.queues.summary import (
    AGES,
    ages,
    depths,
    failures,
    finished_by_hour,
    flow,
    oldest_pending,
    summaries,
    summary,
)
from botyard.core.queues.table import export_rows, import_text

__all__ = [
    "AGES",
    "DEFAULTS",
    "FINAL",
    "MAX_BULK",
    "MAX_MATCHING",
    "TEXT_WINDOW",
    "ErrorKind",
    "Failure",
    "Field",
    "Holder",
    "Hour",
    "Item",
    "NewItem",
    "Outcome",
    "Pull",
    "Push",
    "Queue",
    "Reaped",
    "Release",
    "Report",
    "ReportAndPull",
    "Reports",
    "State",
    "Summary",
    "Verdict",
    "activate",
    "ages",
    "cancel",
    "cancel_many",
    "chain",
    "checked",
    "create",
    "deactivate",
    "delete",
    "delete_item",
    "depths",
    "export_rows",
    "failures",
    "find",
    "finished_by_hour",
    "flow",
    "get",
    "get_item",
    "id_of",
    "import_text",
    "items_of_task",
    "labels",
    "matching",
    "oldest_pending",
    "page",
    "prune",
    "pull_many",
    "push_many",
    "reap_items",
    "release_many",
    "report_and_pull",
    "report_many",
    "retry",
    "retry_many",
    "save",
    "search",
    "search_items",
    "summaries",
    "summary",
    "update",
    "uuid_of",
    "view",
]
