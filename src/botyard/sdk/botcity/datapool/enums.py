"""The words of datapools and their entries."""

from __future__ import annotations

import enum

__all__ = ["ConsumptionPolicyEnum", "ErrorType", "FieldType", "StateEnum", "TriggerEnum"]


class StateEnum(str, enum.Enum):
    """Where an entry is."""

    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    DONE = "DONE"
    ERROR = "ERROR"
    TIMEOUT = "TIMEOUT"
    CANCELED = "CANCELED"


class ConsumptionPolicyEnum(str, enum.Enum):
    """Which of the entries with the same priority comes next: the oldest or the newest."""

    FIFO = "FIFO"
    LIFO = "LIFO"


class TriggerEnum(str, enum.Enum):
    """When a new entry starts a task of the datapool's automation."""

    ALWAYS = "ALWAYS"
    NEVER = "NEVER"
    NO_TASK_ACTIVE = "NO_TASK_ACTIVE"


class FieldType(str, enum.Enum):
    """What a field of the schema holds."""

    TEXT = "TEXT"
    INTEGER = "INTEGER"
    DOUBLE = "DOUBLE"


class ErrorType(str, enum.Enum):
    """Whose fault an error is: the system's, which may be tried again, or that of the entry's data."""

    SYSTEM = "SYSTEM"
    BUSINESS = "BUSINESS"
