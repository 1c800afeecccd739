"""The routes of native v1 about queues and their items."""

from __future__ import annotations

from botyard.core import queues as core
from botyard.core.access import Permission
from botyard.protocols.native import items, queues
from botyard.protocols.native.queries import AFTER, BEFORE_ID, LIMIT, TEXT
from botyard.web.declaring import CSV, Query
from botyard.web.routing import Route
from botyard.wire import native as wire

_READ, _WRITE, _WORK = Permission.QUEUES_READ, Permission.QUEUES_WRITE, Permission.QUEUES_WORK
_OPERATE, _REPORT = Permission.QUEUES_OPERATE, Permission.QUEUES_REPORT
_QUEUE = "/queues/{label}"
_BULK = 64 * 1024
#: A thousand items of some KiB each; a push of large ones is for the client to split.
_ITEMS = 16 * 1024 * 1024
_STATES = tuple(state.value for state in core.State)
_STATE = Query("state", "Only those in one of these states, with commas between.", choices=_STATES, several=True)
_KEY = Query("key", "Only those with this unique key.")
_ERROR_KIND = Query("error_kind", "Only those that failed in this way: business or application.")
_KEEP = Query("keep_existing", "Pass over rows whose unique key is in the queue.", bool, default=False)
_CLAIM = "b3f1c7d2"
_DONE = {"item": 4711, "outcome": "done", "result": {"invoice": "R-17"}}
_FAILED = {"item": 4712, "outcome": "error", "error_kind": "business", "message": "No such customer."}

QUEUE_ROUTES = [
    Route("GET", "/queues", queues.search, _READ, query=(TEXT, AFTER, LIMIT), gives=wire.QueuePage),
    Route(
        "POST",
        "/queues",
        queues.create,
        _WRITE,
        takes=wire.CreateQueue,
        gives=wire.QueueView,
        status=201,
        problems=("already_exists", "unknown_automation"),
        example={"label": "invoices", "automation": "invoices", "max_retries": 2, "auto_retry": True},
    ),
    Route("GET", _QUEUE, queues.get, _READ, gives=wire.QueueView, tagged=True),
    Route(
        "PATCH",
        _QUEUE,
        queues.update,
        _WRITE,
        takes=wire.UpdateQueue,
        gives=wire.QueueView,
        tagged=True,
        problems=("illegal_transition",),
        example={"policy": "lifo", "lease_seconds": 600},
    ),
    Route("DELETE", _QUEUE, queues.delete, _WRITE, tagged=True, problems=("illegal_transition",)),
    Route("POST", f"{_QUEUE}/pause", queues.pause, _OPERATE, gives=wire.QueueView, tagged=True),
    Route("POST", f"{_QUEUE}/resume", queues.resume, _OPERATE, gives=wire.QueueView, tagged=True),
    Route("GET", f"{_QUEUE}/export", queues.export_items, _READ, gives=CSV),
    Route(
        "POST",
        f"{_QUEUE}/import",
        queues.import_items,
        _WORK,
        query=(_KEEP,),
        body_limit=_ITEMS,
        takes=CSV,
        gives=wire.ImportReply,
        status=201,
        problems=("duplicate_item",),
    ),
    Route(
        "GET",
        f"{_QUEUE}/items",
        items.search,
        _READ,
        query=(_STATE, TEXT, _KEY, _ERROR_KIND, BEFORE_ID, LIMIT),
        gives=wire.ItemPage,
    ),
    Route(
        "POST",
        f"{_QUEUE}/items",
        items.push,
        _WORK,
        body_limit=_ITEMS,
        takes=wire.PushCall,
        gives=wire.PushReply,
        status=201,
        problems=("duplicate_item",),
        example={"items": [{"values": {"customer": "ACME", "amount": 120}, "priority": 5, "reference": "order-17"}]},
    ),
    Route(
        "POST",
        f"{_QUEUE}/items/bulk",
        items.bulk_matching,
        _OPERATE,
        body_limit=_BULK,
        takes=wire.ItemMatchCall,
        gives=wire.ItemBulkReply,
        example={"action": "retry", "states": ["error"], "error_kind": "application", "dry_run": True},
    ),
    Route(
        "POST",
        f"{_QUEUE}/pull",
        items.pull,
        _WORK,
        body_limit=16 * 1024,
        takes=wire.PullCall,
        gives=wire.PullReply,
        problems=("illegal_transition",),
        example={"count": 10, "claim": _CLAIM, "wait": 30},
    ),
    Route(
        "POST",
        f"{_QUEUE}/report",
        items.report,
        _REPORT,
        body_limit=_ITEMS,
        takes=wire.ReportCall,
        gives=wire.ReportReply,
        example={"reports": [_DONE, _FAILED]},
    ),
    Route(
        "POST",
        f"{_QUEUE}/report-and-pull",
        items.report_and_pull,
        _WORK,
        body_limit=_ITEMS,
        takes=wire.ReportAndPullCall,
        gives=wire.ReportAndPullReply,
        problems=("illegal_transition",),
        example={"reports": [_DONE], "count": 1, "claim": _CLAIM},
    ),
    Route(
        "POST",
        f"{_QUEUE}/release",
        items.release,
        _REPORT,
        body_limit=_BULK,
        takes=wire.GiveBackCall,
        gives=wire.ReportReply,
        example={"items": [4711]},
    ),
    Route(
        "POST",
        "/items/bulk",
        items.bulk,
        _OPERATE,
        body_limit=_BULK,
        takes=wire.ItemBulkCall,
        gives=wire.ItemBulkReply,
        example={"action": "retry", "ids": [4711, 4712]},
    ),
    Route("GET", "/items/{id}", items.get, _READ, gives=wire.ItemView),
    Route(
        "PATCH",
        "/items/{id}",
        items.update,
        _WORK,
        body_limit=_ITEMS,
        takes=wire.UpdateItem,
        gives=wire.ItemView,
        problems=("illegal_transition", "stale_lease", "duplicate_item"),
        example={"priority": 8},
    ),
    Route("DELETE", "/items/{id}", items.delete, _WORK, problems=("illegal_transition",)),
    Route("GET", "/items/{id}/chain", items.chain, _READ, gives=wire.ItemChain),
    Route(
        "POST",
        "/items/{id}/cancel",
        items.cancel,
        _OPERATE,
        body_limit=_BULK,
        takes=wire.CancelItem | None,
        gives=wire.ItemView,
        problems=("illegal_transition",),
        example={"message": "The order was withdrawn."},
    ),
    Route(
        "POST",
        "/items/{id}/retry",
        items.retry,
        _OPERATE,
        gives=wire.ItemView,
        problems=("illegal_transition", "duplicate_item"),
    ),
]
