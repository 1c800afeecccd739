"""The numbers of queues, read from what is kept as it goes: they take the same time for any number of items."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from botyard.base.clock import DAY, HOUR, MINUTE, SECOND
from botyard.core.queues.model import Failure, Hour, Queue, Summary
from botyard.core.queues.read import get
from botyard.core.queues.statements import listed, sql
from botyard.core.queues.states import State
from botyard.storage import Row, Tx

#: The limits between the classes of age, youngest first.
AGES = MappingProxyType({"minute": MINUTE, "ten_minutes": 10 * MINUTE, "hour": HOUR, "day": DAY, "week": 7 * DAY})


def summary(tx: Tx, *, workspace_id: int, label: str) -> Summary:
    """Return the numbers of a queue. Raises NotFound."""
    return summaries(tx, queues=[get(tx, workspace_id=workspace_id, label=label)])[0]


def summaries(tx: Tx, *, queues: Sequence[Queue]) -> list[Summary]:
    """Return the numbers of queues, in their order."""
    found: dict[int, dict[str, Row]] = defaultdict(dict)
    for row in tx.all(sql.counts, ids=listed(queue.id for queue in queues)):
        found[row["queue_id"]][row["state"]] = row
    return [_summary(queue, found[queue.id]) for queue in queues]


def _summary(queue: Queue, rows: dict[str, Row]) -> Summary:
    counts = {state: rows[state]["total"] if state in rows else 0 for state in State}
    done = rows.get(State.DONE)
    mean = done["duration"] / done["total"] / SECOND if done is not None and done["total"] else 0.0
    return Summary(queue=queue, counts=counts, done_mean=round(mean, 6))


def finished_by_hour(tx: Tx, *, queue_id: int, since: int) -> list[Hour]:
    """Return how items ended in each hour from the one that `since` lies in, in order."""
    return [
        Hour(since=row["hour"] * HOUR, state=State(row["state"]), error_kind=row["kind"] or None, total=row["total"])
        for row in tx.all(sql.hours, queue_id=queue_id, since=since // HOUR)
    ]


def flow(tx: Tx, *, queues: Sequence[Queue], since: int) -> dict[int, list[Hour]]:
    """Return by queue id, and by the hour from the one of `since`, what came in (state pending) and how items ended."""
    found: dict[int, list[Hour]] = {queue.id: [] for queue in queues}
    for row in tx.all(sql.flow, ids=listed(found), since=since // HOUR):
        hour = Hour(
            since=row["hour"] * HOUR, state=State(row["state"]), error_kind=row["kind"] or None, total=row["total"]
        )
        found[row["queue_id"]].append(hour)
    return found


def depths(counts: Mapping[State, int], hours: Sequence[Hour], *, starts: Sequence[int]) -> list[int]:
    """Return how many items waited or were worked on at the end of each hour of `starts`, the last of which is now."""
    change: dict[int, int] = defaultdict(int)
    for hour in hours:
        change[hour.since] += hour.total if hour.state is State.PENDING else -hour.total
    depth = counts[State.PENDING] + counts[State.PROCESSING]
    found = []
    for start in reversed(starts):
        found.append(max(depth, 0))
        depth -= change[start]
    return found[::-1]


def ages(tx: Tx, *, queue_id: int, now: int, cap: int = 10_000) -> list[int]:
    """Return how many of the `cap` oldest pending items are younger than each of AGES, and how many are older."""
    limits = {name: now - age for name, age in AGES.items()}
    rows = {row["bucket"]: row["total"] for row in tx.all(sql.ages, queue_id=queue_id, cap=cap, **limits)}
    return [rows.get(bucket, 0) for bucket in range(len(AGES) + 1)]


def oldest_pending(tx: Tx, *, queue_id: int) -> int | None:
    """Return when the oldest pending item was made, or None."""
    row = tx.one(sql.oldest_pending, queue_id=queue_id)
    return None if row is None else row["created_at"]


def failures(tx: Tx, *, queue_id: int, window: int = 1000, limit: int = 20) -> list[Failure]:
    """Return the messages of the newest `window` errors, the most frequent first."""
    rows = tx.all(sql.failures, queue_id=queue_id, window=window, limit=limit)
    return [Failure(**row) for row in rows]
