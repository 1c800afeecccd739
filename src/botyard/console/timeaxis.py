"""An axis of time: the whole of what is drawn, the part of it that is looked at, and its round moments."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from botyard.base import clock
from botyard.console.wording import duration

_MILLISECOND = 1000
#: Nothing shorter is looked at; bars are drawn to the microsecond.
_SHORTEST = 10
_LONGEST = 2**62


class Axis(NamedTuple):
    """A time from one moment to another, in microseconds."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """Return how long it is."""
        return self.end - self.start

    def percent(self, micros: int) -> float:
        """Return a length of time in percent of the axis."""
        return 100 * micros / max(1, self.end - self.start)

    def place(self, start: int, end: int, *, least: float = 0.4) -> tuple[float, float] | None:
        """Return where something lies and how wide it is drawn, in percent; None when it lies outside."""
        if end < self.start or start > self.end:
            return None
        left = max(self.percent(start - self.start), 0.0)
        right = min(self.percent(end - self.start), 100.0)
        width = max(right - left, least)
        return min(left, 100 - width), width


class Tick(NamedTuple):
    """A moment on the axis."""

    x: str
    word: str


class Part(NamedTuple):
    """The part of an axis that is asked for, in milliseconds from its beginning; None means all of it."""

    start: float | None = None
    end: float | None = None

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Part:
        """Return what the query asks for; what cannot be read counts as not said."""
        start, end = _milliseconds(query.get("from", "")), _milliseconds(query.get("to", ""))
        return cls() if start is None or end is None or end <= start else cls(start, end)

    def within(self, whole: Axis) -> Axis | None:
        """Return the part as an axis of its own, None when it is all of it."""
        if self.start is None or self.end is None:
            return None
        start = whole.start + min(int(self.start * _MILLISECOND), _LONGEST)
        end = whole.start + min(math.ceil(self.end * _MILLISECOND), _LONGEST)
        return fitted(Axis(start, end), whole)


def fitted(part: Axis, whole: Axis) -> Axis | None:
    """Return a part moved into the whole, None when it would be all of it."""
    length = max(part.length, _SHORTEST)
    if length >= whole.length:
        return None
    start = min(max(part.start, whole.start), whole.end - length)
    return Axis(start, start + length)


def asked(part: Axis | None, whole: Axis) -> dict[str, str | None]:
    """Return the query that asks for a part."""
    if part is None:
        return {"from": None, "to": None}
    return {"from": _text(part.start - whole.start), "to": _text(part.end - whole.start)}


def neighbours(part: Axis | None, whole: Axis) -> dict[str, Axis | None]:
    """Return the parts that one step leads to: closer, wider, to the left and to the right; only those that differ."""
    view = part or whole
    middle, length = (view.start + view.end) // 2, view.length
    found: dict[str, Axis | None] = {}
    if length > 2 * _SHORTEST:
        found["closer"] = fitted(Axis(middle - length // 4, middle + length // 4), whole)
    if part is not None:
        found["wider"] = fitted(Axis(middle - length, middle + length), whole)
        if part.start > whole.start:
            found["left"] = fitted(Axis(view.start - length // 2, view.end - length // 2), whole)
        if part.end < whole.end:
            found["right"] = fitted(Axis(view.start + length // 2, view.end + length // 2), whole)
    return found


def ticks_of(axis: Axis, origin: int | None = None) -> list[Tick]:
    """Return up to six moments of the axis, a round length of time apart; words count from `origin`."""
    origin = axis.start if origin is None else origin
    if axis.length <= 0:
        return [Tick("0", "0 ms")]
    step = next((size for size in _steps() if axis.length / size <= 5), axis.length)
    first = -(-(axis.start - origin) // step) * step
    moments = range(first, axis.end - origin + 1, step)
    return [Tick(f"{axis.percent(origin + at - axis.start):.4g}%", _word(at, step)) for at in moments]


def _steps() -> Iterable[int]:
    for power in range(7):
        yield from (digit * 10**power for digit in (1, 2, 5))
    for unit, counts in ((clock.SECOND, (10, 20, 30)), (clock.MINUTE, (1, 2, 5, 10, 20, 30)), (clock.HOUR, (1, 2, 6))):
        yield from (unit * count for count in counts)
    yield from (clock.DAY * 2**power for power in range(20))


def _word(at: int, step: int) -> str:
    """Return a moment as exactly as its distance to the next one needs."""
    if step < _MILLISECOND and 0 < at < clock.SECOND:
        return f"{at / _MILLISECOND:g} ms"
    if step < clock.SECOND and at >= clock.SECOND:
        digits = max(1, math.ceil(-math.log10(step / clock.SECOND)))
        return f"{at / clock.SECOND:.{digits}f} s"
    return f"{at // clock.SECOND} s" if step >= clock.SECOND and at < clock.MINUTE else duration(at)


def _milliseconds(text: str) -> float | None:
    try:
        value = float(text) if len(text) < 32 else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def _text(micros: int) -> str:
    return f"{micros / _MILLISECOND:.3f}".rstrip("0").rstrip(".")
