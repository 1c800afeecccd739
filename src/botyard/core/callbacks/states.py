"""The life of a callback as one table of transitions; docs/states.md is drawn from it."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType


class State(StrEnum):
    """Where a callback is."""

    WAITING = "waiting"
    DUE = "due"
    DELIVERED = "delivered"
    FAILED = "failed"


class Event(StrEnum):
    """What can happen to a callback."""

    SETTLE = "settle"
    DELIVER = "deliver"
    RETRY = "retry"
    GIVE_UP = "give_up"
    REPEAT = "repeat"


FINAL = frozenset({State.DELIVERED, State.FAILED})

#: A task that was restarted settles again.
TRANSITIONS = MappingProxyType(
    {
        (State.WAITING, Event.SETTLE): State.DUE,
        (State.DUE, Event.DELIVER): State.DELIVERED,
        (State.DUE, Event.RETRY): State.DUE,
        (State.DUE, Event.GIVE_UP): State.FAILED,
        (State.DELIVERED, Event.SETTLE): State.DUE,
        (State.FAILED, Event.SETTLE): State.DUE,
        (State.DUE, Event.REPEAT): State.DUE,
        (State.DELIVERED, Event.REPEAT): State.DUE,
        (State.FAILED, Event.REPEAT): State.DUE,
    }
)
