"""UUIDs for the dialects that want them: of an execution, made from its attempt; of a task, which leads back to it."""

from __future__ import annotations

import uuid

_NAMESPACE = uuid.UUID("6f1f3a55-6b1e-5d0e-9c37-3d8f0f7c4b21")


def execution_id(attempt: str) -> str:
    """Return the UUID by which an attempt is known: always the same for it, and another for every other attempt."""
    return str(uuid.uuid5(_NAMESPACE, attempt))


#: What the UUIDs of tasks have in common: version 8, so that no random one (version 4) is taken for a task's.
_TASKS = 0xB07A_9D7A_5C1D_8A3F << 64 | 0x8000_0000_0000_0000
_TASK_BITS = (1 << 62) - 1


def task_uuid(task: int) -> str:
    """Return the UUID by which a task is known: always the same for it."""
    return str(uuid.UUID(int=_TASKS | task))


def task_of_uuid(text: str) -> int | None:
    """Return the task that a UUID stands for; None when it is not the UUID of a task."""
    try:
        number = uuid.UUID(text).int
    except ValueError:
        return None
    task = number & _TASK_BITS
    return task if number == _TASKS | task and task > 0 else None
