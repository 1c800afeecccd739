"""What the pages of queues show: numbers, charts, items that fit a filter, and the sentences over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from botyard.base import clock, jsontext
from botyard.console import charts, itemfilters
from botyard.console.filters import address, with_term
from botyard.console.itemfilters import ItemFilter
from botyard.console.listing import Chip
from botyard.console.wording import ago, count_of, number, rate
from botyard.core import queues
from botyard.core.queues import Hour, Item, Queue, State, Summary
from botyard.storage import Tx

PAGE = 30
HOURS = 24
AGE_CAP = 10_000
_TONES = {
    State.DONE: "succeeded",
    State.ERROR: "failed",
    State.ABANDONED: "overdue",
    State.TIMEOUT: "overdue",
    State.CANCELLED: "cancelled",
}
_WORDS = {"succeeded": "done", "failed": "failed", "overdue": "abandoned or timed out", "cancelled": "cancelled"}
_CHIPS = (
    (State.PENDING, "pending", "waiting"),
    (State.PROCESSING, "in work", "running"),
    (State.DONE, "done", "succeeded"),
    (State.ERROR, "error", "failed"),
    (State.ABANDONED, "abandoned", "overdue"),
    (State.TIMEOUT, "timed out", "overdue"),
    (State.CANCELLED, "cancelled", "cancelled"),
)
_AGES = ("under a minute", "1 to 10 minutes", "10 minutes to an hour", "an hour to a day", "a day to a week", "older")


class QueueRow(NamedTuple):
    """A queue as the list shows it."""

    it: Queue
    waiting: int
    working: int
    oldest: int | None
    rate: str
    failed: int
    spark: str

    @property
    def href(self) -> str:
        """Return the address of its page."""
        return page_of(self.it.label)


def page_of(label: str) -> str:
    """Return the address of a queue's page."""
    return f"/queues/{quote(label, safe='')}"


def rows_of(tx: Tx, found: Sequence[Queue], *, now: int) -> list[QueueRow]:
    """Return queues as the list shows them."""
    flows = queues.flow(tx, queues=found, since=first_hour(now))
    return [
        _row(summary, flows[summary.queue.id], queues.oldest_pending(tx, queue_id=summary.queue.id), now=now)
        for summary in queues.summaries(tx, queues=found)
    ]


def _row(summary: Summary, flow: Sequence[Hour], oldest: int | None, *, now: int) -> QueueRow:
    by_hour = _by_hour(flow, now=now)
    return QueueRow(
        it=summary.queue,
        waiting=summary.counts[State.PENDING],
        working=summary.counts[State.PROCESSING],
        oldest=oldest,
        rate=rate(per_minute(flow, now=now)),
        failed=sum(_failed(tones) for _, tones in by_hour),
        spark=charts.sparkline(queues.depths(summary.counts, flow, starts=hours_until(now))),
    )


def first_hour(now: int) -> int:
    """Return when the first of the hours that charts show begins."""
    return now // clock.HOUR * clock.HOUR - (HOURS - 1) * clock.HOUR


def hours_until(now: int) -> list[int]:
    """Return the beginnings of the hours that charts show."""
    return [first_hour(now) + number * clock.HOUR for number in range(HOURS)]


def per_minute(flow: Sequence[Hour], *, now: int) -> float:
    """Return how many items are done in a minute, over about the last hour."""
    hour = now // clock.HOUR * clock.HOUR
    done = {each.since: each.total for each in flow if each.state is State.DONE}
    passed = (now - hour) / clock.HOUR
    return (done.get(hour, 0) + done.get(hour - clock.HOUR, 0) * (1 - passed)) / 60


def now_context(tx: Tx, *, workspace_id: int, label: str, now: int) -> dict[str, Any]:
    """Return the part of a queue's page that moves: numbers, charts, ages, failures."""
    summary = queues.summary(tx, workspace_id=workspace_id, label=label)
    queue = summary.queue
    flow = queues.flow(tx, queues=[queue], since=first_hour(now))[queue.id]
    oldest = queues.oldest_pending(tx, queue_id=queue.id)
    by_hour = _by_hour(flow, now=now)
    depth = list(zip(hours_until(now), queues.depths(summary.counts, flow, starts=hours_until(now)), strict=True))
    speed = per_minute(flow, now=now)
    return {
        "queue": queue,
        "href": page_of(queue.label),
        "counts": summary.counts,
        "total": summary.total,
        "mean": round(summary.done_mean * clock.SECOND) if summary.done_mean else None,
        "oldest": oldest,
        "speed": rate(speed),
        "done": sum(tones.get("succeeded", 0) for _, tones in by_hour),
        "failed": sum(_failed(tones) for _, tones in by_hour),
        "sparks": {
            "done": charts.sparkline([tones.get("succeeded", 0) for _, tones in by_hour]),
            "failed": charts.sparkline([_failed(tones) for _, tones in by_hour]),
        },
        "depth": charts.line(depth, noun="item"),
        "throughput": charts.stacked(by_hour, words=_WORDS, nothing="nothing ended"),
        "ages": _ages(tx, queue, now=now),
        "age_cap": AGE_CAP if summary.counts[State.PENDING] > AGE_CAP else 0,
        "failures": queues.failures(tx, queue_id=queue.id, limit=8),
        "answer": answer(summary, oldest=oldest, speed=speed, now=now),
    }


