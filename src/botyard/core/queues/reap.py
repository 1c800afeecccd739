"""What happens to items by itself: delayed ones become available, limits and leases end, holders are lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from botyard.base.clock import SECOND
from botyard.core import events
from botyard.core.queues.model import Reaped
from botyard.core.queues.push import announce
from botyard.core.queues.start import start_tasks
from botyard.core.queues.statements import ATTEMPT_GRACE, available, item_event, queues_by_id, sql
from botyard.core.queues.states import State
from botyard.core.queues.tally import Tally
from botyard.core.queues.write import add_children, end_rows, follow_up
from botyard.storage import Row, Tx

ACTOR = "system:reaper"
BATCH = 500
#: How often in a chain an item is given to somebody else because its holder was lost.
MAX_RECOVERIES = 5
#: What every holder gets after a time in which it may not have been heard.
REBASE = 30 * SECOND


def reap_items(tx: Tx, *, now: int, rebased: bool = False) -> Reaped:
    """Run one tick: an item over its time limit times out; one whose holder is lost is abandoned and followed.

    A holder is lost when its lease has ended, or when its attempt was lost, is not its task's newest any more, or
    ended longer ago than the grace. `rebased` says that time had jumped: limits and leases are extended a little
    instead. Call it again while it fills its batch.
    """
    promoted = _promote(tx, now=now)
    if rebased:
        tx.run(sql.rebase_limits, until=now + REBASE)
        tx.run(sql.rebase_leases, until=now + REBASE)
        return Reaped(promoted=promoted)
    timed_out = _time_out(tx, tx.all(sql.over_limit, now=now, limit=BATCH), now=now)
    lost = {row["id"]: row for row in tx.all(sql.lease_over, now=now, limit=BATCH)}
    lost |= {row["id"]: row for row in tx.all(sql.holders_gone, since=now - ATTEMPT_GRACE, limit=BATCH)}
    abandoned = _abandon(tx, [row for _, row in sorted(lost.items())], now=now)
    return Reaped(promoted=promoted, timed_out=timed_out, abandoned=abandoned)


def _promote(tx: Tx, *, now: int) -> int:
    promoted = Counter(row["queue_id"] for row in tx.all(sql.promote, now=now, limit=BATCH))
    if promoted:
        queues = queues_by_id(tx, promoted)
        start_tasks(tx, {key: count for key, count in promoted.items() if key in queues}, queues, now=now)
        available(tx, promoted)
    return promoted.total()


def _time_out(tx: Tx, rows: Sequence[Row], *, now: int) -> int:
    if not rows:
        return 0
    message = "its time limit passed while it was being processed"
    ended = [(row, _ended(row, State.TIMEOUT, message, now=now)) for row in rows]
    tally = Tally()
    end_rows(tx, ended, tally)
    events.record_many(tx, [_told("item.timed_out", row) for row in rows], now=now)
    tally.write(tx)
    return len(rows)


def _abandon(tx: Tx, rows: Sequence[Row], *, now: int) -> int:
    if not rows:
        return 0
    ended = [(row, _ended(row, State.ABANDONED, _why(row), now=now)) for row in rows]
    tally = Tally()
    end_rows(tx, ended, tally)
    queues = queues_by_id(tx, [row["queue_id"] for row in rows])
    followed = [row for _, row in ended if row["recoveries"] < MAX_RECOVERIES and row["queue_id"] in queues]
    drafts = [follow_up(row, queues[row["queue_id"]], recoveries=1, now=now) for row in followed]
    add_children(tx, followed, drafts, tally)
    events.record_many(tx, [_told("item.abandoned", row) for _, row in ended], now=now)
    announce(tx, drafts)
    tally.write(tx)
    return len(rows)


def _ended(row: Row, state: State, message: str, *, now: int) -> Row:
    # Nothing ends before it began, whatever the clocks say.
    return {
        **row,
        "state": state,
        "finished_at": max(now, row["started_at"]),
        "error_kind": "system",
        "message": message,
    }


def _why(row: Row) -> str:
    if row["attempt_id"] is None:
        return f"lost: the lease of {row['holder']} ended"
    return f"lost: the attempt of task {row['task_id']} is gone"


def _told(kind: str, row: Row) -> events.NewEvent:
    data = {"epoch": row["epoch"], "holder": row["holder"], "child": row["child_id"]}
    return item_event(kind, workspace_id=row["workspace_id"], item_id=row["id"], actor=ACTOR, data=data)
