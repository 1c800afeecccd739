"""The page of one task, its log, and what people do to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

from botyard.console import course, logview, queueview, taskside, waterfall
from botyard.console.frame import back, done, is_fragment, page
from botyard.console.pages.artifact import is_picture
from botyard.console.pages.span import shelf_of, trace_of
from botyard.console.terminal import plain
from botyard.console.traceshelf import Shelf
from botyard.core import alerts, callbacks, errors, events, logs, queues, runners, tasks
from botyard.core import artifacts as files
from botyard.core.access import Caller, Permission
from botyard.storage import Database, Tx
from botyard.web import Request, Response, StreamResponse
from botyard.web.response import disposition

_LIST = 50
_EVENTS = 200
_CHUNK_LINES = 2000
TABS = ("log", "parameters", "items", "files", "errors", "trace", "alerts", "attempts", "events")


async def show(request: Request) -> Response:
    """Show a task; a script that refreshes the page gets it without the log, which follows by itself."""
    tab = request.query.get("tab", "log")
    context = await request.db.read(
        _context,
        caller=request.caller,
        task_id=request.path_id("id"),
        tab=tab if tab in TABS else "log",
        wish=None if is_fragment(request) else logview.wish_of(request.query),
        trace=waterfall.wish_of(request.query),
        shelf=shelf_of(request),
        now=request.now,
    )
    return page(request, "pages/task.html", section="/tasks", **context)


async def log(request: Request) -> Response:
    """Return a piece of the log: before or after a place, or the lines that match a search."""
    task_id, workspace_id = request.path_id("id"), request.caller.workspace_id
    wish = logview.wish_of(request.query)
    found = await request.db.read(logview.piece, workspace_id=workspace_id, task_id=task_id, wish=wish)
    if is_fragment(request):
        return page(request, "parts/log_chunk.html", log=found)
    return page(request, "pages/log.html", section="/tasks", log=found, task_id=task_id)


async def log_text(request: Request) -> Response:
    """Download the whole log as text."""
    task_id, workspace_id = request.path_id("id"), request.caller.workspace_id
    await request.db.read(tasks.get, workspace_id=workspace_id, task_id=task_id)
    return StreamResponse(
        _all_lines(request.db, workspace_id=workspace_id, task_id=task_id),
        media_type=b"text/plain; charset=utf-8",
        headers=[(b"content-disposition", disposition(f"task-{task_id}.log"))],
    )


async def show_progress(request: Request) -> Response:
    """Show how far the bot says that it is."""
    context = await request.db.read(
        _progress, workspace_id=request.caller.workspace_id, task_id=request.path_id("id"), now=request.now
    )
    return page(request, "parts/task_progress.html", **context)


async def cancel(request: Request) -> Response:
    """Cancel the task."""
    return await _act(request, tasks.cancel, "is cancelled.")


async def interrupt(request: Request) -> Response:
    """Ask the bot to stop by itself."""
    return await _act(request, tasks.interrupt, "was asked to stop; its bot decides when.")


async def kill(request: Request) -> Response:
    """End the task's processes at once."""
    return await _act(request, tasks.kill, "is being killed.")


async def restart(request: Request) -> Response:
    """Queue the task again."""
    return await _act(request, tasks.restart, "is queued again.")


async def repeat_callback(request: Request) -> Response:
    """Tell whoever wants to know of the task's end once more."""
    task_id = request.path_id("id")
    await request.change(
        callbacks.repeat,
        audit_target=str(task_id),
        workspace_id=request.caller.workspace_id,
        task_id=task_id,
        actor=request.caller.actor,
        now=request.now,
    )
    return done(f"/tasks/{task_id}", f"The callback of task {task_id} is sent again.")


async def _act(request: Request, operation: Callable[..., tasks.Task], words: str) -> Response:
    task_id = request.path_id("id")
    await request.change(
        operation,
        workspace_id=request.caller.workspace_id,
        task_id=task_id,
        actor=request.caller.actor,
        now=request.now,
    )
    return done(back(request, f"/tasks/{task_id}"), f"Task {task_id} {words}")


async def _all_lines(db: Database, *, workspace_id: int, task_id: int) -> AsyncIterator[bytes]:
    after = logs.Position(0, 0)
    while True:
        lines = await db.read(logs.follow, workspace_id=workspace_id, task_id=task_id, after=after, limit=_CHUNK_LINES)
        yield "".join(f"{line.shown}\n" for line in lines).encode("utf-8", "replace")
        if len(lines) < _CHUNK_LINES:
            return
        after = lines[-1].position


