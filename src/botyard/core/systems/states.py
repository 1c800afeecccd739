"""The life of a system as one table of transitions; docs/states.md is drawn from it."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType


class State(StrEnum):
    """Whether a system is answered: only an allowed one is."""

    REQUEST = "request"
    ALLOWED = "allowed"
    LOCKED = "locked"


class Event(StrEnum):
    """What an administrator decides about a system."""

    ALLOW = "allow"
    LOCK = "lock"


#: A locked system rests until somebody allows it again.
FINAL = frozenset({State.LOCKED})

TRANSITIONS = MappingProxyType(
    {
        (State.REQUEST, Event.ALLOW): State.ALLOWED,
        (State.REQUEST, Event.LOCK): State.LOCKED,
        (State.ALLOWED, Event.LOCK): State.LOCKED,
        (State.LOCKED, Event.ALLOW): State.ALLOWED,
    }
)
