"""Checking passwords beside everything else that the server does."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from botyard.base.exceptions import Busy
from botyard.core.access import StoredPassword, passwords

P = ParamSpec("P")
T = TypeVar("T")

_MAX_WAITING = 32


class Hashing:
    """Hashes in threads, one a core: each takes 64 MiB and a tenth of a second, and more would starve the rest."""

    def __init__(self) -> None:
        self._cores = asyncio.Semaphore(max(1, os.cpu_count() or 1))
        self._places = asyncio.Semaphore(_MAX_WAITING)

    async def verify(self, password: str, stored: StoredPassword | None) -> bool:
        """Compare a password with a stored one, taking as long for nobody's. Raises Busy when too many wait."""
        return await self._in_thread(passwords.verify, password, stored.password_hash if stored else None)

    async def hash(self, password: str) -> str:
        """Return the hash to store. Raises Busy when too many wait."""
        return await self._in_thread(passwords.hash_password, password)

    async def _in_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._places.locked():
            raise Busy("Too many people sign in at once.", hint="Try again.", code="rate_limited", retry_after=2)
        async with self._places, self._cores:
            return await asyncio.to_thread(work, *args, **kwargs)
