"""The life of a task and of an attempt, each as one table of transitions; docs/states.md is drawn from them."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType


class State(StrEnum):
    """Where a task is. `interrupted`, `killed` and `overdue` are flags beside it, never states."""

    PREPARING = "preparing"
    QUEUED = "queued"
    LEASED = "leased"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    PARTIAL = "partial"
    CANCELLED = "cancelled"


class Event(StrEnum):
    """What can happen to a task."""

    PREPARED = "prepared"
    LEASE = "lease"
    START = "start"
    RELEASE = "release"
    LOSE = "lose"
    GIVE_UP = "give_up"
    SUCCEED = "succeed"
    FAIL = "fail"
    FALL_SHORT = "fall_short"
    CANCEL = "cancel"
    RESTART = "restart"
    PREPARE = "prepare"


FINAL = frozenset({State.SUCCEEDED, State.FAILED, State.PARTIAL, State.CANCELLED})
HELD = frozenset({State.LEASED, State.RUNNING})

_FINISH = {Event.SUCCEED: State.SUCCEEDED, Event.FAIL: State.FAILED, Event.FALL_SHORT: State.PARTIAL}

#: The event by which a task reaches each outcome that a bot can report.
FINISHING = MappingProxyType({state: event for event, state in _FINISH.items()})

#: Finishing a finished task amends its outcome. A restart is possible from everywhere but `preparing`; a task whose
#: inputs were never all there prepares again (`prepare`).
TRANSITIONS = MappingProxyType(
    {
        (State.PREPARING, Event.PREPARED): State.QUEUED,
        (State.PREPARING, Event.FAIL): State.FAILED,
        (State.PREPARING, Event.CANCEL): State.CANCELLED,
        (State.QUEUED, Event.LEASE): State.LEASED,
        (State.QUEUED, Event.CANCEL): State.CANCELLED,
        (State.LEASED, Event.START): State.RUNNING,
        **{(state, Event.RELEASE): State.QUEUED for state in HELD},
        **{(state, Event.LOSE): State.QUEUED for state in HELD},
        **{(state, Event.GIVE_UP): State.FAILED for state in HELD},
        **{(state, Event.CANCEL): State.CANCELLED for state in HELD},
        **{
            (state, event): outcome
            for state in State
            if state is not State.PREPARING
            for event, outcome in _FINISH.items()
        },
        **{(state, Event.RESTART): State.QUEUED for state in State if state is not State.PREPARING},
        **{(state, Event.PREPARE): State.PREPARING for state in FINAL},
    }
)


def sources(event: Event) -> frozenset[State]:
    """Return every state from which `event` is allowed."""
    return frozenset(state for state, happens in TRANSITIONS if happens is event)


class AttemptState(StrEnum):
    """Where one try to run a task is."""

    LEASED = "leased"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    PARTIAL = "partial"
    CANCELLED = "cancelled"
    LOST = "lost"
    RELEASED = "released"


class AttemptEvent(StrEnum):
    """What can happen to an attempt; it ends exactly once."""

    START = "start"
    SUCCEED = "succeed"
    FAIL = "fail"
    FALL_SHORT = "fall_short"
    CANCEL = "cancel"
    LOSE = "lose"
    RELEASE = "release"


LIVE = frozenset({AttemptState.LEASED, AttemptState.RUNNING})

_ENDINGS = {
    AttemptEvent.SUCCEED: AttemptState.SUCCEEDED,
    AttemptEvent.FAIL: AttemptState.FAILED,
    AttemptEvent.FALL_SHORT: AttemptState.PARTIAL,
    AttemptEvent.CANCEL: AttemptState.CANCELLED,
    AttemptEvent.LOSE: AttemptState.LOST,
    AttemptEvent.RELEASE: AttemptState.RELEASED,
}

ATTEMPT_TRANSITIONS = MappingProxyType(
    {
        (AttemptState.LEASED, AttemptEvent.START): AttemptState.RUNNING,
        **{(state, event): ending for state in LIVE for event, ending in _ENDINGS.items()},
    }
)
