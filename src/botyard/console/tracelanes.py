"""What lies beside the spans of a trace on the same axis of time: the lines of the log, and items of queues."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from botyard.console.timeaxis import Axis
from botyard.console.traceshelf import BAD, Mark
from botyard.console.wording import count_of, duration, state_word
from botyard.core import queues

_MARKS = 64
_HEIGHT = 22
_ROWS = 3
_LEVELS = ("", "warn", "bad")


class Shape(NamedTuple):
    """Something on a lane: where it is, how it looks, where it leads and what is said when it is pointed at."""

    x: str
    width: str
    y: int
    height: int
    tone: str = ""
    href: str = ""
    title: str = ""


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """A lane with a sentence that says in words what it shows."""

    shapes: Sequence[Shape] = ()
    total: int = 0
    said: str = ""
    #: Where its first error is, for those who do not point.
    first_bad: str | None = None


def log_lane(marks: Sequence[Mark], view: Axis, whole: Axis, *, task_id: int, epoch: int) -> Lane:
    """Return marks for the lines of a log that were written in the time of `view`: higher where there are more."""
    buckets: dict[int, list[int]] = {}
    scale = _MARKS / max(1, view.length)
    seen = errors = 0
    first_bad: int | None = None
    for mark in marks:
        if not view.start <= mark.at <= view.end:
            continue
        seen += 1
        errors += mark.level == BAD
        if mark.level == BAD and first_bad is None:
            first_bad = mark.seq
        bucket = buckets.setdefault(min(int((mark.at - view.start) * scale), _MARKS - 1), [0, 0, mark.seq])
        bucket[0] += 1
        if mark.level > bucket[1]:  # the mark opens the first of the worst lines
            bucket[1:] = [mark.level, mark.seq]
    base, width, offset = f"/tasks/{task_id}#L{epoch}.", 100 / _MARKS, view.start - whole.start
    shapes = [
        Shape(
            x=f"{number * width:.4g}%",
            width=f"{width * 0.8:.4g}%",
            y=_HEIGHT - (height := min(_HEIGHT, 4 + 3 * lines.bit_length())),
            height=height,
            tone=_LEVELS[level],
            href=f"{base}{seq}",
            title=f"{count_of(lines, 'line')} at {duration(offset + int(number / scale))}",
        )
        for number, (lines, level, seq) in sorted(buckets.items())
    ]
    said = count_of(seen, "line") + (f", {count_of(errors, 'error')}" if errors else "")
    said += f" of {len(marks):,}".replace(",", "\u202f") if seen < len(marks) else ""
    return Lane(
        shapes=shapes, total=len(marks), said=said, first_bad=None if first_bad is None else f"{base}{first_bad}"
    )


def item_lane(items: Sequence[queues.Item], view: Axis, *, now: int, more: bool) -> Lane:
    """Return the items that were in work in the time of `view`, those at the same time below each other."""
    shapes: list[Shape] = []
    ends = [view.start] * _ROWS
    seen = 0
    for item in sorted(items, key=lambda each: each.started_at or 0):
        if item.started_at is None:
            continue
        end = now if item.finished_at is None else item.finished_at
        place = view.place(item.started_at, end)
        if place is None:
            continue
        seen += 1
        row = next((number for number, taken in enumerate(ends) if taken <= item.started_at), 0)
        ends[row] = end
        word = state_word(str(item.state))
        name = item.reference or item.display_value or f"item {item.id}"
        took = duration(end - item.started_at)
        shapes.append(
            Shape(
                x=f"{place[0]:.4g}%",
                width=f"{place[1]:.4g}%",
                y=1 + 7 * row,
                height=6,
                tone=f"t-{word.tone}",
                href=f"/items/{item.id}",
                title=f"{name[:80]}: {word.word}, {took}",
            )
        )
    said = f"{count_of(seen, 'item')} of {len(items)}{'+' if more else ''}" if seen < len(items) else ""
    return Lane(shapes=shapes, total=len(items), said=said or count_of(seen, "item") + ("+" if more else ""))
