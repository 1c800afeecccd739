"""The trace of a task by itself, for a page that renews it, and one span: its payloads and what the log says then."""

from __future__ import annotations

from typing import Any

from botyard.console import waterfall
from botyard.console.frame import is_fragment, page
from botyard.console.traceshelf import Shelf
from botyard.core import tasks
from botyard.core.access import Caller, Permission
from botyard.storage import Tx
from botyard.web import Request, Response, redirect


async def trace(request: Request) -> Response:
    """Return the trace as a part of its page; a browser that asks for it is sent there."""
    task_id = request.path_id("id")
    if not is_fragment(request):
        return redirect(f"/tasks/{task_id}?tab=trace")
    context = await request.db.read(
        _context,
        shelf=shelf_of(request),
        caller=request.caller,
        task_id=task_id,
        wish=waterfall.wish_of(request.query),
        now=request.now,
    )
    return page(request, "parts/task_trace.html", block="trace", **context)


async def show(request: Request) -> Response:
    """Show a span, as a sheet beside its trace or as a page of its own."""
    attempt = request.query.get("attempt", "")
    task_id = request.path_id("id")
    seen = await request.db.read(
        waterfall.look,
        workspace_id=request.caller.workspace_id,
        task_id=task_id,
        epoch=int(attempt) if attempt.isascii() and attempt.isdigit() and len(attempt) < 10 else 0,
        span_id=request.query.get("span", ""),
    )
    return page(request, "pages/span.html", section="/tasks", block="sheet", task_id=task_id, seen=seen, span=seen.span)


def shelf_of(request: Request) -> Shelf:
    """Return the traces that this server keeps in memory."""
    return request.tools.shared(Shelf, Shelf)


def trace_of(
    tx: Tx, shelf: Shelf, task: tasks.Task, wish: waterfall.Wish, *, caller: Caller, now: int
) -> waterfall.Trace:
    """Return the trace as the caller may see it."""
    return waterfall.picture(tx, shelf, task, wish, now=now, with_items=caller.may(Permission.QUEUES_READ))


def _context(tx: Tx, *, shelf: Shelf, caller: Caller, task_id: int, wish: waterfall.Wish, now: int) -> dict[str, Any]:
    task = tasks.get(tx, workspace_id=caller.workspace_id, task_id=task_id)
    return {"task": task, "trace": trace_of(tx, shelf, task, wish, caller=caller, now=now)}