def _context(
    tx: Tx,
    *,
    caller: Caller,
    task_id: int,
    tab: str,
    wish: logview.Wish | None,
    trace: waterfall.Wish,
    shelf: Shelf,
    now: int,
) -> dict[str, Any]:
    workspace_id = caller.workspace_id
    scope: dict[str, Any] = {"workspace_id": workspace_id, "task_id": task_id}
    task = tasks.get(tx, **scope)
    attempts = tasks.attempts_of(tx, **scope, limit=_LIST)
    history = events.list_for(tx, workspace_id=workspace_id, entity="task", entity_id=str(task_id), limit=_EVENTS)
    raised = alerts.search(tx, **scope, limit=_LIST)
    left = files.search(tx, **scope, limit=_LIST) if caller.may(Permission.ARTIFACTS_READ) else []
    items = queues.items_of_task(tx, **scope, limit=_LIST) if caller.may(Permission.QUEUES_READ) else []
    faults = errors.search(tx, **scope, limit=_LIST) if caller.may(Permission.LOGS_READ) else []
    why = _why(tx, task, now=now)
    reads_log = caller.may(Permission.LOGS_READ)
    return {
        "task": task,
        "held": task.state in tasks.HELD,
        "tab": tab,
        "tabs": _tabs(
            parameters=len(task.parameters),
            items=len(items),
            files=len(left),
            errors=len(faults),
            alerts=len(raised),
            attempts=len(attempts),
            events=len(history),
        ),
        "items": items,
        "said_of": queueview.said_of,
        "errors": faults,
        "sentence": course.sentence(task, why, now=now, ended_by=course.ended_by(history)),
        "reasons": why,
        **taskside.context(tx, task, attempts, now=now),
        "steps": course.steps(task, attempts[0] if attempts else None, now=now),
        "problem_lines": _last_errors(tx, task) if reads_log else None,
        "alerts": raised,
        "files": left,
        "picture": next((file for file in left if is_picture(file)), None),
        "attempts": attempts,
        "events": list(reversed(history)),
        "names": {task.runner_id: task.runner} | {each.runner_id: each.runner for each in attempts},
        "log_streams": logview.STREAMS,
        "log_levels": logview.LEVELS,
        "log": _log(tx, task, wish, wanted=tab == "log" and reads_log),
        "trace": trace_of(tx, shelf, task, trace, caller=caller, now=now)
        if tab == "trace" and reads_log
        else waterfall.Trace(),
    }


def _progress(tx: Tx, *, workspace_id: int, task_id: int, now: int) -> dict[str, Any]:
    task = tasks.get(tx, workspace_id=workspace_id, task_id=task_id)
    attempts = tasks.attempts_of(tx, workspace_id=workspace_id, task_id=task_id, limit=1)
    return {"task": task, **taskside.context(tx, task, attempts, now=now)}


def _log(tx: Tx, task: tasks.Task, wish: logview.Wish | None, *, wanted: bool) -> logview.Piece:
    if wish is None or not wanted:
        return logview.Piece(lines=[])
    return logview.piece(tx, workspace_id=task.workspace_id, task_id=task.id, wish=wish)


def _why(tx: Tx, task: tasks.Task, *, now: int) -> list[course.Why]:
    if task.state is not tasks.State.QUEUED:
        return []
    reasons = tasks.why_waiting(tx, workspace_id=task.workspace_id, task_id=task.id, now=now)
    staff = runners.list_all(tx, workspace_id=task.workspace_id, limit=100) if reasons else []
    return course.reasons_of(reasons[:20], staff, now=now)


def _last_errors(tx: Tx, task: tasks.Task) -> str | None:
    """Return the last lines that a failed bot wrote to stderr, or of anything when it wrote nothing there."""
    if task.state is not tasks.State.FAILED:
        return None
    lines = logs.tail(tx, workspace_id=task.workspace_id, task_id=task.id, limit=40)
    bad = [line for line in lines if line.stream == "stderr"] or lines
    return "\n".join(plain(line.text)[:400] for line in bad[-3:]) or None


def _tabs(**counts: int) -> list[tuple[str, str, str]]:
    caps = {"events": _EVENTS, "parameters": 1_000_000}
    made = []
    for name in TABS:
        count, cap = counts.get(name, 0), caps.get(name, _LIST)
        made.append((name, name.capitalize(), f"{cap}+" if count >= cap else str(count or "")))
    return made
