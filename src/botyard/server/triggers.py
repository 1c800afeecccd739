"""Starts the actions that wait for rows to change, soon after the rows have."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

from botyard.core import triggers
from botyard.storage import Database
from botyard.storage.wakeups import ALL

log = logging.getLogger("botyard.triggers")

#: How often this looks for changes that nobody woke it for; wake-ups are only hints.
LOOK_SECONDS = 1.0


class TriggerStarter:
    """Starts what is due. Several servers may: a change belongs to whoever takes it, in one transaction."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._woken = asyncio.Event()
        self._unlisten: Callable[[], None] | None = None

    async def tick(self) -> None:
        """Start what is due, and return when there may be more to do."""
        self._woken.clear()
        if self._unlisten is None:
            self._unlisten = self._db.wakeups.listen(self._heard)
        try:
            while await self._db.read(triggers.has_work):
                fired = await self._db.write(triggers.fire, now=self._db.now())
                if fired.started or fired.failed:
                    log.info("triggers.fired", extra={"started": fired.started, "failed": fired.failed})
                if not fired.more:
                    break
        except Exception:
            # The next tick comes at once.
            await asyncio.sleep(LOOK_SECONDS)
            raise
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), LOOK_SECONDS)

    def stop(self) -> None:
        """Hear of no more changes."""
        if self._unlisten is not None:
            self._unlisten()

    def _heard(self, topic: str) -> None:
        if topic in (triggers.TOPIC, ALL):
            self._woken.set()
