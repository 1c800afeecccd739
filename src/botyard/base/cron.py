"""Cron expressions: when they fire, in a time zone, with a plain rule for the two odd nights of the year.

Five fields follow Unix (minute first; days 0-7 with 0 and 7 both Sunday). Six or seven follow Quartz (second first,
an optional year last; `?`, `L`, `W`, `#`; days 1-7 are Sunday to Saturday). A local time that does not exist, because
the clock jumps over it, fires once when the clock has jumped. A local time that comes twice fires at its first
coming, unless the expression fires in every hour: then it fires in both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import CroniterBadCronError, CroniterBadDateError, croniter

from botyard.base.clock import from_datetime, to_datetime
from botyard.base.exceptions import Invalid

_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
#: 29 February on a given weekday comes every 28 years, and 1900 and 2100 stretch that to 40.
_YEARS = 41
#: No clock change moves a zone by more than this.
_JUMP = timedelta(hours=4)
_EXAMPLE = 'Write five fields, such as "0 2 * * *" for 02:00 each day, or six or seven Quartz fields.'


class Cron:
    """A checked expression in a checked time zone."""

    def __init__(self, expression: str, zone: str = "UTC") -> None:
        """Read an expression in a zone; raise Invalid for one that is unreadable or never fires, or an unknown zone."""
        self.expression = " ".join(expression.split())
        self.zone = _zone(zone)
        self._fields = _fields(self.expression)
        self.every_hour = self._fields.split()[2] == "*"
        self._check()

    def after(self, moment: int) -> int | None:
        """Return the first firing later than `moment`, in microseconds UTC; None when there is none in 41 years."""
        return next(self.firings(moment), None)

    def firings(self, moment: int) -> Iterator[int]:
        """Yield every firing later than `moment`, in order."""
        last = to_datetime(moment)
        while True:
            found = self._next(last)
            if found is None:
                return
            yield from_datetime(found)
            last = found

    def _next(self, last: datetime) -> datetime | None:
        local = last.astimezone(self.zone).replace(tzinfo=None)
        steady = self._is_steady(last)
        start = local if steady else local - _JUMP
        best: datetime | None = None
        for candidate in self._local_times(start):
            instants = [instant for instant in self._instants(candidate) if instant > last]
            if instants and (best is None or min(instants) < best):
                best = min(instants)
            if best is not None and (steady or candidate - best.astimezone(self.zone).replace(tzinfo=None) > _JUMP):
                return best
        return best

    def _is_steady(self, last: datetime) -> bool:
        """Whether no clock change is near: then local order is the order of time."""
        offsets = {(last + shift).astimezone(self.zone).utcoffset() for shift in (-_JUMP, timedelta(), _JUMP)}
        return len(offsets) == 1

    def _local_times(self, start: datetime) -> Iterator[datetime]:
        times = croniter(self._fields, start, second_at_beginning=True, max_years_between_matches=_YEARS)
        while True:
            try:
                found: datetime = times.get_next(datetime)
            except CroniterBadDateError:
                return
            if found.year > 9990:
                return
            yield found

    def _instants(self, local: datetime) -> list[datetime]:
        first = local.replace(tzinfo=self.zone, fold=0).astimezone(UTC)
        second = local.replace(tzinfo=self.zone, fold=1).astimezone(UTC)
        if first == second:
            return [first]
        if first.astimezone(self.zone).replace(tzinfo=None) != local:
            return [self._end_of_gap(second, first)]
        return [first, second] if self.every_hour else [first]

    def _end_of_gap(self, low: datetime, high: datetime) -> datetime:
        """Return the moment between two instants at which the zone's offset changes."""
        before = low.astimezone(self.zone).utcoffset()
        while high - low > timedelta(seconds=1):
            middle = (low + (high - low) / 2).replace(microsecond=0)
            if middle in (low, high):
                break
            if middle.astimezone(self.zone).utcoffset() == before:
                low = middle
            else:
                high = middle
        return high

    def _check(self) -> None:
        try:
            first = next(self._local_times(datetime(2024, 1, 1)), None)  # noqa: DTZ001 -- a local time, in any zone
        except (CroniterBadCronError, ValueError, KeyError, IndexError, TypeError, AttributeError):
            raise _unreadable(self.expression) from None
        if first is None:
            raise Invalid(f'"{self.expression[:80]}" never fires.', hint="Check its day, month and year.", field="cron")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(
            f'"{name[:80]}" is not a time zone.', hint="Use a name such as Europe/Warsaw or UTC.", field="timezone"
        ) from None


def _fields(expression: str) -> str:
    """Return the expression with seconds first, in the words of the library."""
    text = _MACROS.get(expression.lower(), expression)
    if len(text) > 200 or not re.fullmatch(r"[0-9A-Za-z*/,\-?#@ ]+", text):
        raise _unreadable(expression)
    fields = text.upper().split(" ")
    if len(fields) == 5:
        return " ".join(["0", *fields])
    if len(fields) not in (6, 7):
        raise _unreadable(expression)
    if fields[3] == "LW":
        raise Invalid(
            "LW is not supported.", hint="Use L for the last day, or 28W for a weekday near the end.", field="cron"
        )
    fields[5] = ",".join(_quartz_day(part) for part in fields[5].split(","))
    return " ".join("*" if field == "?" and place != 3 else field for place, field in enumerate(fields)).replace(
        "?", "*"
    )


def _quartz_day(part: str) -> str:
    """Rewrite one weekday of Quartz, where 1 is Sunday, into names, which mean the same everywhere."""
    last = re.fullmatch(r"([1-7]|[A-Z]{3})L", part)
    if last:
        return f"L{_number(last[1])}"
    if part == "L":
        return "SAT"
    head, slash, step = part.partition("/")
    day, sharp, nth = head.partition("#")
    named = "-".join(_DAYS[int(end) - 1] if re.fullmatch("[1-7]", end) else end for end in day.split("-"))
    return f"{named}{sharp}{nth}{slash}{step}"


def _number(day: str) -> int:
    return int(day) - 1 if day.isdigit() else _DAYS.index(day) if day in _DAYS else -1


def _unreadable(expression: str) -> Invalid:
    return Invalid(f'"{expression[:80]}" is not a cron expression.', hint=_EXAMPLE, field="cron")
