"""What the server tells of tasks and processes, and how values are written for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec


class Status(StrEnum):
    """Where a task is; DONE and ERROR are the ends. A task that was cancelled ends as ERROR."""

    EMPTY_ST = "EMPTY_ST"
    PREPARE = "PREPARE"
    QUEUE = "QUEUE"
    EXECUTING = "EXECUTING"
    DONE = "DONE"
    ERROR = "ERROR"


class Priority(StrEnum):
    """Which tasks go first; without one it is MEDIUM."""

    EMPTY_P = "EMPTY_P"
    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"


class Metrics(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """When a task started and ended; None before, and where the server does not know."""

    start_time: datetime | None = None
    end_time: datetime | None = None

    def __post_init__(self) -> None:
        """Read the first moment of all as unknown, as the vendor writes it."""
        for name in ("start_time", "end_time"):
            moment: datetime | None = getattr(self, name)
            if moment is not None and moment.year == 1:
                msgspec.structs.force_setattr(self, name, None)


class Task(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A task as it stood when it was asked for. `ctx` is the id of the stored input, not the input."""

    id: int
    process: UUID
    system: UUID
    status: Status
    priority: Priority = Priority.MEDIUM
    ctx: UUID | None = None
    groups: list[UUID] = []
    bot: UUID | None = None
    output_ctx: str = ""
    log: str = ""
    metrics: Metrics = Metrics()
    created: datetime | None = None
    updated: datetime | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in (Status.DONE, Status.ERROR)

    @property
    def done(self) -> bool:
        """Whether it ended well."""
        return self.status is Status.DONE

    @property
    def output(self) -> dict[str, Any]:
        """Its output values by name, in small letters; empty before its end. Dates are texts in ISO 8601."""
        values: dict[str, Any] = json.loads(self.output_ctx) if self.output_ctx.strip() else {}
        return values

    @property
    def reason(self) -> str:
        """The last thing that its log says, which tells of a failed task why; empty without a log."""
        lines = self.log.rstrip().splitlines()
        return lines[-1].rpartition(" | ")[2].strip() if lines else ""


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """What can be started: `token` names the process, the same in all its versions; `uuid` is this version's."""

    token: UUID
    name: str
    uuid: UUID | None = None
    version: int = 0
    active: bool = False
    desc: str = ""
    hash: str = ""
    created: datetime | None = None
    uploaded: datetime | None = None
    useruuid: UUID | None = None
    fullname: str = ""
    groups: list[UUID] = []


def written(values: Mapping[str, Any]) -> str:
    """Return input values as the text that `ctx` is.

    Dates and times are written in ISO 8601, without an offset as UTC; files are the addresses to fetch them from.
    Raises TypeError for what no parameter can be, and ValueError for a number that JSON has not.
    """
    return json.dumps(dict(values), default=_written, ensure_ascii=False, allow_nan=False)


def _written(value: Any) -> Any:
    match value:
        case datetime():
            moment = value if value.tzinfo else value.replace(tzinfo=UTC)
            return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return f"{value.isoformat()}T00:00:00Z"
        case Decimal():
            return float(value)
        case UUID():
            return str(value)
        case tuple() | set() | frozenset():
            return list(value)
        case Mapping():
            return dict(value)
    raise TypeError(f"{type(value).__name__} is no type of a parameter: give a text, a number, a date or a list.")
