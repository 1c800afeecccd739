"""Small charts as plain SVG geometry; templates draw it, colours come from the state palette."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from botyard.base import clock
from botyard.console.wording import count_of

#: Bottom to top of a stacked bar.
ORDER = ("succeeded", "partial", "failed", "cancelled", "running", "waiting")
_WIDTH = 660
_HEIGHT = 110


class Segment(NamedTuple):
    """One coloured part of a bar."""

    tone: str
    y: float
    height: float


class Bar(NamedTuple):
    """One hour."""

    x: float
    width: float
    segments: list[Segment]
    title: str
    label: str


class Chart(NamedTuple):
    """Stacked bars with one grid line at the top value."""

    bars: list[Bar]
    top: int
    total: int
    width: int = _WIDTH
    height: int = _HEIGHT


def stacked(hours: Sequence[tuple[int, Mapping[str, int]]]) -> Chart:
    """Return one bar per hour from (start, counts by tone) pairs in time order."""
    top = max((sum(counts.values()) for _, counts in hours), default=0)
    step = _WIDTH / max(1, len(hours))
    scale = _HEIGHT / max(1, _rounded(top))
    bars = [_bar(index, step, scale, start, counts) for index, (start, counts) in enumerate(hours)]
    return Chart(bars, _rounded(top), sum(sum(counts.values()) for _, counts in hours))


def _bar(index: int, step: float, scale: float, start: int, counts: Mapping[str, int]) -> Bar:
    segments: list[Segment] = []
    y = float(_HEIGHT)
    for tone in ORDER:
        if count := counts.get(tone, 0):
            height = max(2.0, count * scale)
            y -= height
            segments.append(Segment(tone, round(y, 1), round(height - (0.6 if height > 3 else 0), 1)))
    hour = clock.to_datetime(start).strftime("%H:%M")
    words = ", ".join(f"{counts[tone]} {tone}" for tone in ORDER if counts.get(tone)) or "no tasks"
    label = hour if index % 4 == 0 else ""
    return Bar(round(index * step + step * 0.14, 1), round(step * 0.72, 1), segments, f"{hour} UTC: {words}", label)


def _rounded(top: int) -> int:
    """Return the next round number, so that the grid line carries a readable value."""
    power = 1
    while True:
        for digit in (1, 2, 3, 4, 5, 6, 8):
            if top <= digit * power:
                return digit * power
        power *= 10


def sparkline(values: Sequence[int]) -> str:
    """Return the `d` of a path through the values in a box of 100 by 28, or an empty string for flat nothing."""
    top = max(values, default=0)
    if len(values) < 2 or top == 0:
        return ""
    step = 100 / (len(values) - 1)
    points = [f"{index * step:.1f},{26 - 24 * value / top:.1f}" for index, value in enumerate(values)]
    return "M" + " L".join(points)


def summary(chart: Chart) -> str:
    """Return what the chart shows as a sentence for those who cannot see it."""
    return f"{count_of(chart.total, 'task')} in the last 24 hours, by hour and state"
