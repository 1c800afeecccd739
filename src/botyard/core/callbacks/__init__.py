"""Callbacks: somebody outside wants to be told when a task ends.

Whoever makes a task with a callback registers it in the same unit of work. Once the task has ended, its process too,
and its log is complete, the callback is *due*: a server tells what the task is, in the words of the dialect that it was
registered by, and tries again until that is taken or too long ago. A task that is restarted and ends again is told of
again. Told at least once, in any order.
"""

from botyard.core.callbacks.deliver import (
    TOPIC,
    all_settled,
    claim,
    has_work,
    reclaim,
    release,
    renew,
    report_delivered,
    report_failed,
    settle,
    settled,
)
from botyard.core.callbacks.model import Callback, Delivery, NewCallback
from botyard.core.callbacks.register import of_task, register, register_many
from botyard.core.callbacks.repeat import repeat
from botyard.core.callbacks.states import TRANSITIONS, Event, State

__all__ = [
    "TOPIC",
    "TRANSITIONS",
    "Callback",
    "Delivery",
    "Event",
    "NewCallback",
    "State",
    "all_settled",
    "claim",
    "has_work",
    "of_task",
    "reclaim",
    "register",
    "register_many",
    "release",
    "renew",
    "repeat",
    "report_delivered",
    "report_failed",
    "settle",
    "settled",
]
