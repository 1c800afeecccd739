"""The life of an item as one table of transitions; docs/states.md is drawn from it."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType


class State(StrEnum):
    """Where an item is."""

    PENDING = "pending"
    PROCESSING = "processing"
    DONE = "done"
    ERROR = "error"
    ABANDONED = "abandoned"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"


class Event(StrEnum):
    """What can happen to an item."""

    PULL = "pull"
    RELEASE = "release"
    FINISH = "finish"
    FAIL = "fail"
    ABANDON = "abandon"
    LOSE = "lose"
    EXPIRE = "expire"
    CANCEL = "cancel"


FINAL = frozenset({State.DONE, State.ERROR, State.ABANDONED, State.TIMEOUT, State.CANCELLED})

_REPORT = {Event.FINISH: State.DONE, Event.FAIL: State.ERROR, Event.ABANDON: State.ABANDONED}

#: The event by which an item reaches each outcome that its holder can report.
REPORTING = MappingProxyType({state: event for event, state in _REPORT.items()})

#: The holder's later report changes a final item while nobody else has taken it; withdrawing a retry is a cancel.
TRANSITIONS = MappingProxyType(
    {
        (State.PENDING, Event.PULL): State.PROCESSING,
        (State.PENDING, Event.CANCEL): State.CANCELLED,
        (State.PROCESSING, Event.RELEASE): State.PENDING,
        (State.PROCESSING, Event.LOSE): State.ABANDONED,
        (State.PROCESSING, Event.EXPIRE): State.TIMEOUT,
        **{
            (state, event): outcome
            for state in State
            if state not in (State.PENDING, State.CANCELLED)
            for event, outcome in _REPORT.items()
        },
    }
)
