"""Collects the log of calls and writes it in sets, so that no call waits for the disk."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re

from botyard.base.exceptions import BotyardError
from botyard.base.redact import MASK, TOKEN
from botyard.core import integrations
from botyard.core.integrations import Call
from botyard.storage import Database

log = logging.getLogger("botyard.upstream")

#: A value behind a telling name, in JSON, in JSON within JSON, and in forms.
_WORDS = ("authorization", "token", "cookie", "passw", "pwd", "secret", "key", "signature")
_TELLING = re.compile(
    rf"({'|'.join(_WORDS)})([a-z_]{{0,8}}\\*[\"']?\s*[:=]\s*\\*[\"']?)([^\s\\\"',;&}}]+)", re.IGNORECASE
)
#: How much of a body is kept.
EXCERPT = 2000
#: So that a secret at the end of it is masked as a whole.
_MORE = 500
_SET = 200
_DELAY = 1.0
_MOST_WAITING = 5000


class CallLog:
    """Calls that wait to be written, at most for a second."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: list[Call] = []
        self._dropped = 0
        self._writing: asyncio.Task[None] | None = None
        self._closing = False
        self._one = asyncio.Lock()

    def add(self, call: Call) -> None:
        """Note a call. When the database does not keep up for long, the newest are dropped, and that is logged."""
        if len(self._waiting) >= _MOST_WAITING:
            self._dropped += 1
            return
        self._waiting.append(call)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.get_running_loop().create_task(self._write_soon(), name="integration call log")

    async def flush(self) -> None:
        """Write what waits, and return once all is written that was added before."""
        async with self._one:
            await self._write()

    async def _write(self) -> None:
        while self._waiting:
            calls, self._waiting = self._waiting[:_SET], self._waiting[_SET:]
            try:
                await self._db.write(integrations.append_calls, calls=calls)
            except BotyardError as error:
                log.warning("calls.not_written", extra={"count": len(calls), "reason": str(error)})
        if self._dropped:
            log.warning("calls.not_written", extra={"count": self._dropped, "reason": "too many at once"})
            self._dropped = 0

    async def close(self) -> None:
        """Write what waits, and from now on at once."""
        self._closing = True
        if self._writing is not None:
            self._writing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._writing
        await self.flush()

    async def _write_soon(self) -> None:
        while self._waiting:
            if len(self._waiting) < _SET and not self._closing:
                await asyncio.sleep(_DELAY)
            await asyncio.shield(self.flush())


def excerpt(text: str, secrets: tuple[str, ...]) -> str:
    """Return the beginning of a body as it may be shown."""
    shown = TOKEN.sub(MASK, text[: EXCERPT + _MORE])
    for secret in secrets:
        shown = shown.replace(secret, MASK)
    lowered = shown.lower()
    if any(word in lowered for word in _WORDS):  # looking for each costs a hundredth of the pattern
        shown = _TELLING.sub(rf"\1\2{MASK}", shown)
    return shown[:EXCERPT].replace("\0", "\ufffd").encode("utf-8", "replace").decode()
