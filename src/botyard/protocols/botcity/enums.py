"""The enumerations of this dialect, and what they are called in ours.

Answers carry names. The C# client sends positions in the list instead of names, so both are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Literal, TypeVar

from botyard.base.exceptions import Invalid
from botyard.core import queues
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


class ConsumptionPolicy(StrEnum):
    """Which of the entries with the highest priority goes first; the order is that of the ordinals."""

    FIFO = "FIFO"
    LIFO = "LIFO"


class Trigger(StrEnum):
    """When a new entry starts a task; the order is that of the ordinals."""

    ALWAYS = "ALWAYS"
    NEVER = "NEVER"
    NO_TASK_ACTIVE = "NO_TASK_ACTIVE"


class EntryState(StrEnum):
    """Where an entry is; the order is that of the ordinals."""

    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    DONE = "DONE"
    ERROR = "ERROR"
    TIMEOUT = "TIMEOUT"
    CANCELED = "CANCELED"


class ErrorType(StrEnum):
    """What kind of error an entry ended with; the order is that of the ordinals."""

    SYSTEM = "SYSTEM"
    BUSINESS = "BUSINESS"


class FieldType(StrEnum):
    """What a declared field of a datapool holds; the order is that of the ordinals."""

    TEXT = "TEXT"
    INTEGER = "INTEGER"
    DOUBLE = "DOUBLE"


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

#: An abandoned item is an error of the system to these clients, which know no such state.
ENTRY_STATES: Mapping[queues.State, EntryState] = MappingProxyType(
    {
        queues.State.PENDING: EntryState.PENDING,
        queues.State.PROCESSING: EntryState.PROCESSING,
        queues.State.DONE: EntryState.DONE,
        queues.State.ERROR: EntryState.ERROR,
        queues.State.ABANDONED: EntryState.ERROR,
        queues.State.TIMEOUT: EntryState.TIMEOUT,
        queues.State.CANCELLED: EntryState.CANCELED,
    }
)

#: The states in which an entry may be edited by a client that takes it to be in one: those that the client lets an
#: entry go to from there. Whatever else it is by now, the client's values are out of date.
EDITABLE: Mapping[EntryState, frozenset[queues.State]] = MappingProxyType(
    {
        EntryState.PENDING: frozenset({queues.State.PENDING, queues.State.PROCESSING}),
        EntryState.PROCESSING: queues.FINAL - {queues.State.CANCELLED} | {queues.State.PROCESSING},
        EntryState.TIMEOUT: queues.FINAL - {queues.State.CANCELLED},
    }
)

ERROR_KINDS: Mapping[ErrorType, Literal["business", "application"]] = MappingProxyType(
    {ErrorType.SYSTEM: "application", ErrorType.BUSINESS: "business"}
)


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
