"""A task's log: in pages that can be waited for, or whole as text."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from botyard.core import logs, tasks
from botyard.protocols.native import views
from botyard.protocols.native.runners import MAX_WAIT
from botyard.protocols.native.streams import follow_log, position
from botyard.protocols.native.tasks import readable
from botyard.storage import Tx
from botyard.web.longpoll import hold
from botyard.web.request import Request
from botyard.web.response import Response, StreamResponse, json_response
from botyard.wire import native as wire

_MAX_LIMIT = 5000
_PAGE = 2000
_START = logs.Position(0, 0)


async def read(request: Request) -> Response:
    """Read lines after a position, waiting for some when asked to; with `Accept: text/plain` all of it as text.

    With `Accept: text/event-stream` it is followed, as `logs/stream` does.
    """
    task_id = readable(request)
    if "text/event-stream" in (request.header("accept") or ""):
        return await follow_log(request)
    if "text/plain" in (request.header("accept") or ""):
        return await _as_text(request, task_id)
    page, wait = _wanted(request)
    await request.body()
    end = asyncio.get_running_loop().time() + wait
    async with request.db.wakeups.subscribe(f"task:{task_id}") as changes:
        while True:
            reply = await request.db.read(_page, workspace_id=request.caller.workspace_id, task_id=task_id, **page)
            left = end - asyncio.get_running_loop().time()
            if reply.lines or reply.complete or left <= 0 or not await hold(request, changes.wait(left)):
                return json_response(reply)


def _wanted(request: Request) -> tuple[dict[str, Any], float]:
    """Return which lines are asked for, and how many seconds to wait for the first."""
    after = position(request.query.get("after"))
    limit = request.query_int("limit", default=1000, low=1, high=_MAX_LIMIT)
    tail = request.query_int("tail", default=0, low=0, high=_MAX_LIMIT)
    wait = request.query_float("wait", default=0.0, low=0.0, high=MAX_WAIT)
    return {"after": after, "limit": limit, "tail": tail}, wait


def _page(tx: Tx, *, workspace_id: int, task_id: int, after: logs.Position, limit: int, tail: int) -> wire.LogPage:
    """Return lines and whether more can follow; read in this order, so that "complete" is never said too early."""
    task = tasks.get(tx, workspace_id=workspace_id, task_id=task_id)
    attempts = tasks.attempts_of(tx, workspace_id=workspace_id, task_id=task_id)
    settled = tasks.is_settled(task, attempts)
    read, part = (logs.tail, {"limit": tail}) if tail else (logs.follow, {"after": after, "limit": limit})
    lines = read(tx, workspace_id=workspace_id, task_id=task_id, **part)
    last = lines[-1].position if lines else after
    return wire.LogPage(
        lines=[views.line(line) for line in lines],
        next=f"{last.epoch}.{last.seq}",
        complete=settled and (tail > 0 or len(lines) < limit),
        dropped=sum(attempt.log_dropped for attempt in attempts),
    )


async def _as_text(request: Request, task_id: int) -> Response:
    workspace_id = request.caller.workspace_id
    await request.db.read(tasks.get, workspace_id=workspace_id, task_id=task_id)
    return StreamResponse(_text(request, workspace_id, task_id), media_type=b"text/plain; charset=utf-8")


async def _text(request: Request, workspace_id: int, task_id: int) -> AsyncIterator[bytes]:
    after = _START
    while True:
        lines = await request.db.read(logs.follow, workspace_id=workspace_id, task_id=task_id, after=after, limit=_PAGE)
        if lines:
            yield "".join(f"{line.shown}\n" for line in lines).encode()
        if len(lines) < _PAGE:
            return
        after = lines[-1].position
