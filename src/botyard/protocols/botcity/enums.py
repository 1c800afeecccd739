"""The enumerations of this dialect, and what they are called in ours.

Answers carry names. The C# client sends positions in the list instead of names, so both are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from botyard.base.exceptions import Invalid
from botyard.core.alerts import Level
from botyard.core.messages import Format
from botyard.core.tasks import Outcome, State

E = TypeVar("E", bound=StrEnum)


class TaskState(StrEnum):
    """Where a task is; the order is that of the ordinals."""

    START = "START"
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    CANCELED = "CANCELED"


class FinishStatus(StrEnum):
    """How a finished task ended; the order is that of the ordinals."""

    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    PARTIALLY_COMPLETED = "PARTIALLY_COMPLETED"


class AlertType(StrEnum):
    """How much an alert matters; the order is that of the ordinals."""

    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"


class MessageType(StrEnum):
    """How the body of a message is to be read; the order is that of the ordinals."""

    TEXT = "TEXT"
    HTML = "HTML"


STATES: Mapping[State, TaskState] = MappingProxyType(
    {
        State.PREPARING: TaskState.START,
        State.QUEUED: TaskState.START,
        State.LEASED: TaskState.RUNNING,
        State.RUNNING: TaskState.RUNNING,
        State.SUCCEEDED: TaskState.FINISHED,
        State.FAILED: TaskState.FINISHED,
        State.PARTIAL: TaskState.FINISHED,
        State.CANCELLED: TaskState.CANCELED,
    }
)

FINISH_STATUSES: Mapping[State, FinishStatus] = MappingProxyType(
    {
        State.SUCCEEDED: FinishStatus.SUCCESS,
        State.FAILED: FinishStatus.FAILED,
        State.PARTIAL: FinishStatus.PARTIALLY_COMPLETED,
    }
)

OUTCOMES: Mapping[FinishStatus, Outcome] = MappingProxyType(
    {
        FinishStatus.SUCCESS: "succeeded",
        FinishStatus.FAILED: "failed",
        FinishStatus.PARTIALLY_COMPLETED: "partial",
    }
)

LEVELS: Mapping[AlertType, Level] = MappingProxyType(
    {AlertType.INFO: Level.INFO, AlertType.WARN: Level.WARN, AlertType.ERROR: Level.ERROR}
)

FORMATS: Mapping[MessageType, Format] = MappingProxyType({MessageType.TEXT: Format.TEXT, MessageType.HTML: Format.HTML})


def read(kind: type[E], sent: str | int, *, field: str) -> E:
    """Return the member that a client named, in any case, or gave the position of. Raises Invalid."""
    members = list(kind)
    if isinstance(sent, int):
        if 0 <= sent < len(members):
            return members[sent]
    elif sent.upper() in kind.__members__:
        return kind[sent.upper()]
    elif sent.isascii() and sent.isdigit() and int(sent[:9]) < len(members):
        return members[int(sent[:9])]
    raise Invalid(
        f'"{str(sent)[:80]}" is not a value of "{field}".', hint=f"Use one of {', '.join(members)}.", field=field
    )


def states_of(sent: str) -> list[State]:
    """Return our states that a state filter asks for; finish statuses narrow FINISHED. Raises Invalid."""
    if sent.upper() in FinishStatus.__members__:
        return [State(OUTCOMES[FinishStatus[sent.upper()]])]
    wanted = read(TaskState, sent, field="stateFilter")
    return [state for state, name in STATES.items() if name is wanted]
