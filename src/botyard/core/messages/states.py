"""The life of a delivery as one table of transitions; docs/states.md is drawn from it."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType


class State(StrEnum):
    """Where the delivery of a message to one recipient is."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    HELD = "held"


class Event(StrEnum):
    """What can happen to a delivery."""

    SEND = "send"
    RETRY = "retry"
    GIVE_UP = "give_up"
    HOLD = "hold"
    RELEASE = "release"
    REPEAT = "repeat"


FINAL = frozenset({State.SENT, State.FAILED})

TRANSITIONS = MappingProxyType(
    {
        (State.QUEUED, Event.SEND): State.SENT,
        (State.QUEUED, Event.RETRY): State.QUEUED,
        (State.QUEUED, Event.GIVE_UP): State.FAILED,
        (State.QUEUED, Event.HOLD): State.HELD,
        (State.HELD, Event.RELEASE): State.QUEUED,
        (State.FAILED, Event.REPEAT): State.QUEUED,
    }
)
