"""Errors in a row, and the queue that stops because of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from botyard.core import events
from botyard.core.queues.decide import Decision
from botyard.core.queues.model import Queue
from botyard.core.queues.statements import listed, queue_event, sql
from botyard.core.queues.states import State
from botyard.storage import Row, Tx


def count_errors(tx: Tx, decisions: Sequence[Decision], queues: Mapping[int, Queue], *, now: int) -> None:
    """Count errors in a row from outcomes in their order; a done item starts anew, the limit deactivates the queue."""
    outcomes: dict[int, list[bool]] = defaultdict(list)
    for decision in decisions:
        if decision.row["state"] == State.DONE:
            outcomes[decision.queue.id].append(False)
        elif decision.row["state"] == State.ERROR and decision.before["state"] != State.ERROR:
            outcomes[decision.queue.id].append(True)
    touched = [key for key, errors in outcomes.items() if any(errors) or queues[key].consecutive_errors]
    if not touched:
        return
    told = [_count(tx, row, outcomes[row["id"]]) for row in tx.all(sql.lock_queues, ids=listed(touched))]
    stopped = [
        queue_event("queue.deactivated", queue=queues[queue_id], actor="system", data={"errors": errors})
        for queue_id, errors in filter(None, told)
    ]
    events.record_many(tx, stopped, now=now)


def _count(tx: Tx, row: Row, errors: Sequence[bool]) -> tuple[int, int] | None:
    limit = row["max_errors"] if row["abort_on_error"] else 0
    run, stops = row["consecutive_errors"], False
    for error in errors:
        run = run + 1 if error else 0
        stops = stops or bool(limit and run >= limit and row["active"])
    tx.run(sql.set_errors, id=row["id"], consecutive_errors=run, active=0 if stops else row["active"])
    return (row["id"], limit) if stops else None
