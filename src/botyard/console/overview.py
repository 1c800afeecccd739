"""What the Operations page says: the sentence that answers first, the numbers, and what needs a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from botyard.base import clock
from botyard.console import charts
from botyard.console.filters import address
from botyard.console.rows import RunnerRow, row_of
from botyard.console.wording import UNFINISHED, count_of, lowered, number, state_word
from botyard.core import alerts, automations, runners, tasks
from botyard.storage import Tx

COUNT_CAP = 1000
_FAILURES = 200
_FINISHED = 10_000


class Need(NamedTuple):
    """One thing that a person should look at."""

    tone: str
    text: str
    href: str


class Counts(NamedTuple):
    """The numbers on the tiles, as they are shown."""

    running: str
    waiting: str
    starting: str
    failed: int
    succeeded: int
    online: int
    runners: int
    slots: str
    is_running: bool


def context(tx: Tx, *, workspace_id: int, now: int) -> dict[str, Any]:
    """Return everything the Operations page shows."""
    counts = tasks.count_by_state(tx, workspace_id=workspace_id, cap=COUNT_CAP)
    hours = _hours(tx, counts, workspace_id=workspace_id, now=now)
    staff = [
        row_of(it, now=now)
        for it in runners.list_all(tx, workspace_id=workspace_id, limit=100)
        if now - it.seen_at < 7 * clock.DAY
    ]
    failed = tasks.search(tx, workspace_id=workspace_id, states=["failed"], since=now - clock.DAY, limit=_FAILURES)
    waiting = _first_waiting(tx, workspace_id=workspace_id)
    reasons = _reasons(tx, waiting, workspace_id=workspace_id, now=now)
    return {
        "answer": answer(counts, reasons, failed=len(failed), has_runner=any(row.online for row in staff)),
        "counts": _tiles(counts, hours, staff, failed=len(failed)),
        "sparks": {
            tone: charts.sparkline([each.get(tone, 0) for _, each in hours]) for tone in ("failed", "succeeded")
        },
        "chart": (chart := charts.stacked(hours)),
        "chart_partial": _FINISHED if chart.total >= _FINISHED else 0,
        "chart_summary": charts.summary(chart),
        "recent": tasks.search(tx, workspace_id=workspace_id, limit=10),
        "needs": needs(staff, failed, waiting, reasons),
        "runners": staff[:8],
        "alerts": alerts.search(tx, workspace_id=workspace_id, limit=4),
        "automations": automations.search(tx, workspace_id=workspace_id, limit=1),
    }


def answer(counts: dict[tasks.State, int], reasons: Sequence[tasks.Reason], *, failed: int, has_runner: bool) -> str:
    """Return the sentence that a person on night duty came for."""
    waiting = counts.get(tasks.State.QUEUED, 0) + counts.get(tasks.State.PREPARING, 0)
    running = counts.get(tasks.State.RUNNING, 0) + counts.get(tasks.State.LEASED, 0)
    blocked = next((reason for reason in reasons if reason.code not in ("next", "in_line")), None)
    said = []
    if waiting and blocked is not None:
        verb = "waits" if waiting == 1 else "wait"
        said.append(f"{count_of(waiting, 'task')} {verb}: {lowered(blocked.text)}")
    elif waiting:
        said.append(f"{count_of(waiting, 'task')} {'waits' if waiting == 1 else 'wait'} for a free slot.")
    if running:
        said.append(f"{count_of(running, 'task')} {'runs' if running == 1 else 'run'}.")
    if not waiting and not running:
        said.append("All quiet: nothing waits and nothing runs.")
    if not has_runner and not waiting:
        said.append("No runner is online.")
    if failed:
        said.append(f"{number(failed)}{'+' if failed >= _FAILURES else ''} failed in the last 24 hours.")
    return " ".join(said)


def needs(
    staff: Sequence[RunnerRow],
    failed: Sequence[tasks.Task],
    waiting: tasks.Task | None,
    reasons: Sequence[tasks.Reason],
) -> list[Need]:
    """Return what a person should look at, most pressing first."""
    found = []
    blocked = next((reason for reason in reasons if reason.code in ("no_package", "no_runner", "no_free_runner")), None)
    if waiting is not None and blocked is not None:
        found.append(Need("waiting", f"Task {waiting.id} waits: {lowered(blocked.text)}", f"/tasks/{waiting.id}"))
    silent = [row for row in staff if not row.online]
    found += [Need("overdue", f"Runner {row.name} is silent.", f"/runners#{row.id}") for row in silent]
    for (label, name), times in Counter((task.automation, task.automation_name) for task in failed).most_common(4):
        words = "failed once" if times == 1 else f"failed {times} times"
        query = f'state:failed automation:"{label}" newer:24h'
        found.append(Need("failed", f"{name} {words} in 24 hours.", address("/tasks", q=query)))
    return found[:8]


def _first_waiting(tx: Tx, *, workspace_id: int) -> tasks.Task | None:
    found = tasks.search(tx, workspace_id=workspace_id, states=["queued"], limit=1)
    return found[0] if found else None


def _reasons(tx: Tx, waiting: tasks.Task | None, *, workspace_id: int, now: int) -> list[tasks.Reason]:
    if waiting is None:
        return []
    return tasks.why_waiting(tx, workspace_id=workspace_id, task_id=waiting.id, now=now)


def _hours(tx: Tx, counts: dict[tasks.State, int], *, workspace_id: int, now: int) -> list[tuple[int, dict[str, int]]]:
    first = now // clock.HOUR * clock.HOUR - 23 * clock.HOUR
    finished = tasks.finished_by_hour(tx, workspace_id=workspace_id, since=first, bucket=clock.HOUR, cap=_FINISHED)
    hours = [(first + n * clock.HOUR, dict[str, int]()) for n in range(24)]
    for n, (_, tones) in enumerate(hours):
        for state, total in finished.get(n, {}).items():
            tones[state_word(state).tone] = tones.get(state_word(state).tone, 0) + total
    for name in UNFINISHED:
        tone = state_word(name).tone
        hours[-1][1][tone] = hours[-1][1].get(tone, 0) + counts.get(tasks.State(name), 0)
    return hours


def _tiles(
    counts: dict[tasks.State, int],
    hours: Sequence[tuple[int, dict[str, int]]],
    staff: Sequence[RunnerRow],
    *,
    failed: int,
) -> Counts:
    running = counts.get(tasks.State.RUNNING, 0)
    starting = counts.get(tasks.State.LEASED, 0)
    online = [row for row in staff if row.online]
    return Counts(
        running=capped(running + starting),
        waiting=capped(counts.get(tasks.State.QUEUED, 0) + counts.get(tasks.State.PREPARING, 0)),
        starting=f"{starting} starting" if starting else "",
        failed=failed,
        succeeded=sum(each.get("succeeded", 0) for _, each in hours),
        online=len(online),
        runners=len(staff),
        slots=f"{sum(row.used for row in online)} of {count_of(sum(row.slots for row in online), 'slot')}",
        is_running=running > 0,
    )


def _spark(hours: Sequence[tuple[int, dict[str, int]]], tone: str) -> str:
    return charts.sparkline([counts.get(tone, 0) for _, counts in hours])


def capped(count: int, cap: int = COUNT_CAP) -> str:
    """Return a count that was not counted further than `cap`."""
    return f"{number(cap)}+" if count >= cap else number(count)
