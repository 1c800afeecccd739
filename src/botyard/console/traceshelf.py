"""Traces that somebody looks at, kept in memory: a page that is renewed reads only what came since."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from botyard.base.clock import MINUTE, SECOND
from botyard.console.timeaxis import Axis
from botyard.core import logs, traces
from botyard.storage import Tx

MAX_SPANS = 20_000
MAX_MARKS = 200_000
_KEPT = 16
#: How finely the profile is drawn, and how high.
_BUCKETS = 120
_HEIGHT = 22
_BATCH = 20_000
#: What was received this long before a reading may have been stored after it; the rest is found by a whole reading.
_SLACK = 3 * SECOND
_WHOLE = MINUTE

PLAIN, WARN, BAD = range(3)
_LEVELS = {"WARN": WARN, "WARNING": WARN, "ERROR": BAD, "CRITICAL": BAD, "FATAL": BAD}

#: A span, its depth, and whether its parent is missing.
Placed = tuple[traces.Bar, int, bool]


class Mark(NamedTuple):
    """A line of the log: its number, its moment and how bad it is."""

    seq: int
    at: int
    level: int


class Known(NamedTuple):
    """What is known of an attempt's trace: spans by their beginning, the same as a tree, and lines of the log."""

    bars: Sequence[traces.Bar] = ()
    tree: Sequence[Placed] = ()
    marks: Sequence[Mark] = ()
    cut: bool = False
    failed: int = 0
    unfinished: int = 0
    #: The axis that all spans fit on, whether one of them still runs on it, and how many do at each time.
    axis: Axis = Axis(0, 0)
    open: bool = False
    profile: str = ""


class Book:
    """One attempt's trace and log."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sent = -1
        self._read_at = 0
        self._whole_at = 0
        self._bars: dict[str, traces.Bar] = {}
        self._known = Known()

    def read(self, tx: Tx, where: Mapping[str, int], *, sent: int, now: int) -> Known:
        """Return what is known by now; `sent` is how many spans the attempt has sent."""
        with self._lock:
            if sent != self._sent:
                self._renew(tx, where, now=now)
                self._known = _known_of(sorted(self._bars.values(), key=_order), self._known.marks)
                self._sent = sent
            self._read_at = now
            if fresh := self._new_marks(tx, where):
                self._known = self._known._replace(marks=[*self._known.marks, *fresh])
            return self._known

    def _renew(self, tx: Tx, where: Mapping[str, int], *, now: int) -> None:
        since = None if now - self._whole_at > _WHOLE else self._read_at - _SLACK
        found = traces.bars(tx, **where, since=since, limit=MAX_SPANS + 1)
        if since is None:
            self._bars, self._whole_at = {}, now
        for bar in found:
            if len(self._bars) <= MAX_SPANS or bar.span_id in self._bars:
                self._bars[bar.span_id] = bar

    def _new_marks(self, tx: Tx, where: Mapping[str, int]) -> list[Mark]:
        last = self._known.marks[-1].seq if self._known.marks else 0
        room = MAX_MARKS - len(self._known.marks)
        found: list[Mark] = []
        while len(found) < room:
            lines = logs.glance(tx, **where, after=last, limit=min(_BATCH, room - len(found)))
            found += [Mark(line.seq, line.at, _level(line)) for line in lines]
            if len(lines) < _BATCH:
                break
            last = found[-1].seq
        return found


class Shelf:
    """The books of the attempts that were looked at last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._books: OrderedDict[tuple[int, int], Book] = OrderedDict()

    def book(self, task_id: int, epoch: int) -> Book:
        """Return the book of an attempt, a new one when nobody has looked at it lately."""
        with self._lock:
            book = self._books.pop((task_id, epoch), None) or Book()
            self._books[task_id, epoch] = book
            if len(self._books) > _KEPT:
                self._books.popitem(last=False)
            return book


