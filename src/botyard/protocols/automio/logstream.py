"""The log of a run as server-sent events, from its first line until its process is gone (contract b.8, b.14)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence

from botyard.core import actions, logs, tasks
from botyard.core.logs import Line, Position
from botyard.protocols.automio.actions import WRITTEN
from botyard.protocols.automio.auth import app_of
from botyard.storage import Tx
from botyard.web.longpoll import hold
from botyard.web.request import Request
from botyard.web.response import Response, StreamResponse

#: Without a charset clients read Latin-1, and lose events whose bytes look like line ends there.
SSE = b"text/event-stream; charset=utf-8"
SSE_HEADERS = ((b"x-accel-buffering", b"no"),)
KEEP_ALIVE = b": keep-alive\n\n"
KEEP_ALIVE_SECONDS = 15.0

_PAGE = 500
_LINE_ENDS = re.compile(r"\r\n|\r|\n")
#: What clients take for the end of a line besides those.
_ALSO_ENDS = str.maketrans(dict.fromkeys("\v\f\x1c\x1d\x1e\x85\u2028\u2029", " "))
_START = Position(0, 0)


async def stream(request: Request) -> Response:
    """Send the log of a run, one event a line; with `skip_existing` only what is written from now on."""
    await request.body()
    run, after = await request.db.read(
        _begun,
        workspace_id=request.caller.workspace_id,
        app_id=app_of(request.caller),
        named=request.query.get("task_id", ""),
        skip=request.query.get("skip_existing", "").lower() in ("1", "true"),
    )
    return StreamResponse(_messages(request, run.task_id, after), media_type=SSE, headers=SSE_HEADERS)


def _begun(tx: Tx, *, workspace_id: int, app_id: int, named: str, skip: bool) -> tuple[actions.Run, Position]:
    run = actions.get_run(tx, workspace_id=workspace_id, app_id=app_id, named=named)
    last = logs.tail(tx, workspace_id=workspace_id, task_id=run.task_id, limit=1) if skip else []
    return run, last[0].position if last else _START


async def _messages(request: Request, task_id: int, after: Position) -> AsyncIterator[bytes]:
    yield b": log\n\n"
    async with request.db.wakeups.subscribe(f"task:{task_id}") as changes:
        while True:
            settled, lines = await request.db.read(
                _page, workspace_id=request.caller.workspace_id, task_id=task_id, after=after
            )
            if lines:
                after = lines[-1].position
                yield b"".join(event_of(line.shown) for line in lines if line.stream in WRITTEN) or KEEP_ALIVE
            elif settled or request.tools.drain.started:
                return
            elif not await hold(request, changes.wait(KEEP_ALIVE_SECONDS)):
                yield KEEP_ALIVE


def _page(tx: Tx, *, workspace_id: int, task_id: int, after: Position) -> tuple[bool, Sequence[Line]]:
    """Return whether nothing can follow, and the next lines; read in this order, so that no end is missed."""
    task = tasks.find(tx, workspace_id=workspace_id, task_id=task_id)
    attempts = tasks.attempts_of(tx, workspace_id=workspace_id, task_id=task_id, limit=1)
    settled = task is None or tasks.is_settled(task, attempts)
    return settled, logs.follow(tx, workspace_id=workspace_id, task_id=task_id, after=after, limit=_PAGE)


def event_of(text: str) -> bytes:
    """Return a line of a log as events that every client takes apart in the same way."""
    return b"".join(b"data: " + part.translate(_ALSO_ENDS).encode() + b"\n\n" for part in _LINE_ENDS.split(text))
