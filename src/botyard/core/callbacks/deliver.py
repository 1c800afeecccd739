"""Take on what is due, and say what became of it.

A server takes callbacks on for a time; no other server takes them until that is over. It reports with the number of the
try, so that one which fell asleep over a call cannot overwrite what another did since.
"""

from __future__ import annotations

from collections.abc import Sequence

from botyard.base import jsontext
from botyard.base.clock import MINUTE
from botyard.core import events
from botyard.core.callbacks.model import Delivery
from botyard.core.callbacks.register import sql
from botyard.storage import Tx

#: Woken when callbacks became due.
TOPIC = "callbacks"
ACTOR = "system:callbacks"
#: A task that has ended is told of after this even when nobody closes its log.
PATIENCE = 10 * MINUTE
_MAX_REASON = 1000
_BATCH = 500


def settled(tx: Tx, *, now: int, task_ids: Sequence[int]) -> list[tuple[int, int]]:
    """Return those of the tasks that somebody is to be told of now, each with the end that is told of."""
    rows = tx.all(sql.settled_of, ids=jsontext.encode(list(task_ids)), patient=now - PATIENCE)
    return [(row["task_id"], row["finished_at"]) for row in rows]


def all_settled(tx: Tx, *, now: int, since: int) -> list[tuple[int, int]]:
    """Return likewise, of all tasks; those that were told of before count only when that was after `since`."""
    rows = tx.all(sql.settled, patient=now - PATIENCE, since=since, limit=_BATCH)
    return [(row["task_id"], row["finished_at"]) for row in rows]


def settle(tx: Tx, *, ends: Sequence[tuple[int, int]], now: int) -> int:
    """Make the callbacks due of what `settled` found; return how many."""
    due = tx.run(sql.settle, rows=jsontext.encode([list(end) for end in ends]), now=now)
    if due:
        tx.wake(TOPIC)
    return due


def has_work(tx: Tx, *, now: int) -> bool:
    """Return whether `claim` would find anything; cheap enough to be asked every second."""
    return tx.one(sql.any_due, now=now) is not None


def claim(tx: Tx, *, holder: str, now: int, lease: int, limit: int) -> list[Delivery]:
    """Take on up to `limit` due callbacks until `now` plus `lease`, those due first."""
    rows = tx.all(sql.claim, holder=holder, now=now, until=now + lease, limit=limit)
    return [
        Delivery(**{**row, "policy": None if row["policy"] is None else jsontext.decode(row["policy"])}) for row in rows
    ]


def renew(tx: Tx, *, holder: str, task_ids: Sequence[int], now: int, lease: int) -> None:
    """Hold what is being sent for another `lease`."""
    tx.run(sql.renew, ids=jsontext.encode(list(task_ids)), holder=holder, until=now + lease)


def report_delivered(tx: Tx, *, delivery: Delivery, holder: str, status: int, now: int) -> bool:
    """Note that the other side took it; False when it was somebody else's by then."""
    row = tx.one(sql.delivered, **_which(delivery, holder), now=now)
    if row is not None:
        _tell(tx, delivery, "task.callback_delivered", {"status": status, "tries": delivery.tries}, now=now)
    return row is not None


def report_failed(tx: Tx, *, delivery: Delivery, holder: str, reason: str, retry_at: int | None, now: int) -> bool:
    """Note why a try failed; without `retry_at` it was the last. False when it was somebody else's by then.

    The history tells of the first failure and of the last one.
    """
    reason = reason.replace("\0", "\ufffd")[:_MAX_REASON]
    row = tx.one(sql.failed, **_which(delivery, holder), reason=reason, retry_at=retry_at, now=now)
    if row is None:
        return False
    data = {"reason": reason, "tries": delivery.tries}
    if retry_at is None:
        _tell(tx, delivery, "task.callback_failed", data, now=now)
    elif delivery.tries == 1:
        _tell(tx, delivery, "task.callback_delayed", data, now=now)
    return True


def release(tx: Tx, *, delivery: Delivery, holder: str, now: int) -> None:
    """Let others try at once what this holder has taken on and not sent; the try does not count."""
    if tx.run(sql.release, **_which(delivery, holder), now=now):
        tx.wake(TOPIC)


def reclaim(tx: Tx, *, now: int) -> int:
    """Make all due at once that anybody has taken on, when nobody can be at it any more; return how many."""
    return tx.run(sql.reclaim, now=now)


def _which(delivery: Delivery, holder: str) -> dict[str, object]:
    return {"task_id": delivery.task_id, "ended_at": delivery.ended_at, "tries": delivery.tries, "holder": holder}


def _tell(tx: Tx, delivery: Delivery, kind: str, data: dict[str, object], *, now: int) -> None:
    told = events.NewEvent(
        workspace_id=delivery.workspace_id,
        kind=kind,
        entity="task",
        entity_id=str(delivery.task_id),
        actor=ACTOR,
        data=data,
    )
    events.record_many(tx, [told], now=now)
    tx.wake(f"task:{delivery.task_id}")
