"""Fire what is due: each firing of each schedule exactly once, on whichever server comes first."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

import msgspec

from botyard.base.clock import DAY, SECOND
from botyard.base.cron import Cron
from botyard.core import events, tasks
from botyard.core.schedules.model import Schedule, Verdict
from botyard.core.schedules.search import read, sql
from botyard.storage import Tx

log = logging.getLogger("botyard.schedules")

BATCH = 50
#: A firing this late is still on time; older ones were missed, and the catch-up policy decides.
ON_TIME = 60 * SECOND
#: Nothing older than this is ever caught up with.
HORIZON = 366 * DAY


class Fired(msgspec.Struct, frozen=True, kw_only=True):
    """What one tick did."""

    started: int = 0
    skipped: int = 0
    failed: int = 0
    more: bool = False


def tick(tx: Tx, *, now: int) -> Fired:
    """Fire every schedule that is due (at most 50; `more` says that others wait) and set when it fires next.

    A schedule that cannot be fired is paused with the reason, and the others go on.
    """
    due = tx.all(sql.due, now=now, limit=BATCH)
    verdicts: list[Verdict] = []
    for row in due:
        try:
            with tx.savepoint():
                verdicts += _fire(tx, workspace_id=row["workspace_id"], schedule_id=row["id"], now=now)
        except Exception as error:  # one bad row must not stop all the others
            log.exception("schedule.failed", extra={"schedule": row["id"]})
            tx.run(sql.quarantine, schedule_id=row["id"], error=f"paused: {error}"[:1000])
            verdicts.append("failed")
    return Fired(
        started=verdicts.count("started"),
        skipped=verdicts.count("skipped"),
        failed=verdicts.count("failed"),
        more=len(due) == BATCH,
    )


def run_now(tx: Tx, *, workspace_id: int, schedule_id: int, actor: str, now: int) -> tasks.Task:
    """Start the task of a schedule at once, whatever its time and whatever else runs. Raises NotFound."""
    schedule = read(tx, workspace_id=workspace_id, schedule_id=schedule_id)
    return tasks.create(
        tx,
        workspace_id=workspace_id,
        automation=schedule.automation,
        parameters=schedule.parameters,
        priority=schedule.priority,
        actor=actor,
        now=now,
    )


def prune(tx: Tx, *, before: int, limit: int = 1000) -> int:
    """Delete up to `limit` firings from before a moment; return how many went."""
    return tx.run(sql.prune, before=before, limit=limit)


def _fire(tx: Tx, *, workspace_id: int, schedule_id: int, now: int) -> list[Verdict]:
    schedule = read(tx, workspace_id=workspace_id, schedule_id=schedule_id)
    if schedule.next_at is None or schedule.next_at > now:
        return []
    wanted, missed = _wanted(schedule, now=now)
    following = None if schedule.cron is None else Cron(schedule.cron, schedule.timezone).after(now)
    if tx.one(sql.advance, schedule_id=schedule.id, expected=schedule.next_at, next_at=following) is None:
        return []
    if missed is not None:
        reason = "due while no server ran; the catch-up policy leaves it out"
        _note(tx, schedule, due_at=missed, verdict="missed", reason=reason, now=now)
    return [_start(tx, schedule, due_at=moment, now=now) for moment in wanted]


def _wanted(schedule: Schedule, *, now: int) -> tuple[list[int], int | None]:
    """Return the firings to carry out, oldest first, and one that is left out, if any is."""
    first = schedule.next_at or now
    fresh = list(_due(schedule, floor=max(first, now - ON_TIME), now=now))
    if first >= now - ON_TIME:
        return fresh, None
    if schedule.catch_up == "none":
        return fresh, first
    count = 1 if schedule.catch_up == "last" else schedule.catch_up_cap
    late = _latest(schedule, floor=max(first, now - HORIZON), until=now - ON_TIME - 1, count=count)
    if schedule.catch_up == "last" and fresh:
        late = []
    return late + fresh, None if late[:1] == [first] else first


def _due(schedule: Schedule, *, floor: int, now: int) -> Iterator[int]:
    """Yield the firings from `floor` on that are not in the future."""
    if schedule.cron is None:
        if schedule.once_at is not None and floor <= schedule.once_at <= now:
            yield schedule.once_at
        return
    for moment in Cron(schedule.cron, schedule.timezone).firings(floor - 1):
        if moment > now:
            return
        yield moment


def _latest(schedule: Schedule, *, floor: int, until: int, count: int) -> list[int]:
    """Return the last `count` firings between two moments, looking back step by step so that few are computed."""
    window = 60 * SECOND
    while True:
        start = max(floor, until - window)
        found: Sequence[int] = list(_due(schedule, floor=start, now=until))
        if len(found) >= count or start == floor:
            return list(found[-count:])
        window *= 4


def _start(tx: Tx, schedule: Schedule, *, due_at: int, now: int) -> Verdict:
    if _note(tx, schedule, due_at=due_at, verdict="started", reason=None, now=now) is None:
        return "skipped"
    unfinished = [] if schedule.overlap == "queue" else _unfinished(tx, schedule)
    if unfinished and schedule.overlap == "skip":
        _change_note(tx, schedule, due_at=due_at, reason=f"task {unfinished[0]} of an earlier firing has not ended")
        return "skipped"
    for task_id in unfinished:
        tasks.cancel(tx, workspace_id=schedule.workspace_id, task_id=task_id, actor=schedule.actor, now=now)
    task = tasks.create(
        tx,
        workspace_id=schedule.workspace_id,
        automation=schedule.automation,
        parameters=schedule.parameters,
        priority=schedule.priority,
        actor=schedule.actor,
        now=now,
    )
    tx.run(sql.set_task, schedule_id=schedule.id, due_at=due_at, task_id=task.id)
    tx.run(sql.started, schedule_id=schedule.id, due_at=due_at, task_id=task.id)
    return "started"


def _unfinished(tx: Tx, schedule: Schedule) -> list[int]:
    rows = tx.all(
        sql.unfinished,
        workspace_id=schedule.workspace_id,
        automation_id=schedule.automation_id,
        actor=schedule.actor,
    )
    return [row["id"] for row in rows]


def _note(
    tx: Tx, schedule: Schedule, *, due_at: int, verdict: Verdict, reason: str | None, now: int
) -> dict[str, int] | None:
    """Claim a firing; None when another server has claimed it."""
    row = tx.one(
        sql.insert_firing,
        schedule_id=schedule.id,
        due_at=due_at,
        verdict=verdict,
        task_id=None,
        reason=reason,
        now=now,
    )
    if row is not None and verdict == "missed":
        _tell(tx, schedule, "schedule.missed", due_at=due_at, reason=reason, now=now)
    return row


def _change_note(tx: Tx, schedule: Schedule, *, due_at: int, reason: str) -> None:
    tx.run(sql.skip, schedule_id=schedule.id, due_at=due_at, reason=reason)
    _tell(tx, schedule, "schedule.skipped", due_at=due_at, reason=reason, now=due_at)


def _tell(tx: Tx, schedule: Schedule, kind: str, *, due_at: int, reason: str | None, now: int) -> None:
    events.record(
        tx,
        workspace_id=schedule.workspace_id,
        kind=kind,
        entity="schedule",
        entity_id=str(schedule.id),
        actor=schedule.actor,
        now=now,
        data={"due_at": due_at, "reason": reason},
    )
