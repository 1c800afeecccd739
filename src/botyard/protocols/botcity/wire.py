"""What travels on this wire: one struct per body, with this dialect's exact field names.

Unknown keys of requests are ignored; answers carry every key, null where there is nothing to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from botyard.base import clock
from botyard.base.exceptions import Invalid, NotFound
from botyard.core.alerts import Alert
from botyard.core.artifacts import Artifact
from botyard.core.tasks import Task
from botyard.protocols.botcity.enums import (
    FINISH_STATUSES,
    LEVELS,
    STATES,
    AlertType,
    FinishStatus,
    TaskState,
)

#: What the version gates of every client accept.
VERSION = "4.0.0"

_MAX_ID = 2**63 - 1
_TYPES = {level: kind for kind, level in LEVELS.items()}


class Version(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The answer to the question every client asks first."""

    version: str = VERSION
    date: str = "2026-01-01T00:00:00.000+00:00"


class LoginCall(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A login."""

    login: str
    key: str


class LoginReply(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A token and where it leads. Nobody refreshes; the field is there for those who read it."""

    access_token: str
    organization_label: str
    refresh_token: str


class CreateTask(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A task to create. `automation_label` and `data` are the names that one client uses."""

    activity_label: str | None = None
    automation_label: str | None = None
    test: bool | None = None
    parameters: dict[str, Any] | None = None
    data: dict[str, Any] | None = None
    priority: int | None = None
    min_execution_date: str | None = None

    @property
    def automation(self) -> str:
        """The label of the automation, under either name. Raises Invalid when there is none."""
        label = self.activity_label or self.automation_label
        if not label:
            raise Invalid('"activityLabel" is missing.', hint="Send an automation's label.", field="activityLabel")
        return label

    @property
    def inputs(self) -> dict[str, Any]:
        """The parameters, under either name."""
        return self.parameters if self.parameters is not None else self.data or {}

    @property
    def not_before(self) -> int | None:
        """The earliest start, None for at once; a date without a zone means UTC. Raises Invalid."""
        return clock.parse(self.min_execution_date) if self.min_execution_date else None


class UpdateTask(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A change to a task; which fields are there says what is wanted. `status` and `message` are second names."""

    state: str | int | None = None
    finish_status: str | int | None = None
    status: str | int | None = None
    finish_message: str | None = None
    message: str | None = None
    total_items: int | None = None
    processed_items: int | None = None
    failed_items: int | None = None
    interrupted: bool | None = None
    killed: bool | None = None


class TaskView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A task."""

    id: int
    state: TaskState
    parameters: dict[str, Any]
    input_file: None = None
    agent_id: str | None
    activity_label: str
    activity_name: str
    user_email: None = None
    user_creation_name: str
    organization_label: str
    repository_label: str
    date_creation: str
    date_last_modified: str
    date_start_running: str | None
    min_execution_date: str | None
    finish_status: FinishStatus | None
    finish_message: str | None
    test: bool
    interrupted: bool
    killed: bool
    timeout: bool
    machine_id: str | None
    priority: int
    total_items: int | None
    processed_items: int | None
    failed_items: int | None

    @classmethod
    def of(cls, task: Task, workspace: str) -> TaskView:
        """Return what clients see of a task of the workspace with that label."""
        return cls(
            id=task.id,
            state=STATES[task.state],
            parameters=task.parameters,
            agent_id=task.package,
            activity_label=task.automation,
            activity_name=task.automation_name,
            user_creation_name=author(task.created_by),
            organization_label=workspace,
            repository_label=task.folder,
            date_creation=clock.iso(task.created_at),
            date_last_modified=clock.iso(task.updated_at),
            date_start_running=date(task.started_at),
            min_execution_date=date(task.not_before),
            finish_status=FINISH_STATUSES.get(task.state),
            finish_message=task.message,
            test=task.test,
            interrupted=task.interrupted,
            killed=task.killed,
            timeout=task.overdue,
            machine_id=task.runner,
            priority=task.priority,
            total_items=task.total_items,
            processed_items=task.processed_items,
            failed_items=task.failed_items,
        )


class CreateAlert(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An alert to raise."""

    task_id: int | str
    title: str | None = None
    message: str | None = None
    type: str | int = AlertType.INFO


class AlertView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An alert."""

    id: str
    organization_label: str
    repository_label: str
    task_id: int
    activity_name: str
    activity_label: str
    bot_id: str | None
    title: str
    message: str
    type: AlertType
    date: str

    @classmethod
    def of(cls, alert: Alert, workspace: str) -> AlertView:
        """Return what clients see of an alert of the workspace with that label."""
        return cls(
            id=str(alert.id),
            organization_label=workspace,
            repository_label=alert.folder,
            task_id=alert.task_id,
            activity_name=alert.automation_name,
            activity_label=alert.automation,
            bot_id=alert.package,
            title=alert.title,
            message=alert.message,
            type=_TYPES[alert.level],
            date=clock.iso(alert.created_at),
        )


class CreateArtifact(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A file to announce. The request says `filename` where the answer says `fileName`."""

    task_id: int | str
    name: str | None = None
    file_name: str | None = msgspec.field(default=None, name="filename")


class ArtifactView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A file. Where the server keeps it is nobody's business."""

    id: int
    type: str = "OUTPUT"
    task_id: int
    task_name: str
    name: str
    file_name: str
    storage_file_name: str | None
    storage_file_path: None = None
    organization_id: int
    user: None = None
    user_id: None = None
    date_creation: str

    @classmethod
    def of(cls, artifact: Artifact) -> ArtifactView:
        """Return what clients see of a file."""
        return cls(
            id=artifact.id,
            task_id=artifact.task_id,
            task_name=artifact.automation_name,
            name=artifact.name,
            file_name=artifact.file_name,
            storage_file_name=artifact.digest,
            organization_id=artifact.workspace_id,
            date_creation=clock.iso(artifact.created_at),
        )


def date(moment: int | None) -> str | None:
    """Return a moment as this wire writes it."""
    return None if moment is None else clock.iso(moment)


def author(actor: str) -> str:
    """Return the name in the text that says who did something."""
    return actor.partition(":")[2] or actor


def task_id_of(sent: str | int) -> int:
    """Return the id of a task, sent as a number or its digits. Raises the NotFound of a task that is not there."""
    return _id_of(sent, "Task", "Check the id under Tasks.")


def artifact_id_of(sent: str | int) -> int:
    """Return the id of a file, sent as a number or its digits. Raises the NotFound of a file that is not there."""
    return _id_of(sent, "Artifact", "Check the id, or list the files of its task.")


def error_id_of(sent: str | int) -> int:
    """Return the id of an error, sent as a number or its digits. Raises the NotFound of an error that is not there."""
    return _id_of(sent, "Error", "Check the id, or list the errors of its task.")


def entry_id_of(sent: str | int) -> int:
    """Return the id of an entry, sent as a number or its digits. Raises the NotFound of one that is not there."""
    return _id_of(sent, "Item", "Check the id, and the queue that it belongs to.")


def _id_of(sent: str | int, noun: str, hint: str) -> int:
    text = str(sent)
    if text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= _MAX_ID:
        return int(text)
    raise NotFound(f"{noun} {text[:40]} does not exist.", hint=hint)


def task_filter(query: Mapping[str, str]) -> int | None:
    """Return the task that a list is narrowed to, None for all; an id that cannot be one matches nothing."""
    sent = query.get("taskId", "").strip()
    try:
        return task_id_of(sent) if sent else None
    except NotFound:
        return 0
