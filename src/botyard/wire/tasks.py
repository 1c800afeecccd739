"""Tasks, their logs, files, alerts and history, as people and bots read and start them."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

#: Task states in which nothing more will happen by itself.
FINAL_STATES = frozenset({"succeeded", "failed", "partial", "cancelled"})
#: What `POST /api/v1/tasks/{id}/<action>` and the bulk call accept.
TaskAction = Literal["cancel", "restart", "interrupt", "kill"]
BulkAction = Literal["cancel", "restart"]


class CreateTask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Start an automation. Times are ISO 8601; one without an offset is UTC."""

    automation: str
    parameters: dict[str, Any] = {}
    priority: int | None = None
    not_before: str | None = None
    test: bool = False


class TaskView(msgspec.Struct, frozen=True, kw_only=True):
    """One task, flat. Times are ISO 8601 in UTC; `attempts` is the epoch, the number of leases.

    `settled`, `waiting` and `inputs` are filled in when a single task is read. `settled` is True when the task is in
    a final state, its last attempt's process has ended and its log is complete.
    """

    id: int
    state: str
    automation: str
    automation_name: str
    priority: int
    parameters: dict[str, Any]
    test: bool
    created_at: str
    created_by: str
    updated_at: str
    not_before: str | None = None
    started_at: str | None = None
    finished_at: str | None = None
    attempts: int = 0
    lost: int = 0
    runner: str | None = None
    package_version: str | None = None
    message: str | None = None
    output: Any = None
    total_items: int | None = None
    processed_items: int | None = None
    failed_items: int | None = None
    interrupted: bool = False
    killed: bool = False
    overdue: bool = False
    settled: bool | None = None
    waiting: list[str] = []
    inputs: list[InputView] = []


class TaskPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page, newest first; pass `next` as `before` for the following one, None at the end."""

    tasks: list[TaskView]
    next: int | None = None


class BulkCall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One action on many tasks; each task gets its own verdict."""

    action: BulkAction
    ids: list[int]


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one task of a bulk call; `code` is None when it was done."""

    id: int
    state: str | None = None
    code: str | None = None
    detail: str | None = None


class BulkReply(msgspec.Struct, frozen=True, kw_only=True):
    """The verdicts in the order of the ids."""

    verdicts: list[Verdict]


class AttemptView(msgspec.Struct, frozen=True, kw_only=True):
    """One try to run a task."""

    epoch: int
    state: str
    runner: str | None
    leased_at: str
    started_at: str | None = None
    ended_at: str | None = None
    exit_code: int | None = None
    message: str | None = None
    package_version: str | None = None
    log_lines: int = 0
    log_dropped: int = 0
    log_complete: bool = False


class AttemptList(msgspec.Struct, frozen=True, kw_only=True):
    """Every attempt of a task, first to last."""

    attempts: list[AttemptView]


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a task's log; `late` marks lines that came after the attempt had lost its lease."""

    epoch: int
    seq: int
    at: str
    stream: str
    text: str
    late: bool = False


class LogPage(msgspec.Struct, frozen=True, kw_only=True):
    """Lines after the position asked for; pass `next` as `after` for those that follow.

    `complete` is True when no line will follow the last one here unless the task is restarted. `dropped` counts lines
    of the whole task that were not kept because its log was full.
    """

    lines: list[LineView]
    next: str
    complete: bool
    dropped: int = 0


class LogEnd(msgspec.Struct, frozen=True, kw_only=True):
    """The last message of a followed log: no line follows unless the task is restarted. `dropped` were not kept."""

    dropped: int = 0


class InputView(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a task was given as a link, the value of `parameter` or the one at `position` of its list.

    `state` is fetched, waiting or failed; `artifact` is where a fetched one is kept, `error` why the last try failed.
    """

    parameter: str
    position: int
    state: Literal["fetched", "waiting", "failed"]
    tries: int = 0
    artifact: int | None = None
    file_name: str | None = None
    size: int | None = None
    next_try_at: str | None = None
    error: str | None = None


class ArtifactView(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a task left; without `digest` its content has not been uploaded yet."""

    id: int
    task: int
    automation: str = ""
    name: str
    file_name: str
    digest: str | None
    size: int | None
    media_type: str | None
    created_at: str
    created_by: str = ""


class AlertView(msgspec.Struct, frozen=True, kw_only=True):
    """A notice that a task raised."""

    id: int
    task: int
    automation: str = ""
    level: str
    title: str
    message: str
    created_at: str
    created_by: str = ""


class EventView(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a task's history."""

    id: int
    kind: str
    actor: str
    at: str
    data: dict[str, Any]


class ArtifactList(msgspec.Struct, frozen=True, kw_only=True):
    """Files of a task or of the workspace, newest first; pass `next` as `before` for the following page."""

    artifacts: list[ArtifactView]
    next: int | None = None


class AlertList(msgspec.Struct, frozen=True, kw_only=True):
    """Alerts of a task or of the workspace, newest first; pass `next` as `before` for the following page."""

    alerts: list[AlertView]
    next: int | None = None


class EventList(msgspec.Struct, frozen=True, kw_only=True):
    """The history of a task, oldest first; pass `next` as `after`."""

    events: list[EventView]
    next: int | None = None
