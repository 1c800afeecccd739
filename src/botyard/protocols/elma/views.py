"""What callers of this dialect are answered. Zero and empty values are left out (contract 1)."""

from __future__ import annotations

import uuid
from types import MappingProxyType
from typing import Any

import msgspec

from botyard.base import clock, jsontext
from botyard.core import parameters
from botyard.core.systems import Process, TaskReport
from botyard.core.tasks import State, Task
from botyard.protocols.elma import logtext
from botyard.protocols.elma.sent import PRIORITIES

#: What the vendor says of a time that is not known.
NO_TIME = "0001-01-01T00:00:00Z"
PREPARE = "PREPARE"

_NAMESPACE = uuid.UUID("3b0c2d0e-5d6e-5a35-9a3c-0f8d1b0f6c11")

_STATUSES = MappingProxyType(
    {
        State.PREPARING: PREPARE,
        State.QUEUED: "QUEUE",
        State.LEASED: "EXECUTING",
        State.RUNNING: "EXECUTING",
        State.SUCCEEDED: "DONE",
        State.PARTIAL: "DONE",
        State.FAILED: "ERROR",
        State.CANCELLED: "ERROR",
    }
)


class TaskView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A task, its fields in the order of the vendor's."""

    id: int
    process: str
    ctx: str = ""
    system: str
    priority: str
    groups: list[str] = []
    status: str
    bot: str = ""
    outputCtx: str = ""  # noqa: N815 -- the vendor's word
    log: str = ""
    metrics: dict[str, str]
    created: str
    updated: str


class TaskAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A task with the number of the answer."""

    status: int
    task: TaskView


class ProcessView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A process in its current version; `uuid` is that of the version."""

    uuid: str
    token: str
    version: int = 0
    active: bool = False
    name: str
    desc: str = ""
    hash: str = ""
    created: str
    uploaded: str = ""
    useruuid: str = ""
    fullname: str = ""
    groups: list[str] = []


class ProcessList(msgspec.Struct, frozen=True, kw_only=True):
    """Processes, and how many there are in all."""

    status: int
    total: int
    process: list[ProcessView]


def created(task: Task, *, system: str) -> TaskAnswer:
    """Return the answer to the creation of a task: what it was at that moment, before anything happened to it."""
    view = TaskView(
        id=task.id,
        process=task.automation_id,
        system=system,
        priority=_priority(task.priority),
        status=PREPARE,
        metrics={},
        created=moment(task.created_at),
        updated=moment(task.created_at),
    )
    return TaskAnswer(status=201, task=view)


def answer(report: TaskReport, *, system: str, status: int | None = None) -> TaskAnswer:
    """Return what a task is now: 200 when it has ended, 201 before, unless another number is given (contract 3)."""
    number = status or (200 if report.task.is_final else 201)
    return TaskAnswer(status=number, task=_view(report, system))


def system_of(report: TaskReport, *, own: str, token: str) -> str:
    """Return what a caller learns of the system that started a task: its own token, or an id that opens nothing."""
    if report.system_id == own:
        return token
    return report.system_id or _derived("workspace", str(report.task.workspace_id))


def processes(found: list[Process], total: int, *, workspace_id: int) -> ProcessList:
    """Return processes as callers list them."""
    return ProcessList(status=200, total=total, process=[_process(each, workspace_id) for each in found])


def moment(micros: int) -> str:
    """Return a time in UTC, to the second as the vendor writes it."""
    return clock.to_datetime(micros).strftime("%Y-%m-%dT%H:%M:%SZ")


def _view(report: TaskReport, system: str) -> TaskView:
    task = report.task
    return TaskView(
        id=task.id,
        process=task.automation_id,
        ctx="" if task.state is State.PREPARING else _derived("context", str(task.id)),
        system=system,
        priority=_priority(task.priority),
        groups=_groups(task.workspace_id, task.runner_label),
        status=_STATUSES[task.state],
        bot=task.runner_id or "",
        outputCtx=_output(report) if task.is_final else "",
        log=logtext.render(report),
        metrics=_metrics(task),
        created=moment(task.created_at),
        updated=moment(task.updated_at),
    )


def _priority(number: int) -> str:
    """Return the name nearest to a priority."""
    return min(PRIORITIES, key=lambda name: abs(PRIORITIES[name] - number))


def _output(report: TaskReport) -> str:
    """Return the output context; an automation that declares nothing hands out what its bot returned."""
    output = report.task.output
    if not report.declared and isinstance(output, dict):
        return jsontext.encode({str(name).lower(): value for name, value in output.items()})
    return jsontext.encode(parameters.render_outputs(report.declared, output))


def _metrics(task: Task) -> dict[str, str]:
    started, ended = task.started_at, task.finished_at if task.is_final else None
    if started is None and (ended is None or task.epoch == 0):
        return {}
    return {
        "startTime": NO_TIME if started is None else moment(started),
        "endTime": NO_TIME if ended is None else moment(ended),
    }


def _groups(workspace_id: int, runner_label: str | None) -> list[str]:
    return [] if runner_label is None else [_derived("group", f"{workspace_id}/{runner_label}")]


def _process(found: Process, workspace_id: int) -> ProcessView:
    person = found.uploaded_by or ""
    return ProcessView(
        uuid=_derived("version", f"{found.id}/{found.version or ''}"),
        token=found.id,
        version=found.number,
        active=True,
        name=found.name,
        desc=found.description,
        hash=(found.digest or "")[:40],
        created=moment(found.created_at),
        uploaded="" if found.uploaded_at is None else moment(found.uploaded_at),
        useruuid=_derived("user", f"{workspace_id}/{person}") if person else "",
        fullname=person.partition(":")[2] or person,
        groups=_groups(workspace_id, found.runner_label),
    )


def _derived(kind: str, name: str) -> str:
    """Return a UUID that always is the same for the same thing."""
    return str(uuid.uuid5(_NAMESPACE, f"{kind}/{name}"))


def encoded(value: Any) -> bytes:
    """Return an answer as it is sent."""
    return msgspec.json.encode(value)
