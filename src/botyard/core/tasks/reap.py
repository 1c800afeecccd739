"""Find attempts whose runner is silent, or was started anew, and give their tasks back to the queue."""

from __future__ import annotations

import msgspec

from botyard.base.clock import SECOND
from botyard.core import events
from botyard.core.tasks.control import cancel
from botyard.core.tasks.inputs import end_stuck
from botyard.core.tasks.statements import changed, event, leasable, sql
from botyard.core.tasks.states import HELD, State
from botyard.storage import Row, Tx

ACTOR = "system:reaper"
BATCH = 200
#: A longer time between two ticks, or one that runs backwards, means that we were asleep or the clock was set.
MAX_GAP = 5 * SECOND
#: Later than every lease.
_NEVER = 2**62


class Reaped(msgspec.Struct, frozen=True, kw_only=True):
    """What one tick did; `rebased` says that leases were extended instead, because time had jumped."""

    lost: int = 0
    promoted: int = 0
    rebased: bool = False


def reap(tx: Tx, *, now: int, previous: int | None, lease: int, grace: int) -> Reaped:
    """Run one tick: end attempts silent for `lease` plus `grace`, and release tasks whose time has come.

    `previous` is the time of the last tick by any server. After a gap (a stopped server, a stepped clock) no
    runner had a chance to be heard, so every lease starts anew instead of being reaped.
    """
    if previous is None or not 0 <= now - previous <= MAX_GAP:
        _end_aged(tx, now=now)
        tx.run(sql.rebase_leases, lease_until=now + lease)
        return Reaped(rebased=True, promoted=_promote(tx, now=now))
    _end_aged(tx, now=now)
    expired = tx.all(sql.expired, deadline=now - grace, limit=BATCH)
    lost = sum(_lose(tx, row, why="was not heard from in time", deadline=now - grace, now=now) for row in expired)
    return Reaped(lost=lost, promoted=_promote(tx, now=now))


def lose_all(tx: Tx, *, runner_id: str, now: int) -> int:
    """End what a runner held in an earlier life as lost, without waiting for the leases; return how many that were.

    Each counts like a loss that was found by silence, so a task that kills its runner ends after its last try.
    Attempts leased at `now` or later belong to the new life.
    """
    held = tx.all(sql.held_by_runner, runner_id=runner_id, now=now)
    return sum(_lose(tx, row, why="died and was started again", deadline=_NEVER, now=now) for row in held)


def _end_aged(tx: Tx, *, now: int) -> None:
    end_stuck(tx, now=now, limit=BATCH)
    for row in tx.all(sql.aged_development, now=now, limit=BATCH):
        why = "ended after a day, as every development task"
        cancel(tx, workspace_id=row["workspace_id"], task_id=row["task_id"], actor=ACTOR, now=now, why=why)


def _lose(tx: Tx, row: Row, *, why: str, deadline: int, now: int) -> bool:
    message = f"lost: {row['runner'] or 'its runner'} {why}"
    if tx.one(sql.lose_attempt, attempt_id=row["id"], deadline=deadline, now=now, message=message) is None:
        return False
    kind, data = "attempt.lost", {"epoch": row["epoch"], "runner": row["runner_id"], "message": message}
    if row["task_state"] in HELD and row["task_epoch"] == row["epoch"]:
        kind = _give_back(tx, row, message=message, now=now)
    elif row["task_state"] == State.QUEUED:
        tx.run(sql.make_ready, ids=f"[{row['task_id']}]", now=now)
        leasable(tx, row["workspace_id"])
    told = event(kind, workspace_id=row["workspace_id"], task_id=row["task_id"], actor=ACTOR, data=data)
    events.record_many(tx, [told], now=now)
    changed(tx, row["task_id"])
    tx.wake(f"access:{row['id']}")
    tx.wake(f"runner:{row['runner_id']}")
    return True


def _give_back(tx: Tx, row: Row, *, message: str, now: int) -> str:
    """Requeue the task of a lost attempt, or fail it when that was its last try; return the kind of event."""
    last_try = row["on_lost"] == "fail" or row["lost"] + 1 >= row["max_attempts"] or row["stop"] == "kill"
    if last_try:
        reason = f"{message} (attempt {row['epoch']}; {_why_last(row)})"
        tx.one(sql.give_up, task_id=row["task_id"], epoch=row["epoch"], message=reason, now=now)
        return "task.given_up"
    tx.one(sql.requeue, task_id=row["task_id"], epoch=row["epoch"], now=now, lost=1)
    leasable(tx, row["workspace_id"])
    return "task.requeued"


def _why_last(row: Row) -> str:
    if row["stop"] == "kill":
        return "it was to be killed"
    if row["on_lost"] == "fail":
        return "its automation fails lost tasks"
    return f"{row['lost'] + 1} of {row['max_attempts']} attempts lost"


def _promote(tx: Tx, *, now: int) -> int:
    promoted = tx.all(sql.promote_due, now=now, limit=BATCH) + tx.all(sql.promote_released, limit=BATCH)
    for workspace_id in {row["workspace_id"] for row in promoted}:
        leasable(tx, workspace_id)
    for row in promoted:
        changed(tx, row["id"])
    return len(promoted)
