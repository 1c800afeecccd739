"""Holding an answer back until there is something to say, the client leaves, or the server wants to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botyard.web.request import Request


#: How long, in seconds, an answer may still be held once the server is stopping.
_LAST_HOLD = 0.5


class Drain:
    """The wish to stop. Held answers are let go at once; new ones are hardly held."""

    def __init__(self) -> None:
        self.started = False
        self._holds: set[asyncio.Task[Any]] = set()
        self._calls: list[Callable[[], None]] = []
        self._last_calls: list[Callable[[], None]] = []
        self._ending = False

    def start(self) -> None:
        """Let go of every held answer."""
        self.started = True
        for hold in tuple(self._holds):
            hold.cancel()
        for call in self._calls:
            call()

    def call(self, function: Callable[[], None]) -> None:
        """Call `function` when the server begins to stop, or now if it has begun already."""
        self._calls.append(function)
        if self.started:
            function()

    def end(self) -> None:
        """Tell whoever answers for work that takes long that the last seconds have begun."""
        self._ending = True
        for call in self._last_calls:
            call()

    def call_at_end(self, function: Callable[[], None]) -> None:
        """Call `function` when the last seconds begin, or now if they have begun already."""
        self._last_calls.append(function)
        if self._ending:
            function()

    def add(self, hold: asyncio.Task[Any]) -> None:
        """Cancel `hold` when the server begins to stop; one that begins later soon."""
        self._holds.add(hold)
        hold.add_done_callback(self._holds.discard)
        if self.started:
            # At once would make clients that only ask again spin until the server is gone.
            asyncio.get_running_loop().call_later(_LAST_HOLD, hold.cancel)


async def hold(request: Request, waiting: Coroutine[Any, Any, bool]) -> bool:
    """Return what `waiting` returns; False as soon as the server begins to stop.

    Raises ClientLeft when the client leaves meanwhile: nothing leased after that could be delivered.
    The request's body must have been read before.
    """
    drain = request.tools.drain
    wait = asyncio.ensure_future(waiting)
    gone = asyncio.ensure_future(request.disconnected())
    drain.add(wait)
    try:
        await asyncio.wait((wait, gone), return_when=asyncio.FIRST_COMPLETED)
        happened = wait.done() and not wait.cancelled() and wait.result()
        if gone.done() and not happened:
            raise request.left()
        return happened
    finally:
        wait.cancel()
        gone.cancel()


async def is_gone(request: Request) -> bool:
    """Return whether the client has closed the connection, as far as is known at this moment.

    The request's body must have been read before.
    """
    try:
        async with asyncio.timeout(0):
            await request.disconnected()
    except TimeoutError:
        return False
    return True