def _known_of(bars: Sequence[traces.Bar], marks: Sequence[Mark]) -> Known:
    cut, bars = len(bars) > MAX_SPANS, bars[:MAX_SPANS]
    axis = axis_of(bars)
    return Known(
        bars=bars,
        tree=arranged(bars),
        marks=marks,
        cut=cut,
        failed=sum(bar.status == "error" for bar in bars),
        unfinished=sum(bar.ended_at is None for bar in bars),
        axis=axis,
        open=any(bar.started_at is not None and bar.ended_at is None for bar in bars),
        profile=profile_of(bars, axis),
    )


def axis_of(bars: Sequence[traces.Bar]) -> Axis:
    """Return the axis that all bars fit on."""
    starts = [bar.started_at for bar in bars if bar.started_at is not None]
    ends = [bar.ended_at for bar in bars if bar.ended_at is not None]
    start = min(starts, default=min(ends, default=0))
    return Axis(start, max([*starts, *ends], default=start))


def profile_of(bars: Sequence[traces.Bar], whole: Axis) -> str:
    """Return how many spans run at each time of the whole: the path of a profile, _BUCKETS wide and _HEIGHT high."""
    changes = [0] * (_BUCKETS + 1)
    last = _BUCKETS - 1
    scale = _BUCKETS / max(1, whole.length)
    for bar in bars:
        if bar.started_at is None:
            continue
        end = whole.end if bar.ended_at is None else bar.ended_at
        changes[min(max(int((bar.started_at - whole.start) * scale), 0), last)] += 1
        changes[min(max(int((end - whole.start) * scale), 0), last) + 1] -= 1
    counts, now = [], 0
    for change in changes[:-1]:
        now += change
        counts.append(now)
    most = max(counts, default=0)
    tops = [_HEIGHT - max(2, round(_HEIGHT * count / most)) if count else _HEIGHT for count in counts]
    steps = [f"H{at}V{top}" for at, (before, top) in enumerate(pairwise([_HEIGHT, *tops])) if before != top]
    return f"M0 {_HEIGHT}{''.join(steps)}H{_BUCKETS}V{_HEIGHT}Z"


def arranged(bars: Sequence[traces.Bar]) -> list[Placed]:
    """Return spans of one attempt in the order of their tree. Those in a circle of parents begin at the first."""
    known = {bar.span_id for bar in bars}
    below: dict[str, list[traces.Bar]] = {}
    roots = []
    for bar in bars:
        parent_id = bar.parent_id
        if parent_id is not None and parent_id in known:
            below.setdefault(parent_id, []).append(bar)
        else:
            roots.append(bar)
    made: list[Placed] = []
    seen: set[str] = set()
    for root in roots:
        _descend(root, below, seen, made, orphan=root.parent_id is not None)
    if len(made) < len(bars):
        for bar in bars:
            _descend(bar, below, seen, made, orphan=False)
    return made


def _descend(
    root: traces.Bar, below: Mapping[str, list[traces.Bar]], seen: set[str], made: list[Placed], *, orphan: bool
) -> None:
    """Add a span and all below it, once."""
    stack = [(root, 0)]
    while stack:
        bar, depth = stack.pop()
        span_id = bar.span_id
        if span_id in seen:
            continue
        seen.add(span_id)
        made.append((bar, depth, orphan and depth == 0))
        if children := below.get(span_id):
            stack.extend([(child, depth + 1) for child in reversed(children)])


def with_parents(tree: Sequence[Placed], wanted: Iterable[str]) -> list[Placed]:
    """Return the rows of a tree that are wanted, and those above them."""
    parents = {bar.span_id: bar.parent_id for bar, _, _ in tree}
    kept: set[str] = set()
    for span_id in wanted:
        at: str | None = span_id
        while at is not None and at in parents and at not in kept:
            kept.add(at)
            at = parents[at]
    return [placed for placed in tree if placed[0].span_id in kept]


def _order(bar: traces.Bar) -> tuple[int, str]:
    return bar.received_at if bar.started_at is None else bar.started_at, bar.span_id


def _level(line: logs.Glance) -> int:
    return _LEVELS.get((line.level or "").upper(), WARN if line.stream == "stderr" else PLAIN)
