"""The trace of an attempt as a waterfall: a tree of spans, its log and its items on one axis, a window at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from botyard.console.filters import address
from botyard.console.timeaxis import Axis, Part, Tick, asked, neighbours, ticks_of
from botyard.console.tracelanes import Lane, item_lane, log_lane
from botyard.console.traceshelf import Known, Placed, Shelf, profile_of, with_parents
from botyard.console.wording import duration
from botyard.core import logs, queues, tasks, traces
from botyard.storage import Tx

ROWS = 100
_MAX_FIND = 200
_MAX_TAGS = 3
_LINES = 50
_ITEMS = 500


class Wish(NamedTuple):
    """Which attempt, what is looked for, the first row, and which part of the time; attempt 0 is the newest."""

    epoch: int = 0
    find: str = ""
    first: int = 0
    part: Part = Part()


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
    #: The same as a fragment, for a page that renews itself.
    renewed: str = ""
    earlier: str | None = None
    later: str | None = None
    cut: bool = False
    running: bool = False
    profile: str = ""
    log: Lane = Lane()
    items: Lane | None = None
    #: The part that is shown: its ends in words, where it lies in percent, and how one gets to others.
    part: Mapping[str, str] | None = None
    steps: Mapping[str, str] = {}
    #: The part as the query asks for it, and the address of the whole.
    asked: Mapping[str, str | None] = {}
    whole: str = ""
    #: The axis in milliseconds, for the script that lets a part be marked.
    view: tuple[float, float] = (0, 0)
    length: float = 0


def wish_of(query: Mapping[str, str]) -> Wish:
    """Return what the query asks for; what cannot be read counts as not said."""
    return Wish(
        epoch=_number(query.get("attempt", "")),
        find=query.get("q", "").replace("\0", "").strip()[:_MAX_FIND],
        first=_number(query.get("row", "")),
        part=Part.of(query),
    )


def picture(tx: Tx, shelf: Shelf, task: tasks.Task, wish: Wish, *, now: int, with_items: bool) -> Trace:
    """Return the asked window of a task's trace."""
    place = {"workspace_id": task.workspace_id, "task_id": task.id}
    sent = traces.sent_by_attempt(tx, **place)
    if not sent:
        return Trace(here=address(f"/tasks/{task.id}", tab="trace"))
    epoch = wish.epoch if wish.epoch in sent else next(iter(sent))
    where = {**place, "epoch": epoch}
    known = shelf.book(task.id, epoch).read(tx, where, sent=sent[epoch], now=now)
    hits = {found for at, found in traces.search(tx, **place, text=wish.find) if at == epoch} if wish.find else None
    runs = epoch == task.epoch and task.state in tasks.HELD
    items = queues.items_of_task(tx, **place, limit=_ITEMS) if with_items else []
    moves = runs and known.open
    whole = Axis(known.axis.start, max(known.axis.end, now)) if moves else known.axis
    view = wish.part.within(whole)
    drawing = _Drawing(task_id=task.id, known=known, whole=whole, view=view or whole, runs=runs)
    meant = drawing.meant(hits)
    tree = known.tree if meant is None else with_parents(known.tree, meant)
    first = min(wish.first, max(0, len(tree) - 1)) // ROWS * ROWS
    window = tree[first : first + ROWS]
    tags = traces.tags_of(tx, **where, span_ids=[bar.span_id for bar, _, _ in window])
    query: dict[str, Any] = {"attempt": wish.epoch or None, "q": wish.find, **asked(view, whole)}
    page = f"/tasks/{task.id}"
    return Trace(
        epoch=epoch,
        epochs=list(sent),
        find=wish.find,
        rows=[drawing.row(placed, meant, tags) for placed in window],
        ticks=ticks_of(drawing.view, whole.start),
        spans=len(known.bars),
        failed=known.failed,
        unfinished=known.unfinished,
        took=whole.length,
        found=len(tree) if meant is None else len(meant),
        total=len(tree),
        first=first,
        here=address(page, tab="trace", **query, row=first or None),
        renewed=address(f"{page}/trace", **query, row=first or None),
        earlier=address(page, tab="trace", **query, row=first - ROWS or None) if first else None,
        later=address(page, tab="trace", **query, row=first + ROWS) if first + ROWS < len(tree) else None,
        cut=known.cut,
        running=runs,
        profile=profile_of(known.bars, whole) if moves else known.profile,
        log=log_lane(known.marks, drawing.view, whole, task_id=task.id, epoch=epoch),
        items=item_lane(items, drawing.view, now=now, more=len(items) == _ITEMS) if items else None,
        part=_part_words(view, whole),
        steps=_steps(task.id, wish, view, whole),
        asked=asked(view, whole),
        whole=address(page, tab="trace", attempt=wish.epoch or None, q=wish.find),
        view=((drawing.view.start - whole.start) / 1000, (drawing.view.end - whole.start) / 1000),
        length=whole.length / 1000,
    )


