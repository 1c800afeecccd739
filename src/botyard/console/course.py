"""A task's life in words: the sentence at the top of its page, the steps of its course, why it waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from botyard.console.wording import actor, ago, duration, lowered, message, state_word
from botyard.core import events, runners, tasks


class Step(NamedTuple):
    """One step of a task's course; `took` is the time until the next, counted on from `since` while it lasts."""

    word: str
    tone: str
    at: int | None
    took: int | None = None
    since: int | None = None


class Why(NamedTuple):
    """One reason why a task waits, with the runner that it is about."""

    text: str
    hint: str
    command: str
    runner_id: str | None
    who: str


def sentence(task: tasks.Task, reasons: Sequence[Why], *, now: int, ended_by: str | None = None) -> str:
    """Return what has become of a task, with the reason."""
    where = f" on {task.runner}" if task.runner else ""
    if _waits(task):
        return f"Waits: {lowered(reasons[0].text)}" if reasons else "Waits for its turn."
    if task.state is tasks.State.LEASED:
        return f"A runner prepares it{where}."
    if task.state is tasks.State.RUNNING:
        return f"Runs{where}.{' It was asked to stop.' if task.interrupted or task.killed else ''}"
    took = f" after {duration(task.finished_at - task.started_at)}" if task.finished_at and task.started_at else ""
    when = f" {ago(task.finished_at, now)}" if task.finished_at else ""
    by = f" by {actor(ended_by)}" if ended_by and task.state is tasks.State.CANCELLED else ""
    said = "" if by else message(task.message)[:300].strip()
    if said and said[-1] not in ".!?":
        said += "."
    return f"{said} {_ended(task)}{by}{when}{took}{where}.".strip()


def _ended(task: tasks.Task) -> str:
    words = {"succeeded": "Succeeded", "failed": "Failed", "partial": "Partly done", "cancelled": "Cancelled"}
    return words.get(task.state, task.state)


def steps(task: tasks.Task, attempt: tasks.Attempt | None, *, now: int) -> list[Step]:
    """Return the course of the latest attempt, with what is still to come."""
    leased = attempt.leased_at if attempt is not None and task.epoch and not _waits(task) else None
    moments = [
        ("preparing" if task.state is tasks.State.PREPARING else "queued", "waiting", task.queued_at),
        ("starting", "running", leased),
        ("running", "running", None if _waits(task) else task.started_at),
        (_last_word(task), state_word(task.state).tone if task.is_final else "waiting", task.finished_at),
    ]
    shown = [moment for moment in moments if moment[2] is not None or not task.is_final]
    made = []
    for index, (word, tone, at) in enumerate(shown):
        after = next((later for _, _, later in shown[index + 1 :] if later is not None), None)
        ongoing = at is not None and after is None and not task.is_final
        took = None if at is None else (now - at if ongoing else (after - at if after is not None else None))
        made.append(Step(word, tone, at, took, at if ongoing else None))
    return made


def _waits(task: tasks.Task) -> bool:
    return task.state in (tasks.State.QUEUED, tasks.State.PREPARING)


def _last_word(task: tasks.Task) -> str:
    return state_word(task.state).word if task.is_final else "finished"


def reasons_of(reasons: Sequence[tasks.Reason], staff: Sequence[runners.Runner], *, now: int) -> list[Why]:
    """Return why a task waits, each runner by its name and with relative times."""
    known = {runner.id: runner for runner in staff}
    made = []
    for reason in reasons:
        runner = known.get(reason.runner_id or "")
        text = reason.text
        if runner is not None:
            text = text.removeprefix(f"{runner.name}: ")
            if reason.code == "runner_offline":
                text = f"silent, last heard from {ago(runner.seen_at, now)}"
        hint, _, command = reason.hint.partition(": botyard ")
        command = f"botyard {command}" if command else ""
        made.append(Why(text, hint, command, reason.runner_id, runner.name if runner is not None else "a runner"))
    return made


def ended_by(history: Sequence[events.Event]) -> str | None:
    """Return who cancelled the task last, from its events."""
    return next((event.actor for event in reversed(history) if event.kind == "task.cancelled"), None)
