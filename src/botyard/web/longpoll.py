"""Holding an answer back until there is something to say, the client leaves, or the server wants to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botyard.web.request import Request


class Drain:
    """The wish to stop. Held answers are let go at once; new ones are not held at all."""

    def __init__(self) -> None:
        self.started = False
        self._holds: set[asyncio.Task[Any]] = set()
        self._calls: list[Callable[[], None]] = []

    def start(self) -> None:
        """Let go of every held answer, now and from now on."""
        self.started = True
        for hold in tuple(self._holds):
            hold.cancel()
        for call in self._calls:
            call()

    def call(self, function: Callable[[], None]) -> None:
        """Call `function` when the server begins to stop."""
        self._calls.append(function)

    def add(self, hold: asyncio.Task[Any]) -> None:
        """Cancel `hold` when the server stops."""
        self._holds.add(hold)
        hold.add_done_callback(self._holds.discard)


async def hold(request: Request, waiting: Coroutine[Any, Any, bool]) -> bool:
    """Return what `waiting` returns; False at once when the server stops.

    Raises ClientLeft when the client leaves meanwhile: nothing leased after that could be delivered.
    The request's body must have been read before.
    """
    drain = request.tools.drain
    if drain.started:
        waiting.close()
        return False
    wait = asyncio.ensure_future(waiting)
    gone = asyncio.ensure_future(request.disconnected())
    drain.add(wait)
    try:
        await asyncio.wait((wait, gone), return_when=asyncio.FIRST_COMPLETED)
        if gone.done() and not (wait.done() and not wait.cancelled() and wait.result()):
            raise request.left()
        return wait.done() and not wait.cancelled() and wait.result()
    finally:
        wait.cancel()
        gone.cancel()
