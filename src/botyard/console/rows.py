"""Rows of lists, made of one or two things of the core."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from botyard.core import automations, runners, tasks


class RunnerRow(msgspec.Struct, frozen=True, kw_only=True):
    """A runner as lists show it; `used` slots run `tasks`."""

    id: str
    name: str
    label: str | None
    slots: int
    used: int
    host: str
    os: str
    version: str
    embedded: bool
    draining: bool
    seen_at: int
    online: bool
    tasks: Sequence[tasks.Task] = ()


def row_of(runner: runners.Runner, *, now: int, held: Sequence[tasks.Task] = ()) -> RunnerRow:
    """Return a runner as lists show it; `held` may hold other runners' tasks too."""
    return RunnerRow(
        id=runner.id,
        name=runner.name,
        label=runner.label,
        slots=runner.slots,
        used=runner.busy,
        host=runner.host,
        os=runner.os,
        version=runner.version,
        embedded=runner.embedded,
        draining=runner.draining,
        seen_at=runner.seen_at,
        online=runner.is_online(now),
        tasks=[task for task in held if task.runner_id == runner.id],
    )


class AutomationRow(NamedTuple):
    """An automation with how it does: its newest tasks, and how many wait and run."""

    it: automations.Automation
    recent: Sequence[tasks.Task]
    waiting: str
    running: str

    @property
    def last(self) -> tasks.Task | None:
        """Return the newest task."""
        return self.recent[0] if self.recent else None


def with_counts(
    found: Sequence[tuple[automations.Automation, Sequence[tasks.Task]]],
    unfinished: Sequence[tasks.Task],
    *,
    cap: int,
) -> list[AutomationRow]:
    """Return automations with their newest tasks and their share of the unfinished ones, of which `cap` were read."""
    held = Counter((task.automation, task.state in tasks.HELD) for task in unfinished)
    more = "+" if len(unfinished) >= cap else ""

    def shown(label: str, *, is_held: bool) -> str:
        count = held[label, is_held]
        return f"{count}{more}" if count else ""

    return [
        AutomationRow(it, recent, shown(it.label, is_held=False), shown(it.label, is_held=True)) for it, recent in found
    ]
