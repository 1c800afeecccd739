"""What the list of tasks shows: one page of a filter, its chips and its neighbours."""

from __future__ import annotations

from typing import Any, NamedTuple

from botyard.console import filters, taskside
from botyard.console.filters import Filter, address, with_term
from botyard.console.overview import COUNT_CAP, capped
from botyard.console.wording import count_of
from botyard.core import automations, runners, tasks
from botyard.storage import Tx

PAGE = 50
#: Words and runners are looked for in this many of the newest tasks, which takes a few hundredths of a second.
WINDOW = 12_000
_CHIPS = (
    ("waiting", "waiting", "waiting"),
    ("active", "running", "running"),
    ("succeeded", "succeeded", "succeeded"),
    ("partial", "partial", "partial"),
    ("failed", "failed", "failed"),
    ("cancelled", "cancelled", "cancelled"),
)


class Chip(NamedTuple):
    """A state to filter by."""

    href: str
    word: str
    tone: str | None
    total: str
    chosen: bool


def context(tx: Tx, *, workspace_id: int, query: str, before: int | None, now: int) -> dict[str, Any]:
    """Return everything the list of tasks shows."""
    wanted = filters.parse(query)
    found = find(tx, workspace_id=workspace_id, wanted=wanted, now=now, before_id=before, limit=PAGE + 1)
    shown = found[:PAGE]
    counts = tasks.count_by_state(tx, workspace_id=workspace_id, cap=COUNT_CAP)
    known = automations.labels(tx, workspace_id=workspace_id, limit=100)
    return {
        "filter": wanted,
        "tasks": shown,
        "progress": taskside.progress_of(tx, shown),
        "window": WINDOW if wanted.text or wanted.runner else None,
        "first_page": before is None,
        "answer": answer(counts),
        "chips": chips(wanted, counts),
        "here": address("/tasks", q=wanted.query),
        "newest": address("/tasks", q=wanted.query),
        "older": address("/tasks", q=wanted.query, before=shown[-1].id) if len(found) > PAGE else None,
        "words": [f"state:{name}" for name in (*filters.TASK_STATES, *filters.GROUPS)]
        + [f"automation:{label}" for label in known if " " not in label],
        "automations": automations.search(tx, workspace_id=workspace_id, limit=1),
    }


def fresh(tx: Tx, *, workspace_id: int, query: str, newest: int, ids: list[int], now: int) -> dict[str, Any]:
    """Return the present rows of `ids` and how many tasks newer than `newest` fit the filter."""
    wanted = filters.parse(query)
    known = [tasks.find(tx, workspace_id=workspace_id, task_id=task_id) for task_id in ids]
    newer = find(tx, workspace_id=workspace_id, wanted=wanted, now=now, after_id=newest, limit=PAGE)
    counts = tasks.count_by_state(tx, workspace_id=workspace_id, cap=COUNT_CAP)
    there = [task for task in known if task is not None]
    return {
        "tasks": there,
        "progress": taskside.progress_of(tx, there),
        "newer": len(newer),
        "newer_words": f"{count_of(len(newer), 'new task')}" if len(newer) < PAGE else f"{PAGE}+ new tasks",
        "answer": answer(counts),
        "chips": chips(wanted, counts),
    }


def find(
    tx: Tx,
    *,
    workspace_id: int,
    wanted: Filter,
    now: int,
    limit: int,
    before_id: int | None = None,
    after_id: int | None = None,
) -> list[tasks.Task]:
    """Return the tasks that fit a filter, newest first; a filter with a problem still shows what the rest finds."""
    runner_id = _runner_id(tx, workspace_id=workspace_id, name=wanted.runner)
    if wanted.runner is not None and runner_id is None:
        return []
    return tasks.search(
        tx,
        workspace_id=workspace_id,
        states=wanted.states or None,
        automation=wanted.automation,
        text=wanted.text,
        runner_id=runner_id,
        since=None if wanted.newer is None else now - wanted.newer,
        until=None if wanted.older is None else now - wanted.older,
        before_id=before_id,
        after_id=after_id,
        limit=limit,
        window=WINDOW,
    )


def answer(counts: dict[tasks.State, int]) -> str:
    """Return the state of all tasks in a sentence."""
    running = counts.get(tasks.State.RUNNING, 0) + counts.get(tasks.State.LEASED, 0)
    waiting = counts.get(tasks.State.QUEUED, 0) + counts.get(tasks.State.PREPARING, 0)
    if not any(counts.values()):
        return "No task yet."
    if not running and not waiting:
        return "Nothing waits and nothing runs."
    runs = f"{capped(running)} {'task runs' if running == 1 else 'tasks run'}" if running else "Nothing runs"
    waits = f"{capped(waiting)} {'waits' if waiting == 1 else 'wait'}" if waiting else "nothing waits"
    return f"{runs}, {waits}."


def chips(wanted: Filter, counts: dict[tasks.State, int]) -> list[Chip]:
    """Return the states to filter by; those that change by themselves carry their count."""
    made = [Chip(address("/tasks", q=with_term(wanted.query, "state", None)), "all", None, "", not wanted.states)]
    for name, word, tone in _CHIPS:
        states = filters.GROUPS.get(name, (name,))
        live = name in ("waiting", "active")
        total = sum(counts.get(tasks.State(state), 0) for state in states)
        query = with_term(wanted.query, "state", name)
        count = capped(total) if live and total else ""
        made.append(Chip(address("/tasks", q=query), word, tone, count, set(wanted.states) == set(states)))
    return made


def _runner_id(tx: Tx, *, workspace_id: int, name: str | None) -> str | None:
    if name is None:
        return None
    staff = runners.list_all(tx, workspace_id=workspace_id)
    return next((runner.id for runner in staff if name in (runner.name, runner.id)), None)
