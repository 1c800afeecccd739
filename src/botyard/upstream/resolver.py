"""Names become addresses once per call, in threads of their own."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from botyard.upstream.failures import Failed

#: How long an answer is used again. It is checked again at every use.
KEEP_SECONDS = 5.0
_MOST_KEPT = 1000
_THREADS = 16


class Resolver(Protocol):
    """Looks names up."""

    async def resolve(self, host: str) -> Sequence[str]:
        """Return the addresses of a name as text, the preferred one first. Raises Failed("dns")."""

    def close(self) -> None:
        """Look nothing up any more."""


class SystemResolver:
    """Asks the system, a name only once at a time, and keeps an answer for a few seconds."""

    def __init__(self, lookup: Callable[[str], Sequence[str]] | None = None, *, keep: float = KEEP_SECONDS) -> None:
        """Use `lookup` instead of the system's; it runs in a thread and raises OSError."""
        self._lookup = lookup or _ask_system
        self._keep_seconds = keep
        # Not the loop's own threads: a name server that hangs would hold up what reads files there.
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="resolver")
        self._kept: dict[str, tuple[float, Sequence[str]]] = {}
        self._asking: dict[str, asyncio.Future[Sequence[str]]] = {}

    async def resolve(self, host: str) -> Sequence[str]:
        """Return the addresses of a name as text, the preferred one first. Raises Failed("dns")."""
        kept = self._kept.get(host)
        if kept is not None and kept[0] > time.monotonic():
            return kept[1]
        asking = self._asking.get(host)
        if asking is None:
            asking = asyncio.get_running_loop().run_in_executor(self._threads, self._lookup, host)
            self._asking[host] = asking
            asking.add_done_callback(lambda done: self._keep(host, done))
        try:
            found = await asyncio.shield(asking)
        except socket.gaierror as error:
            again = error.errno == socket.EAI_AGAIN
            sentence = f"The name service did not answer for {host}." if again else f"The host {host} is not known."
            raise Failed("dns", sentence) from None
        except (OSError, UnicodeError):
            raise Failed("dns", f"The host {host} could not be looked up.") from None
        if not found:
            raise Failed("dns", f"The host {host} has no address.")
        return found

    def close(self) -> None:
        """Look nothing up any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _keep(self, host: str, done: asyncio.Future[Sequence[str]]) -> None:
        self._asking.pop(host, None)
        if done.cancelled() or done.exception() is not None:
            return
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[host] = (time.monotonic() + self._keep_seconds, done.result())


def _ask_system(host: str) -> Sequence[str]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