def answer(summary: Summary, *, oldest: int | None, speed: float, now: int) -> str:
    """Return how a queue does, in a sentence or two."""
    waiting, working = summary.counts[State.PENDING], summary.counts[State.PROCESSING]
    said = []
    if not summary.queue.active:
        errors = summary.queue.consecutive_errors
        why = f" after {count_of(errors, 'error')} in a row" if summary.queue.abort_on_error and errors else ""
        said.append(f"Paused{why}: items can be pushed, and none is handed out.")
    if waiting:
        since = f"; the oldest came {ago(oldest, now)}" if oldest is not None else ""
        said.append(f"{count_of(waiting, 'item')} {'waits' if waiting == 1 else 'wait'}{since}.")
    elif working or summary.total:
        said.append("Nothing waits.")
    else:
        said.append("No item has come yet.")
    if working:
        said.append(f"{number(working)} {'is' if working == 1 else 'are'} in work.")
    if speed >= 0.01:
        said.append(f"{rate(speed)} done a minute.")
        if waiting and summary.queue.active:
            left = round(waiting / speed)
            said.append(f"At that pace the queue is empty in {_about(left)}.")
    return " ".join(said)


def list_answer(rows: Sequence[QueueRow], *, more: bool, now: int) -> str:
    """Return how the shown queues do, in a sentence."""
    if not rows:
        return "No queue yet."
    waiting = sum(row.waiting for row in rows)
    late = min((row for row in rows if row.oldest is not None), key=lambda row: row.oldest or 0, default=None)
    paused = sum(not row.it.active for row in rows)
    said = f"{count_of(len(rows), 'queue')}{' on this page' if more else ''}; "
    said += f"{count_of(waiting, 'item')} {'waits' if waiting == 1 else 'wait'}" if waiting else "nothing waits"
    if late is not None:
        said += f", the oldest for {ago(late.oldest, now).removesuffix(' ago')} in {late.it.name}"
    return said + "." + (f" {count_of(paused, 'queue')} {'is' if paused == 1 else 'are'} paused." if paused else "")


def items_context(
    tx: Tx, *, workspace_id: int, label: str, query: str, before: int | None, top: int | None
) -> dict[str, Any]:
    """Return the rows of a queue's page; with `top` those up to an id, and how many came since."""
    wanted = itemfilters.parse(query)
    scope = {"workspace_id": workspace_id, "label": label, **wanted.found()}
    start = before if before is not None else (top + 1 if top is not None else None)
    found = queues.search_items(tx, before_id=start, limit=PAGE + 1, **scope)
    newer = len(queues.search_items(tx, after_id=top, limit=PAGE, **scope)) if top is not None else 0
    shown = found[:PAGE]
    counts = queues.summary(tx, workspace_id=workspace_id, label=label).counts
    base = page_of(label)
    last = shown[-1].id if shown else None
    top = top if top is not None or before is not None else (shown[0].id if shown else 0)
    return {
        "filter": wanted,
        "items": shown,
        "said_of": said_of,
        "window": queues.TEXT_WINDOW if wanted.text else None,
        "chips": chips(base, wanted, counts),
        "here": address(base, q=wanted.query),
        "refresh": address(base, q=wanted.query, part="items", before=before, top=top),
        "newer": f"{newer}{'+' if newer >= PAGE else ''} new {'item' if newer == 1 else 'items'}" if newer else "",
        "start": address(base, q=wanted.query) if before is not None else None,
        "after": address(base, q=wanted.query, before=last) if len(found) > PAGE else None,
        "words": [f"state:{name}" for name in (*itemfilters.STATES, *itemfilters.GROUPS)]
        + [f"kind:{kind}" for kind in itemfilters.KINDS],
    }


def chips(base: str, wanted: ItemFilter, counts: Mapping[State, int]) -> list[Chip]:
    """Return the states to filter by, with how many items there are of each."""
    every = Chip(address(base, q=with_term(wanted.query, "state", None)), "all", None, "", not wanted.states)
    return [every] + [
        Chip(
            address(base, q=with_term(wanted.query, "state", state)),
            word,
            tone,
            number(counts[state]) if counts[state] else "",
            wanted.states == (state,),
        )
        for state, word, tone in _CHIPS
    ]


def said_of(item: Item) -> str:
    """Return what stands for an item in a list: its display value, reference or key, else its values."""
    shown = item.display_value or item.reference or item.unique_key
    if shown:
        return shown
    values = item.values
    if isinstance(values, dict):
        return ", ".join(f"{key}: {_short(value)}" for key, value in list(values.items())[:6])
    return _short(values)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else jsontext.encode(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _by_hour(flow: Sequence[Hour], *, now: int) -> list[tuple[int, dict[str, int]]]:
    hours: dict[int, dict[str, int]] = {start: {} for start in hours_until(now)}
    for each in flow:
        tone = _TONES.get(each.state)
        if tone is not None and each.since in hours:
            hours[each.since][tone] = hours[each.since].get(tone, 0) + each.total
    return list(hours.items())


def _failed(tones: Mapping[str, int]) -> int:
    return tones.get("failed", 0) + tones.get("overdue", 0)


def _ages(tx: Tx, queue: Queue, *, now: int) -> list[tuple[str, int, int]]:
    totals = queues.ages(tx, queue_id=queue.id, now=now, cap=AGE_CAP)
    return [(word, total, max(totals) or 1) for word, total in zip(_AGES, totals, strict=True)]


def _about(minutes: int) -> str:
    if minutes < 2:
        return "about a minute"
    if minutes < 90:
        return f"about {minutes} minutes"
    return f"about {round(minutes / 60)} hours" if minutes < 48 * 60 else f"about {round(minutes / 1440)} days"
