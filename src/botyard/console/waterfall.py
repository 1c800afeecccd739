"""The trace of an attempt as a waterfall: a tree of spans on one axis of time, a window of its rows at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from botyard.base import clock
from botyard.console.filters import address
from botyard.console.wording import duration
from botyard.core import logs, tasks, traces
from botyard.storage import Tx

ROWS = 100
MAX_SPANS = 20_000
#: Deeper spans are not moved further to the right; their row says how deep they are.
MAX_DEPTH = 10
_MAX_FIND = 200
_MAX_TAGS = 3
_LINES = 50


class Wish(NamedTuple):
    """Which attempt, what is looked for, and the first row that is shown; attempt 0 is the newest with spans."""

    epoch: int = 0
    find: str = ""
    first: int = 0


class Tick(NamedTuple):
    """A moment on the axis."""

    x: str
    word: str


class SpanRow(NamedTuple):
    """One span, ready to be drawn: where its bar is, in percent of the axis, and what is said beside it."""

    href: str
    name: str
    depth: int
    x: str
    width: str
    failed: bool
    unfinished: bool
    took: str
    #: Milliseconds since 1970 from which its time runs, while it does.
    since: int | None
    orphan: bool
    #: Shown only because something below it was found.
    beside: bool
    tags: Sequence[str]


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """What the tab shows; without `rows` there is nothing, or nothing was found."""

    epoch: int = 0
    epochs: Sequence[int] = ()
    find: str = ""
    rows: Sequence[SpanRow] = ()
    ticks: Sequence[Tick] = ()
    spans: int = 0
    failed: int = 0
    unfinished: int = 0
    took: int = 0
    found: int = 0
    #: Rows of the whole, before, and of those shown.
    total: int = 0
    first: int = 0
    here: str = ""
    earlier: str | None = None
    later: str | None = None
    cut: bool = False


class Axis(NamedTuple):
    """The time from the first beginning to the last end."""

    start: int
    end: int

    def percent(self, micros: int) -> float:
        """Return a length of time in percent of the axis."""
        return 100 * micros / max(1, self.end - self.start)


def wish_of(query: Mapping[str, str]) -> Wish:
    """Return what the query asks for; what cannot be read counts as not said."""
    return Wish(
        epoch=_number(query.get("attempt", "")),
        find=query.get("q", "").replace("\0", "").strip()[:_MAX_FIND],
        first=_number(query.get("from", "")),
    )


def picture(tx: Tx, task: tasks.Task, attempts: Sequence[tasks.Attempt], wish: Wish, *, now: int) -> Trace:
    """Return the asked window of a task's trace."""
    where: dict[str, int] = {"workspace_id": task.workspace_id, "task_id": task.id}
    epochs = [each.epoch for each in attempts if traces.bars(tx, **where, epoch=each.epoch, limit=1)]
    base = f"/tasks/{task.id}"
    if not epochs:
        return Trace(here=address(base, tab="trace"))
    epoch = wish.epoch if wish.epoch in epochs else epochs[0]
    bars = traces.bars(tx, **where, epoch=epoch, limit=MAX_SPANS + 1)
    cut, bars = len(bars) > MAX_SPANS, bars[:MAX_SPANS]
    hits = {found for at, found in traces.search(tx, **where, text=wish.find) if at == epoch} if wish.find else None
    tree = arranged(bars, hits)
    first = min(wish.first, max(0, len(tree) - 1)) // ROWS * ROWS
    window = tree[first : first + ROWS]
    runs = epoch == task.epoch and task.state in tasks.HELD
    axis = axis_of(bars, now=now if runs else None)
    tags = traces.tags_of(tx, **where, epoch=epoch, span_ids=[bar.span_id for bar, _, _ in window])
    asked = {"tab": "trace", "attempt": wish.epoch or None, "q": wish.find}
    return Trace(
        epoch=epoch,
        epochs=epochs,
        find=wish.find,
        rows=[
            _row(bar, depth, axis, href=base, orphan=orphan, runs=runs, hits=hits, tags=tags.get(bar.span_id))
            for bar, depth, orphan in window
        ],
        ticks=ticks_of(axis),
        spans=len(bars),
        failed=sum(bar.status == "error" for bar in bars),
        unfinished=sum(bar.ended_at is None for bar in bars),
        took=axis.end - axis.start,
        found=len(tree) if hits is None else sum(bar.span_id in hits for bar in bars),
        total=len(tree),
        first=first,
        here=address(base, **asked, **{"from": first or None}),
        earlier=address(base, **asked, **{"from": first - ROWS or None}) if first else None,
        later=address(base, **asked, **{"from": first + ROWS}) if first + ROWS < len(tree) else None,
        cut=cut,
    )


def arranged(bars: Sequence[traces.Bar], hits: set[str] | None = None) -> list[tuple[traces.Bar, int, bool]]:
    """Return spans of one attempt in the order of their tree, each with its depth and whether its parent is missing.

    With `hits`, only these and what is above them. Spans in a circle of parents begin at the first of them.
    """
    known = {bar.span_id: bar for bar in bars}
    kept = known if hits is None else _with_parents(known, hits)
    below: dict[str, list[traces.Bar]] = defaultdict(list)
    roots = []
    for bar in bars:
        if bar.parent_id in known and bar.parent_id is not None:
            below[bar.parent_id].append(bar)
        else:
            roots.append(bar)
    made: list[tuple[traces.Bar, int, bool]] = []
    seen: set[str] = set()
    for root in (*roots, *bars):
        stack = [(root, 0)]
        while stack:
            bar, depth = stack.pop()
            if bar.span_id in seen:
                continue
            seen.add(bar.span_id)
            if bar.span_id in kept:
                made.append((bar, depth, bar.parent_id is not None and bar.parent_id not in known))
            stack.extend((child, depth + 1) for child in reversed(below[bar.span_id]))
    return made


