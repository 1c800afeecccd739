"""The log of one attempt: numbers the lines, sends them in batches, and is complete before the end is reported."""

from __future__ import annotations

import asyncio
import enum
import logging
import time
from pathlib import Path

from botyard.runner.spool import Spool
from botyard.sdk import exchange, running
from botyard.sdk.errors import Refused, Unavailable
from botyard.sdk.native import AsyncClient
from botyard.wire import native as wire

log = logging.getLogger("botyard.runner")

BATCH_LINES = 200
BATCH_BYTES = 512 * 1024
#: A server that fails this often over the same lines has a fault that these lines bring out; they are left out.
MOST_FAULTS = 8
#: How long a line may wait for others to travel with.
GATHER_SECONDS = 0.05
#: More than this waiting for a server that answers means that the bot has to write more slowly.
CROWDED_BYTES = 1 << 20
#: Refusals of one batch; any other means that the server takes no lines of this attempt any more.
_NOT_THESE_LINES = frozenset({400, 413, 415, 422})


class Answer(enum.Enum):
    """What a server says to a batch of lines."""

    TAKEN = enum.auto()
    NOT_THESE = enum.auto()
    NO_MORE = enum.auto()


class TaskLog:
    """Takes lines at any time, from the event loop's thread, without waiting; sends them in the background."""

    def __init__(self, client: AsyncClient, attempt: str, path: Path) -> None:
        self._client = client
        self._attempt = attempt
        self._spool = Spool(path)
        self._seq = 0
        self._lost = 0
        self._full = False
        self._kept_back = 0
        self._unreachable = False
        self._refused = False
        self._finishing = False
        self._news = asyncio.Event()
        self._sender = asyncio.create_task(self._send_all(), name=f"log {attempt}")

    def write(self, stream: wire.Stream, text: str) -> None:
        """Take one line. What finds no room is counted, and the log says so where it is missing."""
        if self._refused:
            return
        if self._full:
            self._kept_back += 1
            return
        if self._lost and not self._push("runner", _lost_sentence(self._lost)):
            self._lost += 1
            return
        self._lost = 0
        if not self._push(stream, text):
            self._lost = 1
        self._news.set()

    def crowded(self) -> bool:
        """Say whether more lines are coming than the server takes. Never while it cannot be reached."""
        return len(self._spool) > CROWDED_BYTES and not self._unreachable

    async def complete(self) -> bool:
        """Wait until the server has every line. False means that it does not want them: the lease is gone."""
        self._finishing = True
        self._news.set()
        await asyncio.shield(self._sender)
        return not self._refused

    async def abandon(self) -> None:
        """Stop sending and forget what was not sent."""
        self._sender.cancel()
        await asyncio.gather(self._sender, return_exceptions=True)
        self._spool.close()

    def _push(self, stream: wire.Stream, text: str) -> bool:
        if not self._spool.push((self._seq + 1, time.time_ns() // 1000, stream, text)):
            return False
        self._seq += 1
        return True

    async def _send_all(self) -> None:
        complete = False
        while not complete:
            if not len(self._spool) and not self._finishing:
                self._news.clear()
                await self._news.wait()
            if not self._finishing and len(self._spool) < CROWDED_BYTES // 8:
                await self._gather()
            if self._finishing:
                self._mark_lost()
            batch = self._spool.head(BATCH_LINES, BATCH_BYTES)
            complete = self._finishing and self._spool.exhausted_by(len(batch))
            answer = await self._deliver(self._call(batch, complete=complete))
            if answer is Answer.NO_MORE:
                break
            self._spool.drop(len(batch))
            if answer is Answer.NOT_THESE:
                self._lost += len(batch)
                complete = complete and not batch  # else that nothing follows has not been said yet
        self._spool.close()

    def _call(self, batch: list[wire.LogLine], *, complete: bool) -> wire.LogCall:
        return wire.LogCall(lines=batch, complete=complete, dropped=self._kept_back if complete else 0)

    async def _gather(self) -> None:
        """Wait a moment for more lines; not at all for the very first, so that a bot is seen to start."""
        if self._seq > 1:
            await asyncio.sleep(GATHER_SECONDS)

    def _mark_lost(self) -> None:
        """Say in the log that lines are missing at its end."""
        if self._lost and self._push("runner", _lost_sentence(self._lost)):
            self._lost = 0

    async def _deliver(self, call: wire.LogCall) -> Answer:
        """Send one batch, however long the server is away."""
        faults = 0
        for delay in exchange.backoff(most=3.0):
            try:
                reply = await self._client.send(running.append_logs(self._attempt, call), patience=0)
            except Unavailable as error:
                faults += error.status == 500
                if faults == MOST_FAULTS:
                    return Answer.NOT_THESE
                self._unreachable = True
                await asyncio.sleep(max(delay, error.retry_after or 0.0))
            except Refused as error:
                log.warning("log.refused", extra={"attempt": self._attempt, "reason": str(error)})
                if error.status in _NOT_THESE_LINES:
                    return Answer.NOT_THESE
                self._refused = True
                return Answer.NO_MORE
            else:
                self._unreachable = False
                self._full = self._full or reply.limit_reached
                return Answer.TAKEN
        return Answer.NO_MORE


def _lost_sentence(count: int) -> str:
    lines = "1 line is" if count == 1 else f"{count} lines are"
    return f"({lines} missing here: the server could not take them when the bot wrote them.)"
