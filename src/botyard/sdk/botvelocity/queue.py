"""Items of queues, one at a time: add, take, and say how it went.

`folder=` is the id or the name of another folder than that of the context. Calls raise OrchestratorError with the
status and the reason when they are refused, and RuntimeError after the execution.
"""

from __future__ import annotations

import re
from enum import Enum, IntEnum
from typing import Any

from botyard.sdk.botvelocity._guard import require_bv_run_with_logging
from botyard.sdk.botvelocity.client import OrchestratorClient, OrchestratorError
from botyard.sdk.botvelocity.queue_item import QueueItem

__all__ = ["ErrorType", "Priority", "Status", "add", "get", "set_status"]

_ID = re.compile(r"[0-9A-Fa-f-]{8,}")


class Status(Enum):
    """How the work on an item ended. An item that nobody reports on is given up by the server when its time is over."""

    DONE = "DONE"
    FAILED = "FAILED"
    ABANDONED = "ABANDONED"


class ErrorType(Enum):
    """An application error may be tried again; a business error is final."""

    APPLICATION = "APPLICATION"
    BUSINESS = "BUSINESS"


class Priority(IntEnum):
    """The highest comes first."""

    LOW = 0
    NORMAL = 1
    MEDIUM = 2
    HIGH = 3


def add(
    queue_name: str,
    content: Any,
    *,
    folder: str | None = None,
    reference: str | None = None,
    priority: Priority = Priority.NORMAL,
) -> QueueItem:
    """Put something into a queue and return the item. Raises TypeError for a priority that is none."""
    require_bv_run_with_logging(f"queue.add({queue_name})")
    if not isinstance(priority, Priority):
        raise TypeError(f"priority is a Priority, as Priority.HIGH, not {priority!r}.")
    body = {"queue_name": queue_name, "payload": content, "reference": reference, "priority": int(priority)}
    told = OrchestratorClient().request("POST", "/queue-items/add", json=body, folder=folder).data
    return QueueItem(
        item_id=_id(told.get("id") if isinstance(told, dict) else told),
        queue_name=queue_name,
        reference=reference,
        priority=priority,
        retries=0,
        content=content,
    )


def get(queue_name: str, *, folder: str | None = None) -> QueueItem | None:
    """Take the next item of a queue, or None when there is none; until its time is over nobody else gets it.

    Better than in the vendor's package: an answer that is no item is an error, not an empty queue or an item "None".
    """
    require_bv_run_with_logging(f"queue.get({queue_name})")
    told = OrchestratorClient().request("GET", "/queue-items/next", params={"queue_name": queue_name}, folder=folder)
    if not told.data:
        return None
    if not isinstance(told.data, dict):
        raise OrchestratorError(f"Asked for an item of {queue_name!r}, the orchestrator answered with something else.")
    return QueueItem(
        item_id=_id(told.data.get("id")),
        queue_name=told.data.get("queue_name") or queue_name,
        reference=told.data.get("reference"),
        priority=told.data.get("priority"),
        retries=told.data.get("retries", 0),
        content=told.data.get("payload"),
    )


def set_status(
    item_id: str,
    status: Status,
    *,
    folder: str | None = None,
    output: dict[str, Any] | None = None,
    error_type: ErrorType | None = None,
    error_reason: str | None = None,
) -> None:
    """Say how the work on an item ended.

    Raises TypeError for a status or an error type that is none, and ValueError for an id that is none and for what does
    not go together: DONE has no error, FAILED has a type and a reason, ABANDONED a reason. `item_id` is a text.
    """
    require_bv_run_with_logging(f"queue.set_status({item_id}, {getattr(status, 'value', status)})")
    _id(item_id)
    _check(status, error_type, error_reason)
    body: dict[str, Any] = {"status": status.value, "result": output, "error_message": error_reason}
    if error_type is not None:
        body["error_type"] = error_type.value
    if error_type is ErrorType.BUSINESS:
        body["terminal"] = True
    OrchestratorClient().request("PUT", f"/queue-items/{item_id}/status", json=body, folder=folder)


def _id(item_id: Any) -> str:
    if not isinstance(item_id, str) or item_id.isdigit() or not _ID.fullmatch(item_id):
        raise ValueError(f"{item_id!r} is no id of an item, which is a text such as a UUID.")
    return item_id


def _check(status: Any, error_type: Any, error_reason: str | None) -> None:
    if not isinstance(status, Status):
        raise TypeError(f"status is a Status, as Status.DONE, not {status!r}.")
    if not isinstance(error_type, ErrorType | None):
        raise TypeError(f"error_type is an ErrorType, as ErrorType.BUSINESS, not {error_type!r}.")
    if status is Status.DONE and (error_type is not None or error_reason is not None):
        raise ValueError("An item that is DONE has neither an error_type nor an error_reason.")
    if status is Status.FAILED and error_type is None:
        raise ValueError("An item that FAILED needs an error_type.")
    if status is not Status.DONE and error_reason is None:
        raise ValueError(f"An item that is {status.value} needs an error_reason.")
