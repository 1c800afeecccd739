"""Redis, or Valkey, as a place for values that may be lost: bytes by key, with an end.

The only part that knows the driver. Nothing here raises for a server that is away: the caller hears `Away`, and for a
moment after that nobody waits for the server again.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from botyard.base.exceptions import Invalid

if TYPE_CHECKING:
    from redis.asyncio import Redis

log = logging.getLogger("botyard.storage")

_TIMEOUT = 1.0
#: How long after a failure nobody tries again.
_PAUSE = 1.0
_CONNECTIONS = 32
_GONE = -2
#: How often one call looks on for keys before it says what it has.
_ROUNDS = 50
_GLOB = re.compile(rb"[*?\[\]\\^-]")


class Away(Exception):
    """The server cannot be reached, or refuses."""


class RedisStore:
    """Values in Redis, under keys that begin with a prefix."""

    def __init__(self, url: str, *, prefix: str) -> None:
        """Raise Invalid for an address that is none; connect at the first use."""
        self._prefix = prefix.encode()
        self._client = _connect(url)
        self._resume = 0.0
        self._away = False

    async def get(self, key: bytes) -> tuple[bytes, float | None] | None:
        """Return value and seconds left of a key, None where there is nothing. Raises Away."""
        async with self._client.pipeline(transaction=False) as pipe:
            pipe.get(self._prefix + key)
            pipe.pttl(self._prefix + key)
            value, left = await self._answer(pipe.execute)
        # -1 is no end, -2 a key that went between the two questions.
        return None if value is None or left == _GONE else (value, left / 1000 if left >= 0 else None)

    async def set(self, key: bytes, value: bytes, *, seconds: int | None) -> None:
        """Keep a value. Raises Away."""
        await self._answer(partial(self._client.set, self._prefix + key, value, ex=seconds))

    async def delete(self, key: bytes) -> bool:
        """Take a value out and return whether there was one. Raises Away."""
        return bool(await self._answer(partial(self._client.delete, self._prefix + key)))

    async def keys(self, begin: bytes, *, cursor: int, limit: int) -> tuple[list[tuple[bytes, int, float | None]], int]:
        """Return some keys that begin so with the bytes of their values and the seconds left, and where to go on.

        That is 0 at the end. About `limit` are returned, in no order. Raises Away.
        """
        pattern = _GLOB.sub(rb"\\\g<0>", self._prefix + begin) + b"*"
        found: list[bytes] = []
        for _ in range(_ROUNDS):
            cursor, some = await self._answer(partial(self._client.scan, cursor, match=pattern, count=limit))
            found += some
            if not cursor or len(found) >= limit:
                break
        async with self._client.pipeline(transaction=False) as pipe:
            for key in found:
                pipe.strlen(key)
                pipe.pttl(key)
            told = await self._answer(pipe.execute) if found else []
        known = zip(found, told[::2], told[1::2], strict=True)
        shown = [
            (key.removeprefix(self._prefix), size, left / 1000 if left >= 0 else None)
            for key, size, left in known
            if left != _GONE
        ]
        return shown, cursor

    async def close(self) -> None:
        """Let go of every connection."""
        await self._client.aclose()

    async def _answer(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        from redis.exceptions import RedisError

        if time.monotonic() < self._resume:
            raise Away
        try:
            answer = await ask()
        except (RedisError, OSError) as error:
            self._resume = time.monotonic() + _PAUSE
            if not self._away:
                self._away = True
                log.warning("cache.unreachable", extra={"reason": f"{type(error).__name__}: {error}"})
            raise Away from None
        if self._away:
            self._away = False
            log.info("cache.reachable")
        return answer


def _connect(url: str) -> Redis:
    from redis.asyncio import BlockingConnectionPool, Redis  # half of what a server without it would load
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    try:
        pool = BlockingConnectionPool.from_url(
            url.replace("valkey", "redis", 1) if url.startswith("valkey") else url,
            max_connections=_CONNECTIONS,
            timeout=_TIMEOUT,
            socket_timeout=_TIMEOUT,
            socket_connect_timeout=_TIMEOUT,
            retry=Retry(NoBackoff(), 1),
        )
    except ValueError:
        raise Invalid(
            "BOTYARD_CACHE_URL is not the address of a Redis or Valkey server.",
            hint="Write it as redis://host:6379/0, for example.",
            field="cache_url",
        ) from None
    return Redis.from_pool(pool)
