"""Small charts as plain SVG geometry; templates draw it, colours come from the state palette."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from botyard.base import clock
from botyard.console.wording import count_of

#: Bottom to top of a stacked bar.
ORDER = ("succeeded", "partial", "failed", "overdue", "cancelled", "running", "waiting")
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


def stacked(
    hours: Sequence[tuple[int, Mapping[str, int]]], *, words: Mapping[str, str] | None = None, nothing: str = "no tasks"
) -> Chart:
    """Return one bar per hour from (start, counts by tone) pairs in time order; `words` name the tones."""
    top = max((sum(counts.values()) for _, counts in hours), default=0)
    step = _WIDTH / max(1, len(hours))
    scale = _HEIGHT / max(1, _rounded(top))
    known = {tone: tone for tone in ORDER} | dict(words or {})
    bars = [
        _bar(index, step, scale, start, counts, said=_said(counts, known) or nothing)
        for index, (start, counts) in enumerate(hours)
    ]
    return Chart(bars, _rounded(top), sum(sum(counts.values()) for _, counts in hours))


def _said(counts: Mapping[str, int], words: Mapping[str, str]) -> str:
    return ", ".join(f"{counts[tone]} {words[tone]}" for tone in ORDER if counts.get(tone))


def _bar(index: int, step: float, scale: float, start: int, counts: Mapping[str, int], *, said: str) -> Bar:
    segments: list[Segment] = []
    y = float(_HEIGHT)
    for tone in ORDER:
        if count := counts.get(tone, 0):
            height = max(2.0, count * scale)
            y -= height
            segments.append(Segment(tone, round(y, 1), round(height - (0.6 if height > 3 else 0), 1)))
    hour = clock.to_datetime(start).strftime("%H:%M")
    label = hour if index % 4 == 0 else ""
    return Bar(round(index * step + step * 0.14, 1), round(step * 0.72, 1), segments, f"{hour} UTC: {said}", label)


class Line(NamedTuple):
    """A line over hours, with what each point says; `area` is what lies below it."""

    path: str
    area: str
    points: list[tuple[float, float, str]]
    labels: list[tuple[float, str]]
    top: int
    width: int = _WIDTH
    height: int = _HEIGHT


def line(values: Sequence[tuple[int, int]], *, noun: str) -> Line:
    """Return a line through (start of the hour, value at its end) pairs in time order."""
    top = _rounded(max((value for _, value in values), default=0))
    step = _WIDTH / max(1, len(values) - 1)
    points = []
    for index, (start, value) in enumerate(values):
        hour = clock.to_datetime(start).strftime("%H:%M")
        said = f"{hour} UTC: {count_of(value, noun)}"
        points.append((round(index * step, 1), round(_HEIGHT - _HEIGHT * value / top, 1), said))
    path = "M" + " L".join(f"{x},{y}" for x, y, _ in points)
    labels = [
        (round(index * step, 1), clock.to_datetime(start).strftime("%H:%M"))
        for index, (start, _) in enumerate(values)
        if index % 4 == 0
    ]
    return Line(path, f"{path} L{_WIDTH},{_HEIGHT} L0,{_HEIGHT} Z", points, labels, top)


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
