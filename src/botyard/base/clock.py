"""Time: integer microseconds since 1970 in UTC everywhere inside; text only at the edges."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from botyard.base.exceptions import Invalid

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def now() -> int:
    """Return the wall clock in microseconds UTC; operations get it as an argument and never call this."""
    return time.time_ns() // 1000


def to_datetime(moment: int) -> datetime:
    """Return `moment` as an aware UTC datetime."""
    return _EPOCH + timedelta(microseconds=moment)


def iso(moment: int) -> str:
    """Return `moment` as ISO-8601 with milliseconds and an explicit offset, such as 2026-01-02T03:04:05.678+00:00."""
    return to_datetime(moment).isoformat(timespec="milliseconds")


def parse(text: str) -> int:
    """Return the moment an ISO-8601 text names; a text without a zone means UTC. Raises Invalid."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except (ValueError, AttributeError):
        raise Invalid(
            f'"{str(text)[:80]}" is not a date and time.',
            hint="Write it as ISO 8601, for example 2026-01-31T08:30:00Z.",
        ) from None
    return from_datetime(moment)


def from_datetime(moment: datetime) -> int:
    """Return a datetime as microseconds; a naive one means UTC. Raises Invalid outside the years 1970 to 9998."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        micros = (moment - _EPOCH) // _MICROSECOND
    except OverflowError:
        micros = -1
    if not 0 <= micros < 253_370_764_800 * SECOND:
        raise Invalid(f"{moment.isoformat()} is out of range.", hint="Use a date between 1970 and 9998.")
    return micros
