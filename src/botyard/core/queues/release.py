"""Give items back unworked."""

from __future__ import annotations

from collections.abc import Sequence

from botyard.base.exceptions import IllegalTransition
from botyard.core import events
from botyard.core.queues.model import Item, Release
from botyard.core.queues.statements import (
    attempts_of,
    available,
    holds,
    item_event,
    lock_rows,
    not_held,
    queues_by_id,
    rows_text,
    sql,
    unknown_item,
)
from botyard.core.queues.states import State
from botyard.core.queues.tally import Tally
from botyard.storage import Row, Tx

_FREED = ("started_at", "lease_until", "time_limit_at", "task_id", "attempt_id", "holder", "runner", "claim")


def release_many(tx: Tx, calls: Sequence[Release]) -> list[list[Item | Exception]]:
    """Put items that were pulled back into their place in line; the answers are per item, in order.

    Errors are NotFound, IllegalTransition for an item that is not being processed, and StaleLease.
    """
    now = max(call.now for call in calls)
    rows = lock_rows(tx, [item_id for call in calls for item_id in call.item_ids])
    queues = queues_by_id(tx, [row["queue_id"] for row in rows.values()])
    attempts = attempts_of(tx, [call.holder for call in calls], now=now)
    released: dict[int, tuple[Row, str]] = {}

    def free(call: Release, item_id: int) -> Item | Exception:
        row = rows.get(item_id)
        queue = None if row is None else queues.get(row["queue_id"])
        if row is None or queue is None or row["workspace_id"] != call.workspace_id:
            return unknown_item(item_id)
        if row["state"] != State.PROCESSING:
            return IllegalTransition(f"Item {item_id} is {row['state']}.", hint="Only what is held can be given back.")
        if not holds(call.holder, row, attempts):
            return not_held(item_id)
        released[item_id] = (row, call.holder.name)
        row.update(dict.fromkeys(_FREED), state=State.PENDING, ready=1)
        return Item.from_row(row, queue.label)

    answers = [[free(call, item_id) for item_id in call.item_ids] for call in calls]
    _write(tx, released, now=now)
    return answers


def _write(tx: Tx, released: dict[int, tuple[Row, str]], *, now: int) -> None:
    if not released:
        return
    pairs = [[item_id, row["epoch"]] for item_id, (row, _) in sorted(released.items())]
    if tx.run(sql.release_items, rows=rows_text(pairs)) != len(pairs):
        raise RuntimeError("An item that was locked could not be given back.")
    tally = Tally()
    for row, _ in released.values():
        tally.add(row["queue_id"], State.PROCESSING, -1)
        tally.add(row["queue_id"], State.PENDING, 1)
    told = [
        item_event("item.released", workspace_id=row["workspace_id"], item_id=item_id, actor=name)
        for item_id, (row, name) in sorted(released.items())
    ]
    events.record_many(tx, told, now=now)
    available(tx, [row["queue_id"] for row, _ in released.values()])
    tally.write(tx)
