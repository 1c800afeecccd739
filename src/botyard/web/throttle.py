"""Slowing down guessers and floods, in the memory of this process."""

from __future__ import annotations

import time
from collections import OrderedDict

from botyard.base.exceptions import Busy

FREE_FAILURES = 5
LONGEST_DELAY = 900.0
_KEYS = 50_000


class Throttle:
    """Delays sign-ins after failures, by account and by address; never locks anybody out for good.

    Five failures are free; each further one doubles the wait, up to fifteen minutes. Success forgets the account's
    failures but not the address's: one good account must not buy guesses at others.
    """

    def __init__(self) -> None:
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def check(self, *, account: str, address: str) -> None:
        """Raise Busy(code="rate_limited") while this account or address has to wait."""
        now = time.monotonic()
        wait = max(self._wait(f"account:{account}", now), self._wait(f"address:{address}", now))
        if wait > 0:
            raise Busy(
                "There were too many failed sign-ins.",
                hint=f"Wait {wait:.0f} seconds, then try again.",
                code="rate_limited",
                retry_after=wait,
            )

    def failed(self, *, account: str, address: str) -> None:
        """Count a failure against both."""
        now = time.monotonic()
        # Many people may sit behind one address: it gets four times the patience of an account.
        for key, free in ((f"account:{account}", FREE_FAILURES), (f"address:{address}", 4 * FREE_FAILURES)):
            count, until = self._failures.pop(key, (0, 0.0))
            if now > until + 2 * LONGEST_DELAY:
                count = 0
            count += 1
            delay = min(LONGEST_DELAY, 2.0 ** min(count - free, 16)) if count >= free else 0.0
            self._failures[key] = (count, now + delay)
        while len(self._failures) > _KEYS:
            self._failures.popitem(last=False)

    def succeeded(self, *, account: str) -> None:
        """Forget the failures of an account."""
        self._failures.pop(f"account:{account}", None)

    def _wait(self, key: str, now: float) -> float:
        _, until = self._failures.get(key, (0, 0.0))
        return until - now


class Buckets:
    """Token buckets by key: so many calls a second, with a burst."""

    def __init__(self, *, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> None:
        """Take one from the bucket of `key`. Raises Busy(code="rate_limited") when it is empty."""
        self.check(key)
        self.spend(key)

    def check(self, key: str) -> None:
        """Raise Busy(code="rate_limited") when the bucket of `key` is empty, without taking anything."""
        level, _ = self._level(key)
        if level < 1:
            wait = (1 - level) / self._rate
            raise Busy("Too many requests.", hint="Slow down.", code="rate_limited", retry_after=wait)

    def spend(self, key: str) -> None:
        """Take one from the bucket of `key`, as far as there is one."""
        level, now = self._level(key)
        self._levels.pop(key, None)
        self._levels[key] = (max(0.0, level - 1), now)
        if len(self._levels) > _KEYS:
            self._levels.popitem(last=False)

    def _level(self, key: str) -> tuple[float, float]:
        now = time.monotonic()
        level, since = self._levels.get(key, (self._burst, now))
        return min(self._burst, level + (now - since) * self._rate), now
