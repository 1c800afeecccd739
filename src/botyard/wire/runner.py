"""What a runner says to the server: register, lease, heartbeat, log lines, end of an attempt."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

#: What a heartbeat may ask a runner to do with an attempt. `stale` means that the lease is gone:
#: stop the process and report nothing.
Action = Literal["interrupt", "cancel", "kill", "stale"]
#: How an attempt ended, in the words of the task's states.
Outcome = Literal["succeeded", "failed", "partial"]
#: The stream that a line was written to; `runner` is the runner's own voice.
Stream = Literal["stdout", "stderr", "runner"]
#: One log line: number within the attempt from 1, time in microseconds UTC, stream, text.
LogLine = tuple[int, int, str, str]


class RegisterRunner(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for an identity with a join code (`POST /api/v1/runners/register`)."""

    name: str
    slots: int = 1
    label: str | None = None
    host: str = ""
    os: str = ""
    version: str = ""
    embedded: bool = False


class RunnerIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """The new runner and its token, which is shown this once."""

    runner_id: str
    token: str
    workspace: str
    lease_seconds: int = 30
    heartbeat_seconds: int = 5


class BeginReply(msgspec.Struct, frozen=True, kw_only=True):
    """What a new life of a runner ended of its earlier one (`POST /api/v1/runner/begin`)."""

    lost: int = 0


class LeaseCall(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for at most `free` tasks, waiting up to `wait` seconds for the first.

    `claim` is random for each new call. A call that is repeated with the same claim, because its
    answer was lost, receives the same leases again instead of new ones.
    """

    free: int
    claim: str
    wait: float = 0.0


class GivenFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file for a bot: it stands for the value of `parameter`, or for the one at `position` of a list.

    Read it at `GET /api/v1/runner/attempts/{attempt}/files/{id}`.
    """

    id: int
    parameter: str
    position: int
    name: str
    digest: str
    size: int


class RunGrant(msgspec.Struct, frozen=True, kw_only=True):
    """What the run of an action is given: variables for its process, and values for its code by their names."""

    variables: dict[str, str]
    values: dict[str, Any]


class LeaseGrant(msgspec.Struct, frozen=True, kw_only=True):
    """One task to run. `token` is the attempt's own and dies with the lease; `runner` is the name of who runs it."""

    attempt: str
    task: int
    epoch: int
    token: str
    automation: str
    dialect: str
    entry: str
    package_digest: str
    package_version: str
    parameters: dict[str, Any]
    workspace: str
    runner: str = ""
    #: The id of the automation's folder, None for DEFAULT.
    folder: str | None = None
    lease_seconds: int = 30
    grace_seconds: int = 10
    files: list[GivenFile] = []
    #: The declared parameters in which the bot may return the names of files.
    file_outputs: list[str] = []
    #: The types of the declared parameters that the bot is given, such as "datetime"; those of lists end in [].
    types: dict[str, str] = {}
    #: For the dialect automio.
    run: RunGrant | None = None
    #: Modules that the bot may import besides those of its package: source texts by their path, "plugins/a.py".
    modules: dict[str, str] = {}
    #: How large a file the server keeps.
    max_file_bytes: int = 2**63 - 1


class LeaseReply(msgspec.Struct, frozen=True, kw_only=True):
    """The leases granted; empty when there was no work within the wait."""

    leases: list[LeaseGrant] = []


class HeartbeatCall(msgspec.Struct, frozen=True, kw_only=True):
    """Extend the leases of `attempts` at once, then wait up to `wait` seconds for a new command.

    `known` names the action already acted on for an attempt, so that it is not repeated; `rotating` the attempts
    whose token is just being replaced. A runner that leaves it out is not asked to replace any.
    """

    attempts: list[str] = []
    wait: float = 0.0
    known: dict[str, str] = {}
    rotating: list[str] | None = None


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """Something to do with one attempt."""

    attempt: str
    action: Action


class HeartbeatReply(msgspec.Struct, frozen=True, kw_only=True):
    """Commands not known yet; `lease_seconds` counts from the moment the call arrived.

    `rotate` names attempts that need another token, to be fetched with a TokenCall.
    """

    commands: list[Command] = []
    rotate: list[str] = []
    lease_seconds: int = 30


class TokenCall(msgspec.Struct, frozen=True, kw_only=True):
    """Fetch another token for an attempt (`POST /api/v1/runner/attempts/{attempt}/token`).

    `claim` is random for each rotation. A call that is repeated, because its answer was lost, has the same claim and
    the next `number`, from 1; what the lost answer held is good for nothing then.
    """

    claim: str
    number: int = 1


class TokenReply(msgspec.Struct, frozen=True, kw_only=True):
    """The new token; the one that the bot has stays good for `overlap_seconds` more."""

    token: str
    overlap_seconds: int


class LogCall(msgspec.Struct, frozen=True, kw_only=True):
    """A batch of lines. Repeating lines is harmless: they are told apart by their number.

    `complete` says that these are the last lines of the attempt. `dropped` counts lines that the
    runner kept back because it had been told that the log was full.
    """

    lines: list[LogLine] = []
    complete: bool = False
    dropped: int = 0


class LogReply(msgspec.Struct, frozen=True, kw_only=True):
    """How many lines were new and how many were refused because the task's log is full."""

    accepted: int = 0
    dropped: int = 0
    limit_reached: bool = False


class EndCall(msgspec.Struct, frozen=True, kw_only=True):
    """The attempt's process has ended.

    `outcome` None leaves the ruling to the server: by what the bot reported itself, else by
    `exit_code`. `signal` is the number of the signal that ended the process.
    """

    exit_code: int | None = None
    outcome: Outcome | None = None
    message: str = ""
    output: Any = None
    signal: int | None = None


class ReleaseCall(msgspec.Struct, frozen=True, kw_only=True):
    """The runner did not start the attempt; the task goes back and nothing is counted."""

    reason: str = ""
