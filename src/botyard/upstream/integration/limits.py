"""How many calls of one connection run at the same time, and how many may begin in a minute; on this server."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from types import TracebackType

from botyard.core.integrations import Connection

_MOST_KEPT = 10_000


class Limits:
    """The gates of all connections."""

    def __init__(self) -> None:
        self._gates: OrderedDict[int, Gate] = OrderedDict()

    def gate(self, connection: Connection) -> Gate:
        """Return the gate of a connection, with its limits as they are now."""
        gate = self._gates.get(connection.id)
        if gate is None:
            gate = self._gates[connection.id] = Gate()
            while len(self._gates) > _MOST_KEPT and next(iter(self._gates.values())).is_idle:
                self._gates.popitem(last=False)
        self._gates.move_to_end(connection.id)
        gate.set(connection.concurrency, connection.calls_per_minute)
        return gate


class Gate:
    """Lets in as many as the connection allows, in the order in which they came: `async with gate:`."""

    def __init__(self) -> None:
        self._places = 1
        self._taken = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._interval = 0.0
        self._burst = 0.0
        self._due = 0.0

    @property
    def is_idle(self) -> bool:
        """Return whether nobody is in and nobody waits."""
        return self._taken == 0 and not self._waiting

    def set(self, places: int, per_minute: int | None) -> None:
        """Change the limits."""
        self._places = places
        self._interval = 60.0 / per_minute if per_minute else 0.0
        # A second's worth may begin at once, and one in any case.
        self._burst = max(0.0, min(1.0, self._interval * max(0, (per_minute or 0) // 60 - 1)))
        self._let_in()

    async def __aenter__(self) -> None:
        if self._taken >= self._places or self._waiting:
            place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(place)
            try:
                await place
            except asyncio.CancelledError:
                if place.done() and not place.cancelled():
                    self._leave()
                raise
        else:
            self._taken += 1
        try:
            await self._turn()
        except BaseException:
            self._leave()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        del kind, error, traceback
        self._leave()

    async def _turn(self) -> None:
        """Wait for the moment at which the rate allows one more to begin."""
        if not self._interval:
            return
        now = time.monotonic()
        due = max(self._due, now - self._burst)
        self._due = due + self._interval
        if due > now:
            try:
                await asyncio.sleep(due - now)
            except asyncio.CancelledError:
                self._due -= self._interval
                raise

    def _leave(self) -> None:
        self._taken -= 1
        self._let_in()

    def _let_in(self) -> None:
        while self._waiting and self._taken < self._places:
            place = self._waiting.popleft()
            if not place.done():
                self._taken += 1
                place.set_result(None)
