"""The bodies of this dialect: what clients send, and what their strict models accept."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from botyard.base.clock import iso
from botyard.base.exceptions import Invalid
from botyard.core.actions import Action, Run
from botyard.core.progress import Progress
from botyard.core.tasks import State, Task

RunStatus = Literal["pending", "running", "completed", "failed", "stopped"]

#: Never "queued": the older clients do not know it (contract b.13).
_STATUSES: dict[State, RunStatus] = {
    State.PREPARING: "pending",
    State.QUEUED: "pending",
    State.LEASED: "pending",
    State.RUNNING: "running",
    State.SUCCEEDED: "completed",
    State.PARTIAL: "completed",
    State.FAILED: "failed",
    State.CANCELLED: "stopped",
}
_LANGUAGES = (None, "", "python")
#: How much code one list carries at most.
_MAX_CODE = 8 * 1024 * 1024
_MAX_CONNECTION = 2**63 - 1


class RunSent(msgspec.Struct, frozen=True, kw_only=True):
    """What an action is run with; a client that gives no option sends no body at all."""

    selected_rows: list[Any] | None = None
    selected_all: bool | None = None
    filter_params: dict[str, Any] | None = None
    user_input: dict[str, Any] | None = None
    connection_id: int | str | None = None
    language: str | None = None

    def options(self) -> dict[str, Any]:
        """Return what the action is given beside the user's input. Raises Invalid."""
        if self.language not in _LANGUAGES:
            raise Invalid(f'"{self.language}" cannot be run.', hint="Write the action in Python.", field="language")
        given = {
            "selected_rows": self.selected_rows,
            "selected_all": self.selected_all or None,
            "filter_params": self.filter_params,
        }
        return {name: value for name, value in given.items() if value is not None}


def connection_of(value: int | str | None) -> int | None:
    """Return the id of a connection that a client sends as a number or as text. Raises Invalid."""
    text = "" if value is None else str(value).strip()
    if text == "":
        return None
    if not (text.isascii() and text.isdigit() and int(text[:20]) <= _MAX_CONNECTION):
        raise Invalid(f'"{text[:80]}" is not the id of a connection.', hint="Send its number.", field="connection_id")
    return int(text)


def actions(found: list[Action], *, organization: int, mine: bool) -> list[dict[str, Any]]:
    """Return a bare list of actions; code is left out once there is very much of it."""
    views, size = [], 0
    for action in found:
        size += len(action.source)
        views.append(_action(action, organization=organization, mine=mine, code=size <= _MAX_CODE))
    return views


def _action(action: Action, *, organization: int, mine: bool, code: bool) -> dict[str, Any]:
    return {
        "id": action.id,
        "is_mine": mine,
        "table_name": action.table_name,
        "can_view_code": code,
        "action_type": action.type,
        "slug": action.slug,
        "name": action.name,
        "description": action.description,
        "required_confirmation": action.required_confirmation,
        "code": action.source if code else None,
        "input_schema": action.input_schema,
        "is_public": action.is_public,
        "created_at": iso(action.created_at),
        "updated_at": iso(action.updated_at),
        "organization": organization,
        "table": None,
        "app": action.app_id,
        "files": [],
        "dependencies": action.requirements,
    }


def run(made: Run) -> dict[str, Any]:
    """Return what names a run."""
    return {"run_id": made.task_id, "task_id": made.uuid, "run_number": made.number}


def status(task: Task, *, progress: Progress | None, log: str) -> dict[str, Any]:
    """Return where a run is, with what it left."""
    return {
        "status": _STATUSES[task.state],
        "error": (task.message or "The run failed.") if task.state is State.FAILED else None,
        "logs": log,
        "progress": None if progress is None else progress.percent,
        "info": None if progress is None else progress.info,
        "result": _result(task.output),
    }


def stopped(made: Run, task: Task, *, confirmed: bool) -> dict[str, Any]:
    """Return what became of a wish to stop a run."""
    return {"run_id": made.task_id, "status": _STATUSES[task.state], "confirmed": confirmed}


def _result(output: Any) -> dict[str, Any] | None:
    """Return an output as the object that clients want."""
    return output if output is None or isinstance(output, dict) else {"value": output}
