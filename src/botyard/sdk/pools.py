"""Open connections to one server: one pool a process for threads, one an event loop for coroutines.

A process that was forked opens connections of its own; those that it was born with stay its parent's.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    import asyncio

    import httpx2


class Pool:
    """The connections of a process."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        self._open = self._opened()

    @property
    def http(self) -> httpx2.Client:
        """Return the HTTP client of this process."""
        pid, http = self._open
        if pid != os.getpid():
            self._open = self._opened()
            http = self._open[1]
        return http

    def close(self) -> None:
        """Close the connections, unless they are another process's."""
        pid, http = self._open
        if pid == os.getpid():
            http.close()

    def _opened(self) -> tuple[int, httpx2.Client]:
        import httpx2

        return os.getpid(), httpx2.Client(**self._options)


class AsyncPool:
    """The connections of each event loop."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        self._pid = os.getpid()
        self._open: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx2.AsyncClient] = WeakKeyDictionary()

    @property
    def http(self) -> httpx2.AsyncClient:
        """Return the HTTP client of the running event loop."""
        import asyncio

        if self._pid != os.getpid():
            self._pid, self._open = os.getpid(), WeakKeyDictionary()
        loop = asyncio.get_running_loop()
        found = self._open.get(loop)
        if found is None:
            import httpx2

            found = self._open[loop] = httpx2.AsyncClient(**self._options)
        return found

    def move(self, server: str) -> None:
        """Send what follows to another address."""
        self._options = {**self._options, "base_url": server}
        for http in self._open.values():
            http.base_url = server

    async def close(self) -> None:
        """Close the connections of the running event loop."""
        import asyncio

        found = self._open.pop(asyncio.get_running_loop(), None)
        if found is not None and self._pid == os.getpid():
            await found.aclose()
