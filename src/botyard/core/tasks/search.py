"""Read tasks: one, a page, counts."""

from __future__ import annotations

from collections.abc import Sequence

from botyard.base import jsontext
from botyard.core.tasks.ages import created_between
from botyard.core.tasks.model import Attempt, Task
from botyard.core.tasks.statements import read, sql
from botyard.core.tasks.states import LIVE, AttemptState, State
from botyard.storage import Select, Tx

#: A text is looked for in this many of the newest tasks.
TEXT_WINDOW = 50_000
#: No list is counted further than this.
COUNT_CAP = 10_000

_VIEW = "task_view t"


def get(tx: Tx, *, workspace_id: int, task_id: int) -> Task:
    """Return a task. Raises NotFound."""
    return read(tx, workspace_id=workspace_id, task_id=task_id)


def find(tx: Tx, *, workspace_id: int, task_id: int) -> Task | None:
    """Return a task, or None."""
    row = tx.one(sql.get, workspace_id=workspace_id, task_id=task_id)
    return None if row is None else Task.from_row(row)


def search(
    tx: Tx,
    *,
    workspace_id: int,
    states: Sequence[str] | None = None,
    automation: str | None = None,
    text: str | None = None,
    runner_id: str | None = None,
    since: int | None = None,
    until: int | None = None,
    before_id: int | None = None,
    after_id: int | None = None,
    only_id: int | None = None,
    limit: int = 50,
    window: int = TEXT_WINDOW,
) -> list[Task]:
    """Return tasks, newest first: those below `before_id`, or the ones just above `after_id`.

    `automation` is a label; `text` is looked for in ids, labels, names, authors and messages, `runner_id` as that
    of the latest attempt, both in the newest `window` tasks; `since` and `until` compare with the creation; `only_id`
    is for a caller who may see no other task.
    """
    select = _filtered(
        tx,
        workspace_id=workspace_id,
        states=None,
        automation=automation,
        text=text,
        runner_id=runner_id,
        since=since,
        until=until,
        window=window,
    )
    if before_id is not None:
        select = select.where("t.id < :before_id", before_id=before_id)
    if only_id is not None:
        select = select.where("t.id = :only_id", only_id=only_id)
    if after_id is not None:
        select = select.where("t.id > :after_id", after_id=after_id)
    upwards = after_id is not None
    order = "t.id" if upwards else "t.id DESC"
    rows = [row for each in _by_state(select, states) for row in tx.all_of(each.order_by(order).limit(limit))]
    rows.sort(key=lambda row: int(row["id"]), reverse=not upwards)
    found = [Task.from_row(row) for row in rows[:limit]]
    return found[::-1] if upwards else found


def _by_state(select: Select, states: Sequence[str] | None) -> list[Select]:
    """Return one list per state: each is read off the end of an index, where a list over several is a long walk."""
    if states is None:
        return [select]
    return [select.where("t.state = :state", state=state) for state in dict.fromkeys(states)]


def count(
    tx: Tx,
    *,
    workspace_id: int,
    states: Sequence[str] | None = None,
    automation: str | None = None,
    text: str | None = None,
    only_id: int | None = None,
) -> int:
    """Return how many tasks match a filter of search, counted to 10,000."""
    select = _filtered(tx, workspace_id=workspace_id, states=states, automation=automation, text=text)
    if only_id is not None:
        select = select.where("t.id = :only_id", only_id=only_id)
    total: int = tx.all_of(select.count(COUNT_CAP))[0]["total"]
    return total


def page(
    tx: Tx,
    *,
    workspace_id: int,
    offset: int,
    limit: int,
    states: Sequence[str] | None = None,
    automation: str | None = None,
    runner: str | None = None,
    since: int | None = None,
) -> tuple[list[Task], int]:
    """Return a numbered page, newest first, and how many tasks match. Filters as in search, and `runner` by name.

    The total is exact up to 10,000; beyond, it exceeds what was shown so far while there is more.
    """
    select = _filtered(tx, workspace_id=workspace_id, states=states, automation=automation, runner=runner, since=since)
    rows = tx.all_of(select.order_by("t.id DESC").limit(limit + 1, offset=offset))
    total = tx.all_of(select.count(COUNT_CAP))[0]["total"]
    return [Task.from_row(row) for row in rows[:limit]], max(total, offset + len(rows) if rows else 0)


