"""Server-sent events: answers that go on while there is news, without a thread or a connection to the database held.

A stream ends when its source does, when the server stops, when its client leaves or may no longer read. Clients come
back by themselves and say with Last-Event-ID what they have.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import msgspec

from botyard.base.exceptions import BotyardError, Busy
from botyard.core.access import Permission
from botyard.storage import Subscription
from botyard.web.longpoll import hold
from botyard.web.request import Request
from botyard.web.response import StreamResponse

#: How many streams one process keeps, in all and of one workspace.
MAX_STREAMS, MAX_OF_WORKSPACE = 1000, 250
#: After this long without news a stream says that it is still there.
QUIET_SECONDS = 15.0
#: News that comes within this time travels together.
_GATHER_SECONDS = 0.05
_RETRY = b"retry: 2000\n\n"
_QUIET = b": quiet\n\n"

#: What a source has: messages, and whether there is more at once, perhaps later, or never again.
News = tuple[bytes, Literal["more", "later", "end"]]
Source = Callable[[], Awaitable[News]]


class Streams:
    """The streams of one server process."""

    def __init__(self, most: int = MAX_STREAMS, of_workspace: int = MAX_OF_WORKSPACE) -> None:
        self.most = most
        self.of_workspace = of_workspace
        self._open: Counter[int] = Counter()

    @classmethod
    def of(cls, request: Request) -> Streams:
        """Return the streams of the server that got the request."""
        return request.tools.shared(cls, cls)

    @contextmanager
    def place(self, workspace_id: int) -> Iterator[None]:
        """Take a place for a stream. Raises Busy when there is none."""
        if self._open.total() >= self.most or self._open[workspace_id] >= self.of_workspace:
            raise Busy("There are too many streams.", hint="Close some, or ask for pages.", retry_after=10.0)
        self._open[workspace_id] += 1
        try:
            yield
        finally:
            self._open[workspace_id] -= 1
            self._open += Counter()


def message(value: Any, *, at: str, event: str = "") -> bytes:
    """Return one message: `value` as JSON, the place `at` which the client has then, and the name of another kind."""
    name = f"event: {event}\n" if event else ""
    return f"id: {at}\n{name}data: ".encode() + msgspec.json.encode(value) + b"\n\n"


def stream(
    request: Request, *, topic: str, source: Source, check: Callable[[], object] = lambda: None
) -> StreamResponse:
    """Return an answer with what `source` has, asked again after each signal on `topic`.

    `check` raises for a caller, who is asked for anew each time, that may read it no longer.
    """
    return StreamResponse(_messages(request, topic, source, check), media_type=b"text/event-stream; charset=utf-8")


async def _messages(request: Request, topic: str, source: Source, check: Callable[[], object]) -> AsyncIterator[bytes]:
    await request.body()
    with Streams.of(request).place(request.caller.workspace_id):
        async with request.db.wakeups.subscribe(topic) as changes:
            told, following = await source()
            yield _RETRY + told
            while following != "end":
                if following == "later" and not await _waited(request, changes):
                    yield _QUIET
                if request.tools.drain.started or not await _may_read(request, check):
                    return
                told, following = await source()
                if told:
                    yield told


async def _waited(request: Request, changes: Subscription) -> bool:
    """Return True when there is news, which may be more by the time that it is read, and False after a while."""
    if not await hold(request, changes.wait(QUIET_SECONDS)):
        return False
    await asyncio.sleep(_GATHER_SECONDS)
    return True


async def _may_read(request: Request, check: Callable[[], object]) -> bool:
    """Return whether the caller's credential still opens this, which it may have been for a role that was changed."""
    authenticate, began = request.table.authenticate, request.caller
    if authenticate is None:
        return True
    try:
        request.caller = await authenticate(request)
        if isinstance(request.route.permission, Permission):
            request.caller.check(request.route.permission)
        check()
    except BotyardError:
        return False
    return request.caller.workspace_id == began.workspace_id
