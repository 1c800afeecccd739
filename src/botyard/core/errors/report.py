"""Take a report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from botyard.base import jsontext, text
from botyard.base.exceptions import Invalid, StaleLease
from botyard.core import events, tasks
from botyard.core.errors.fingerprint import Fault, fingerprint
from botyard.core.errors.model import ErrorReport
from botyard.core.errors.search import get, sql
from botyard.core.tasks import AttemptRef
from botyard.storage import Row, Tx

MAX_TYPE = 255
MAX_MESSAGE = 65_536
MAX_STACK = 512 * 1024
MAX_TAGS = 100
MAX_TAG = 4_000


def report(
    tx: Tx,
    *,
    workspace_id: int,
    task_id: int,
    type: str,  # noqa: A002 -- it is what every dialect calls the class of an exception
    message: str,
    stack: str | None,
    language: str,
    tags: Mapping[str, str],
    actor: str,
    now: int,
    attempt: AttemptRef | None = None,
) -> ErrorReport:
    """Record an error of a task in the group of its fault, which opens again when it was resolved.

    With `attempt`, that attempt must still be the task's newest. Raises NotFound for a task that is not in the
    workspace, StaleLease, and Invalid for texts that are too long.
    """
    row = tx.one(sql.hold, workspace_id=workspace_id, task_id=task_id, attempt=attempt.id if attempt else None)
    if row is None:
        _refuse(tx, workspace_id=workspace_id, task_id=task_id)
    kind = text.prose(type, field="type", limit=MAX_TYPE).strip() or "Error"
    told = text.prose(message, field="message", limit=MAX_MESSAGE)
    trace = None if not stack else text.prose(stack, field="stackTrace", limit=MAX_STACK)
    fault = fingerprint(kind, told, trace)
    made = tx.one(
        sql.insert,
        workspace_id=workspace_id,
        task_id=task_id,
        group_id=_count(tx, row, fault, workspace_id=workspace_id, kind=kind, message=told, actor=actor, now=now),
        package_version=row["package_version"] if attempt else None,
        type=kind,
        message=told,
        stack=trace,
        language=text.prose(language, field="language", limit=40),
        tags=jsontext.encode(_tags(tags)),
        now=now,
        actor=actor,
    )
    found = get(tx, workspace_id=workspace_id, error_id=(made or {})["id"])
    _record(tx, found, fault, actor=actor, now=now)
    return found


def _count(tx: Tx, task: Row, fault: Fault, *, workspace_id: int, kind: str, message: str, actor: str, now: int) -> int:
    """Count the report in its group and return the group's id."""
    group = tx.one(
        sql.count,
        workspace_id=workspace_id,
        automation_id=task["automation_id"],
        fingerprint=fault.fingerprint,
        type=kind,
        message=message[:1000],
        place=fault.place[:500],
        task_id=task["id"],
        now=now,
    )
    group_id = int((group or {})["id"])
    if tx.run(sql.reopen, workspace_id=workspace_id, group_id=group_id):
        data = {"type": kind, "task": task["id"]}
        _tell_of_group(tx, "error.returned", workspace_id, group_id, actor=actor, now=now, data=data)
    return group_id


def _record(tx: Tx, made: ErrorReport, fault: Fault, *, actor: str, now: int) -> None:
    events.record(
        tx,
        workspace_id=made.workspace_id,
        kind="error.reported",
        entity="task",
        entity_id=str(made.task_id),
        actor=actor,
        now=now,
        data={"error": made.id, "type": made.type, "message": made.message[:200], "place": fault.place[:200]},
    )
    tx.wake(f"task:{made.task_id}")


def _tell_of_group(
    tx: Tx, kind: str, workspace_id: int, group_id: int, *, actor: str, now: int, data: dict[str, object]
) -> None:
    events.record(
        tx,
        workspace_id=workspace_id,
        kind=kind,
        entity="error",
        entity_id=str(group_id),
        actor=actor,
        now=now,
        data=data,
    )


def _tags(tags: Mapping[str, str]) -> dict[str, str]:
    if len(tags) > MAX_TAGS:
        raise Invalid(f"{len(tags)} tags are too many.", hint=f"Keep to {MAX_TAGS}.", field="tags")
    return {
        text.prose(name, field="tags", limit=255): text.prose(value, field="tags", limit=MAX_TAG)
        for name, value in tags.items()
    }


def _refuse(tx: Tx, *, workspace_id: int, task_id: int) -> NoReturn:
    tasks.get(tx, workspace_id=workspace_id, task_id=task_id)
    raise StaleLease(
        f"Task {task_id} is no longer held by this attempt; the error was not recorded.",
        hint="Stop: the task was given to another attempt.",
    )
