"""What tasks, attempts and leases are. Times are microseconds UTC."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from botyard.base import jsontext
from botyard.core.access import tokens
from botyard.core.tasks.states import FINAL, AttemptState, State

Outcome = Literal["succeeded", "failed", "partial"]
StopAction = Literal["interrupt", "cancel", "kill"]
Action = Literal["interrupt", "cancel", "kill", "stale"]

_FLAGS = ("test", "development", "ready", "interrupted", "killed", "overdue")


class NewTask(msgspec.Struct, frozen=True, kw_only=True):
    """A task to create. `automation` is its label; priority None takes the automation's; `not_before` may be past."""

    workspace_id: int
    automation: str
    actor: str
    now: int
    parameters: dict[str, Any] = {}
    priority: int | None = None
    not_before: int | None = None
    test: bool = False
    #: Whether somebody runs the bot by hand; see `develop`.
    development: bool = False
    #: The version of the package to run; None means whichever is released when the task is leased.
    version: str | None = None
    #: Whether the parameters must have their types' own JSON forms, as `parameters.accept` says.
    strict: bool = False
    #: What fetching its files may do, kept with each file for whoever fetches it; None means the server's own rules.
    fetch: dict[str, Any] | None = None


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of work for an automation.

    `automation` is the label; `epoch` counts the leases so far, `lost` those that were lost; `package`,
    `package_version`, `runner_id` and `runner` (its name) speak of the latest attempt and are None before
    the first and while the task waits. `parameters` is never None; item counts are None until reported.
    """

    id: int
    workspace_id: int
    automation_id: str
    automation: str
    automation_name: str
    folder: str
    state: State
    priority: int
    parameters: dict[str, Any]
    runner_label: str | None
    max_attempts: int
    test: bool
    development: bool
    ready: bool
    not_before: int | None
    created_at: int
    created_by: str
    updated_at: int
    queued_at: int
    started_at: int | None
    finished_at: int | None
    epoch: int
    lost: int
    message: str | None
    output: Any
    total_items: int | None
    processed_items: int | None
    failed_items: int | None
    interrupted: bool
    killed: bool
    overdue: bool
    package: str | None
    package_version: str | None
    runner_id: str | None
    runner: str | None

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens unless somebody restarts or amends it."""
        return self.state in FINAL

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Task:
        """Return the task of a row of the task view."""
        values = dict(row)
        for flag in _FLAGS:
            values[flag] = bool(values[flag])
        values["state"] = State(values["state"])
        values["parameters"] = jsontext.decode(values["parameters"])
        values["output"] = None if values["output"] is None else jsontext.decode(values["output"])
        return cls(**values)


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try to run a task. `log_dropped` counts lines refused because the log was full."""

    id: str
    task_id: int
    epoch: int
    state: AttemptState
    runner_id: str | None
    runner: str | None
    dialect: str
    package_version: str | None
    package_digest: str | None
    stop: StopAction | None
    leased_at: int
    lease_until: int
    started_at: int | None
    ended_at: int | None
    exit_code: int | None
    message: str | None
    log_lines: int
    log_bytes: int
    log_dropped: int
    log_complete: bool

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Attempt:
        """Return the attempt of a row of the attempt view."""
        return cls(**{**row, "state": AttemptState(row["state"]), "log_complete": bool(row["log_complete"])})


class AttemptRef(msgspec.Struct, frozen=True, kw_only=True):
    """The attempt that speaks, as its token names it."""

    id: str
    task_id: int
    epoch: int


class LeaseRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A runner asks for up to `free` tasks.

    `claim` is random for each call; repeating it returns the leases it already got. `lease` is how long
    the lease lasts without a heartbeat, in microseconds.
    """

    workspace_id: int
    runner_id: str
    free: int
    claim: str
    now: int
    lease: int


class TaskInput(msgspec.Struct, frozen=True, kw_only=True):
    """A file to fetch for a task that prepares; `tries` counts this claim too. See `NewTask.fetch` for `policy`."""

    id: int
    workspace_id: int
    task_id: int
    parameter: str
    position: int
    url: str
    policy: dict[str, Any] | None
    tries: int


class InputFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a task was given, as an artifact; without `artifact_id` it has not been fetched.

    `next_at` is when it is tried again, None when it will not be; `error` is why the last try failed.
    """

    parameter: str
    position: int
    artifact_id: int | None = None
    file_name: str | None = None
    digest: str | None = None
    size: int | None = None
    tries: int = 0
    next_at: int | None = None
    error: str | None = None


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """What a runner needs to run one task; `credential.text` is the attempt's token, known only here."""

    task_id: int
    attempt_id: str
    epoch: int
    credential: tokens.Minted
    lease_until: int
    automation: str
    dialect: str
    entry: str
    package_version: str
    package_digest: str
    parameters: dict[str, Any]
    priority: int
    grace_seconds: int
    stop: StopAction | None
    #: The files that its parameters name.
    files: list[InputFile] = []
    #: The declared parameters in which the bot may return files.
    file_outputs: list[str] = []
    #: The types of the declared parameters that it is given, "datetime" or "datetime[]".
    types: dict[str, str] = {}
    #: The folder of its automation; None for one that is named only, as DEFAULT may be.
    folder_id: str | None = None


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """What a runner must do with an attempt; `stale` means that its lease is gone."""

    attempt_id: str
    action: Action


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What stands for attempts of a runner: commands, and those whose token is to be replaced."""

    commands: list[Command]
    rotate: list[str]


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a heartbeat: leases hold until `lease_until`; everything that stands is named each time."""

    lease_until: int
    commands: list[Command]
    rotate: list[str]


class NewCredential(msgspec.Struct, frozen=True, kw_only=True):
    """Another token of an attempt, shown this once; the one before is good until `earlier_until`."""

    text: str
    earlier_until: int


class EndReport(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt's process has ended. `outcome` None lets the exit code and the dialect decide."""

    runner_id: str
    attempt_id: str
    now: int
    exit_code: int | None = None
    outcome: Outcome | None = None
    message: str = ""
    output: Any = None


class Finish(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a task as its bot, or a person, reports it. Item counts None mean: not reported."""

    outcome: Outcome
    message: str = ""
    total: int | None = None
    processed: int | None = None
    failed: int | None = None
    output: Any = None


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """One reason why a task waits: a stable code, a sentence, what would end the wait."""

    code: str
    text: str
    hint: str = ""
    runner_id: str | None = None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one task of a bulk call; `error` is None when it was done."""

    task_id: int
    task: Task | None
    error: Exception | None
