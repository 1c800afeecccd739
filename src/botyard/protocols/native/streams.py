"""Logs and events as they happen, as server-sent events."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from botyard.base.clock import SECOND
from botyard.base.exceptions import Invalid
from botyard.core import events, logs, tasks
from botyard.core.events import Event
from botyard.protocols.native import asking, views
from botyard.protocols.native.tasks import readable
from botyard.storage import Tx
from botyard.web.request import Request
from botyard.web.response import Response
from botyard.web.sse import News, message, stream
from botyard.wire import native as wire

_LINES = 1000
_EVENTS = 500
#: An event may be seen this much later than one with a higher id: both were being written at the same time.
_OVERLAP = 10 * SECOND


async def follow_log(request: Request) -> Response:
    """Send each line of a task's log as it comes, from the beginning or behind a position; `end` when none follows.

    Each line is a message with the fields of `LineView`, and its position as id; a client that was cut off goes on
    behind the `Last-Event-ID` that it sends. The message `end` says how many lines were not kept.
    """
    task_id = readable(request)
    followed = _Log(request, task_id, position(request.header("last-event-id") or request.query.get("after")))
    await request.db.read(tasks.get, workspace_id=request.caller.workspace_id, task_id=task_id)
    return stream(request, topic=f"task:{task_id}", source=followed.news, check=partial(readable, request))


async def follow_events(request: Request) -> Response:
    """Send what happens in the workspace as it happens, from now on or behind an event.

    Each event is a message with the fields of `HistoryEvent`, and its id as id; a client that was cut off goes on
    behind the `Last-Event-ID` that it sends.
    """
    asking.check_whole(request)
    followed = _Events(request, _after_event(request), _filter(request))
    return stream(
        request,
        topic=f"events:{request.caller.workspace_id}",
        source=followed.news,
        check=partial(asking.check_whole, request),
    )


class _Page(NamedTuple):
    """Some lines, and whether no other will follow."""

    lines: list[logs.Line]
    complete: bool
    dropped: int


class _Log:
    """How far a client has followed a log."""

    def __init__(self, request: Request, task_id: int, after: logs.Position) -> None:
        self._request = request
        self._task_id = task_id
        self._after = after

    async def news(self) -> News:
        """Return the lines since the last time."""
        page = await self._request.db.read(
            _lines, workspace_id=self._request.caller.workspace_id, task_id=self._task_id, after=self._after
        )
        told = b"".join(message(views.line(line), at=_id(line.position)) for line in page.lines)
        self._after = page.lines[-1].position if page.lines else self._after
        if page.complete:
            end = wire.LogEnd(dropped=page.dropped)
            return told + message(end, at=_id(self._after), event="end"), "end"
        return told, "more" if len(page.lines) == _LINES else "later"


def _lines(tx: Tx, *, workspace_id: int, task_id: int, after: logs.Position) -> _Page:
    """Return lines and whether more can follow; read in this order, so that the end is never told too early."""
    task = tasks.get(tx, workspace_id=workspace_id, task_id=task_id)
    attempts = tasks.attempts_of(tx, workspace_id=workspace_id, task_id=task_id)
    settled = tasks.is_settled(task, attempts)
    lines = logs.follow(tx, workspace_id=workspace_id, task_id=task_id, after=after, limit=_LINES)
    dropped = sum(attempt.log_dropped for attempt in attempts)
    return _Page(lines, settled and len(lines) < _LINES, dropped)


class _Filter(NamedTuple):
    """What the events have to be of which a client wants to hear; None for anything."""

    kind: str | None
    entity: str | None
    entity_id: str | None

    def fits(self, event: Event) -> bool:
        """Return whether an event is one of those."""
        has = (event.kind, event.entity, event.entity_id)
        return all(wanted in (None, value) for wanted, value in zip(self, has, strict=True))


def _filter(request: Request) -> _Filter:
    return _Filter(
        asking.text_of(request, "kind"), asking.text_of(request, "entity"), asking.text_of(request, "entity_id")
    )


class _Events:
    """How far a client has followed a workspace, by the filter of its query."""

    def __init__(self, request: Request, after: int | None, wanted: _Filter) -> None:
        self._request = request
        self._wanted = wanted
        #: Everything up to here was told, and above it what is in `_told`, with the moment of each.
        self._floor = after
        self._told: dict[int, int] = {}
        self._last = after or 0

    async def news(self) -> News:
        """Return the events since the last time."""
        found, end = await self._request.db.read(
            events.follow, workspace_id=self._request.caller.workspace_id, after_id=self._floor, limit=_EVENTS
        )
        new = [event for event in found if event.id not in self._told]
        self._note(found, end)
        told = b"".join(self._message(event) for event in new if self._wanted.fits(event))
        return told, "more" if len(found) == _EVENTS else "later"

    def _message(self, event: Event) -> bytes:
        self._last = max(self._last, event.id)
        return message(views.history_event(event), at=str(self._last))

    def _note(self, found: list[Event], end: int) -> None:
        """Remember what was told, and forget what is so old that nothing below it can still appear."""
        self._told |= {event.id: event.at for event in found}
        settled = self._request.now - _OVERLAP
        old = [event_id for event_id, at in self._told.items() if at <= settled]
        if self._floor is None or len(found) == _EVENTS:
            self._floor = end
        self._floor = max([self._floor, *old])
        self._told = {event_id: at for event_id, at in self._told.items() if event_id > self._floor}


def position(text: str | None) -> logs.Position:
    """Return a position in a log, its beginning for none. Raises Invalid."""
    epoch, dot, seq = (text or "0.0").partition(".")
    if not (dot and _is_number(epoch) and _is_number(seq)):
        raise Invalid(
            f'"{(text or "")[:40]}" is not a position in a log.',
            hint='Use the "next" of the page before.',
            field="after",
        )
    return logs.Position(int(epoch), int(seq))


def _after_event(request: Request) -> int | None:
    """Return the event to go on behind, None for the present end."""
    last = request.header("last-event-id")
    if last is None:
        return request.query_int("after", default=0, low=0, high=2**62) if request.query.get("after") else None
    if not (_is_number(last) and int(last) <= 2**62):
        raise Invalid("Last-Event-ID is not the id of an event.", hint="Leave it out.", field="Last-Event-ID")
    return int(last)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


def _id(at: logs.Position) -> str:
    return f"{at.epoch}.{at.seq}"
