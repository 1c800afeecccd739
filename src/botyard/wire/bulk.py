"""One action on everything that a filter matches, with a preview, some hundreds a call."""

from __future__ import annotations

from typing import Literal

import msgspec

from botyard.wire.tasks import TaskAction, Verdict


class TaskMatchCall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One action on the newest tasks that match, as in the list of tasks, below the id `before`.

    Without `states` those are meant that the action is for: cancel and interrupt mean tasks that have not ended,
    restart those that failed or were cancelled, kill those that run. `dry_run` only tells which they would be.
    """

    action: TaskAction
    states: list[str] | None = None
    automation: str | None = None
    text: str | None = None
    before: int | None = None
    limit: int = 500
    dry_run: bool = False


class ScheduleMatchCall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pause the schedules that are on, or let those go on that are paused, the newest first, below the id `before`.

    `automation` names the only one that is meant; `dry_run` only tells which schedules they would be.
    """

    action: Literal["pause", "resume"]
    automation: str | None = None
    before: int | None = None
    limit: int = 500
    dry_run: bool = False


class MatchReply(msgspec.Struct, frozen=True, kw_only=True):
    """What was meant and what was done. `next` goes on as `before`, and is null when all were reached.

    `matched` counts those of this call, in a dry run all that match, to 10,000; `ids` are those of this call.
    """

    matched: int
    done: int
    refused: list[Verdict]
    ids: list[int]
    next: int | None = None
    dry_run: bool = False


class RunnerMatchCall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Let the runners that take work finish and take no more, or take the draining ones back, by id, from `after` on.

    `label` names the only one that is meant; `dry_run` only tells which runners they would be.
    """

    action: Literal["drain", "resume"]
    label: str | None = None
    after: str | None = None
    limit: int = 500
    dry_run: bool = False


class RunnerMatchReply(msgspec.Struct, frozen=True, kw_only=True):
    """The runners that were meant, and for how many it was done. `next` goes on as `after`."""

    done: int
    ids: list[str]
    next: str | None = None
    dry_run: bool = False
