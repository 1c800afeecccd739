"""Wake-ups: hints that something changed, never the truth. Whoever is woken asks the database again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from types import TracebackType
from typing import Self

log = logging.getLogger("botyard.storage")

Listener = Callable[[str], None]

#: What listeners are called with when any topic may have been signalled unheard.
ALL = "*"


class Subscription:
    """Interest in one topic, from `async with` to its end. A signal in that time is kept until waited for."""

    def __init__(self, topic: str, topics: dict[str, set[Subscription]]) -> None:
        self.topic = topic
        self._topics = topics
        self._signalled = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._topics.setdefault(self.topic, set()).add(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        waiting = self._topics[self.topic]
        waiting.discard(self)
        if not waiting:
            del self._topics[self.topic]

    def signal(self) -> None:
        """Let the present wait, or the next one, return True."""
        self._signalled.set()

    async def wait(self, timeout: float | None = None) -> bool:  # noqa: ASYNC109 - running out of time is an answer
        """Return True at once or as soon as there is a signal since the last wait, False after `timeout` seconds."""
        if not self._signalled.is_set():
            try:
                async with asyncio.timeout(timeout):
                    await self._signalled.wait()
            except TimeoutError:
                # A signal in the very turn of the timeout counts: losing it would lose a task's wake-up.
                if not self._signalled.is_set():
                    return False
        self._signalled.clear()
        return True


class Wakeups:
    """The signals of this process; PostgreSQL adds those of other servers. Use it only in the loop's thread."""

    def __init__(self) -> None:
        self._topics: dict[str, set[Subscription]] = {}
        self._listeners: list[Listener] = []

    def subscribe(self, topic: str) -> Subscription:
        """Return a subscription to enter with `async with` before asking the database."""
        return Subscription(topic, self._topics)

    def listen(self, callback: Listener) -> Callable[[], None]:
        """Call `callback(topic)` for every signal; call the returned function to stop."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback)

    def signal(self, topic: str) -> None:
        """Wake every subscriber of `topic` in this process."""
        for subscription in self._topics.get(topic, ()):
            subscription.signal()
        for listener in tuple(self._listeners):
            try:
                listener(topic)
            except Exception:
                log.exception("wakeup.listener_failed", extra={"topic": topic})

    def signal_all(self) -> None:
        """Wake every subscriber: signals from other servers may have been missed. Listeners hear of `ALL`, too."""
        for topic in (*self._topics, ALL):
            self.signal(topic)