class _Drawing(NamedTuple):
    """How the rows of one picture are drawn."""

    task_id: int
    known: Known
    whole: Axis
    view: Axis
    runs: bool

    def meant(self, hits: set[str] | None) -> set[str] | None:
        """Return the spans that were found and lie in the view; None when all of them are shown."""
        if self.view == self.whole and hits is None:
            return None
        return {bar.span_id for bar in self.known.bars if self._is_meant(bar, hits)}

    def _is_meant(self, bar: traces.Bar, hits: set[str] | None) -> bool:
        if hits is not None and bar.span_id not in hits:
            return False
        if self.view == self.whole:
            return True
        start = bar.ended_at if bar.started_at is None else bar.started_at
        if start is None:
            return False
        end = self.whole.end if bar.ended_at is None else bar.ended_at
        return start <= self.view.end and end >= self.view.start

    def row(self, placed: Placed, meant: set[str] | None, tags: Mapping[str, Any]) -> SpanRow:
        """Return one row."""
        bar, depth, orphan = placed
        unfinished = bar.ended_at is None
        x, width = self._place(bar)
        since = bar.started_at // 1000 if bar.started_at is not None and unfinished and self.runs else None
        return SpanRow(
            href=address(f"/tasks/{self.task_id}/span", attempt=bar.epoch, span=bar.span_id),
            name=bar.name,
            depth=depth,
            x=x,
            width=width,
            failed=bar.status == "error",
            unfinished=unfinished,
            took="not finished" if unfinished else _took(bar.duration),
            since=since,
            orphan=orphan,
            beside=meant is not None and bar.span_id not in meant,
            tags=shown_tags(tags.get(bar.span_id)),
        )

    def _place(self, bar: traces.Bar) -> tuple[str, str]:
        start = bar.ended_at if bar.started_at is None else bar.started_at
        if start is None:
            return "", ""
        end = self.whole.end if bar.ended_at is None else bar.ended_at
        place = self.view.place(start, end)
        return ("", "") if place is None else (f"{place[0]:.4g}%", f"{place[1]:.4g}%")


def _part_words(view: Axis | None, whole: Axis) -> dict[str, str] | None:
    if view is None:
        return None
    x, width = whole.percent(view.start - whole.start), whole.percent(view.length)
    start, end = (at - whole.start for at in view)
    return {"from": _exact(start), "to": _exact(end), "x": f"{x:.4g}%", "width": f"{max(width, 0.4):.4g}%"}


def _exact(micros: int) -> str:
    """Return a moment of the axis to the millisecond, or closer where it is early."""
    return f"{micros / 1_000_000:.3f} s" if micros >= 1_000_000 else f"{micros / 1000:.4g} ms"


def _steps(task_id: int, wish: Wish, view: Axis | None, whole: Axis) -> dict[str, str]:
    """Return the addresses of the parts beside the one that is shown, and of the whole."""

    def to(part: Axis | None) -> str:
        query: dict[str, Any] = {"attempt": wish.epoch or None, "q": wish.find, **asked(part, whole)}
        return f"{address(f'/tasks/{task_id}', tab='trace', **query)}#trace"

    found = {name: to(part) for name, part in neighbours(view, whole).items()}
    return found if view is None else {**found, "whole": to(None)}


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