def _with_parents(known: Mapping[str, traces.Bar], hits: Iterable[str]) -> set[str]:
    kept: set[str] = set()
    for hit in hits:
        at: str | None = hit
        while at is not None and at in known and at not in kept:
            kept.add(at)
            at = known[at].parent_id
    return kept


def axis_of(bars: Sequence[traces.Bar], *, now: int | None) -> Axis:
    """Return the axis that all bars fit on; `now` is its end while something still runs."""
    starts = [bar.started_at for bar in bars if bar.started_at is not None]
    ends = [bar.ended_at for bar in bars if bar.ended_at is not None]
    start = min(starts, default=min(ends, default=0))
    end = max([*starts, *ends], default=start)
    if now is not None and any(bar.started_at is not None and bar.ended_at is None for bar in bars):
        end = max(end, now)
    return Axis(start, end)


def ticks_of(axis: Axis) -> list[Tick]:
    """Return three to six moments of the axis, a round length of time apart."""
    length = axis.end - axis.start
    if length <= 0:
        return [Tick("0", "0 ms")]
    step = next((size for size in _steps() if length / size <= 5), length)
    return [Tick(f"{axis.percent(at):.3g}%", _tick_word(at, step)) for at in range(0, length + 1, step)]


def _steps() -> Iterable[int]:
    for power in range(7):
        yield from (digit * 10**power for digit in (1, 2, 5))
    for unit, counts in ((clock.SECOND, (10, 20, 30)), (clock.MINUTE, (1, 2, 5, 10, 20, 30)), (clock.HOUR, (1, 2, 6))):
        yield from (unit * count for count in counts)
    yield from (clock.DAY * 2**power for power in range(20))


def _tick_word(at: int, step: int) -> str:
    if step < 1000 and at:
        return f"{at / 1000:g} ms"
    return f"{at // clock.SECOND} s" if step >= clock.SECOND and at < clock.MINUTE else duration(at)


def _row(
    bar: traces.Bar,
    depth: int,
    axis: Axis,
    *,
    href: str,
    orphan: bool,
    runs: bool,
    hits: set[str] | None,
    tags: Any,
) -> SpanRow:
    unfinished = bar.ended_at is None
    x, width = _place(bar, axis)
    since = bar.started_at // 1000 if bar.started_at is not None and unfinished and runs else None
    return SpanRow(
        href=address(f"{href}/span", attempt=bar.epoch, span=bar.span_id),
        name=bar.name,
        depth=depth,
        x=x,
        width=width,
        failed=bar.status == "error",
        unfinished=unfinished,
        took="not finished" if unfinished else _took(bar.duration),
        since=since,
        orphan=orphan,
        beside=hits is not None and bar.span_id not in hits,
        tags=shown_tags(tags),
    )


def _place(bar: traces.Bar, axis: Axis) -> tuple[str, str]:
    if bar.started_at is None:
        return ("", "") if bar.ended_at is None else (f"{axis.percent(bar.ended_at - axis.start):.4g}%", "0.4%")
    x = axis.percent(bar.started_at - axis.start)
    end = 100.0 if bar.ended_at is None else axis.percent(bar.ended_at - axis.start)
    width = max(end - x, 0.4)
    return f"{min(x, 100 - width) if x + width > 100 else x:.4g}%", f"{width:.4g}%"


def _took(micros: int | None) -> str:
    if micros is not None and micros < 10_000:
        return f"{micros / 1000:.3g} ms"
    return duration(micros)


def shown_tags(tags: Any) -> list[str]:
    """Return the first few tags as short texts, whatever form the bot gave them."""
    if isinstance(tags, dict):
        words = [f"{key}: {value}" for key, value in tags.items() if not isinstance(value, dict | list)]
    elif isinstance(tags, list):
        words = [str(each) for each in tags if not isinstance(each, dict | list)]
    else:
        words = [] if tags is None else [str(tags)]
    return [word if len(word) <= 40 else f"{word[:39]}…" for word in words[:_MAX_TAGS]]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One span as its sheet shows it, with what the log says in its time."""

    span: traces.Span
    parent: str | None
    lines: Sequence[logs.Line]
    more: bool
    #: Where the log has its first line since the span began.
    log: str | None


def look(tx: Tx, *, workspace_id: int, task_id: int, epoch: int, span_id: str) -> Seen:
    """Return one span with the lines of its time. Raises NotFound."""
    where: dict[str, int] = {"workspace_id": workspace_id, "task_id": task_id, "epoch": epoch}
    span = traces.get(tx, **where, span_id=span_id)
    lines: list[logs.Line] = []
    nearest: list[logs.Line] = []
    if span.started_at is not None:
        until = 2**62 if span.ended_at is None else span.ended_at
        lines = logs.during(tx, **where, since=span.started_at, until=until, limit=_LINES + 1)
        nearest = lines or logs.during(tx, **where, since=span.started_at, limit=1)
    return Seen(
        span=span,
        parent=address(f"/tasks/{task_id}/span", attempt=epoch, span=span.parent_id) if span.parent_id else None,
        lines=lines[:_LINES],
        more=len(lines) > _LINES,
        log=f"/tasks/{task_id}#L{epoch}.{nearest[0].seq}" if nearest else None,
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