def _filtered(
    tx: Tx,
    *,
    workspace_id: int,
    states: Sequence[str] | None = None,
    automation: str | None = None,
    text: str | None = None,
    runner_id: str | None = None,
    runner: str | None = None,
    since: int | None = None,
    until: int | None = None,
    window: int = TEXT_WINDOW,
) -> Select:
    select = Select(_VIEW, "t.*").where("t.workspace_id = :workspace_id", workspace_id=workspace_id)
    if states is not None:
        select = select.where_in("t.state", "state", list(states))
    if automation is not None:
        select = select.where("t.automation = :automation", automation=automation.replace("\0", ""))
    if runner_id is not None:
        select = _newest(tx, select, workspace_id=workspace_id, window=window)
        select = select.where("t.runner_id = :runner_id", runner_id=runner_id.replace("\0", ""))
    if runner is not None:
        select = select.where("t.runner = :runner", runner=runner.replace("\0", ""))
    select = created_between(tx, select, workspace_id=workspace_id, since=since, until=until)
    return select if text is None else _with_text(tx, select, workspace_id=workspace_id, text=text, window=window)


def _with_text(tx: Tx, select: Select, *, workspace_id: int, text: str, window: int) -> Select:
    text = text.strip().replace("\0", "")
    pattern = text.lower().replace("!", "!!").replace("%", "!%").replace("_", "!_")
    condition = (
        "LOWER(t.automation) LIKE :pattern ESCAPE '!' OR LOWER(t.automation_name) LIKE :pattern ESCAPE '!'"
        " OR LOWER(t.created_by) LIKE :pattern ESCAPE '!' OR LOWER(t.message) LIKE :pattern ESCAPE '!'"
        " OR LOWER(t.parameters) LIKE :pattern ESCAPE '!' OR CAST(t.id AS TEXT) = :exact"
    )
    newest = _newest(tx, select, workspace_id=workspace_id, window=window)
    return newest.where(condition, pattern=f"%{pattern}%", exact=text.lstrip("#"))


def _newest(tx: Tx, select: Select, *, workspace_id: int, window: int) -> Select:
    newest = tx.one(sql.newest_id, workspace_id=workspace_id)
    return select.where("t.id > :floor", floor=(newest["id"] if newest else 0) - window)


def attempts_of(tx: Tx, *, workspace_id: int, task_id: int, limit: int = 100) -> list[Attempt]:
    """Return the newest attempts of a task, newest first."""
    rows = tx.all(sql.attempts_of, workspace_id=workspace_id, task_id=task_id, limit=limit)
    return [Attempt.from_row(row) for row in rows]


def attempts_by_runner(tx: Tx, *, workspace_id: int, runner_id: str, limit: int = 100) -> list[Attempt]:
    """Return the attempts that a runner had, those of the newest tasks first."""
    rows = tx.all(sql.attempts_by_runner, workspace_id=workspace_id, runner_id=runner_id, limit=limit)
    return [Attempt.from_row(row) for row in rows]


def count_by_runner(
    tx: Tx, *, workspace_id: int, runner_id: str, since: int, cap: int = COUNT_CAP
) -> dict[AttemptState, int]:
    """Return how many attempts of a runner that began at or after `since` are in each state (of the newest `cap`)."""
    rows = tx.all(sql.count_by_runner, workspace_id=workspace_id, runner_id=runner_id, since=since, cap=cap)
    return {AttemptState(row["state"]): row["total"] for row in rows}


def is_settled(task: Task, attempts: Sequence[Attempt]) -> bool:
    """Whether the task has ended, its last process too, and its log is complete."""
    return task.is_final and all(a.state not in LIVE and a.log_complete for a in attempts[:1])


def count_by_state(tx: Tx, *, workspace_id: int, cap: int = COUNT_CAP) -> dict[State, int]:
    """Return how many tasks are in each state, counted to `cap`."""
    rows = tx.all(sql.count_by_state, workspace_id=workspace_id, cap=cap, states=jsontext.encode(list(State)))
    return {State(row["state"]): row["total"] for row in rows}


def finished_by_hour(
    tx: Tx, *, workspace_id: int, since: int, bucket: int, cap: int = 100_000
) -> dict[int, dict[State, int]]:
    """Return, per `bucket` microseconds from `since` on, how many tasks ended in each state (the newest `cap`)."""
    counts: dict[int, dict[State, int]] = {}
    for row in tx.all(sql.finished_by_hour, workspace_id=workspace_id, since=since, bucket=bucket, cap=cap):
        counts.setdefault(row["bucket"], {})[State(row["state"])] = row["total"]
    return counts
