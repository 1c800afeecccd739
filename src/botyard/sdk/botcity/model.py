"""What the calls return and take: enumerations, and dataclasses that go to JSON and back.

Fields and their order are those of `botcity-maestro-sdk` 0.9.1. A task has three more at its end, which older
releases had and their reference still lists. States and kinds that come from a server are plain texts, which equal the
members of the enumerations.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

__all__ = [
    "AlertType",
    "Artifact",
    "AutomationTask",
    "AutomationTaskFinishStatus",
    "AutomationTaskState",
    "BotExecution",
    "Column",
    "MessageType",
    "ServerMessage",
    "ServerMessageType",
]


class AlertType(str, enum.Enum):
    """How serious an alert is."""

    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"


class MessageType(str, enum.Enum):
    """How the body of a message is written."""

    TEXT = "TEXT"
    HTML = "HTML"


class AutomationTaskState(str, enum.Enum):
    """Where a task is; START means that it waits."""

    START = "START"
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    CANCELED = "CANCELED"


class AutomationTaskFinishStatus(str, enum.Enum):
    """How a task ended."""

    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    PARTIALLY_COMPLETED = "PARTIALLY_COMPLETED"


class ServerMessageType(str, enum.Enum):
    """Whether an old server did what it was asked; today's answer with other words or a status."""

    SUCCESS = "success"
    ERROR = "error"


class _Record:
    """A dataclass that shows itself as JSON, with the names of its fields."""

    def to_json(self) -> str:
        """Return the fields as a JSON object."""
        return json.dumps(asdict(self))  # type: ignore[call-overload]  # every subclass is a dataclass


@dataclass
class ServerMessage(_Record):
    """A server's answer: `payload` is its text, `message` and `type` what that says under these names."""

    message: str | None = ""
    type: Any = ServerMessageType.ERROR
    payload: str = ""

    @staticmethod
    def from_json(payload: str) -> ServerMessage:
        """Read a JSON object."""
        data = json.loads(payload)
        return ServerMessage(data.get("message"), data.get("type"), payload)


@dataclass
class Artifact(_Record):
    """A result file, without its bytes."""

    id: int = 0
    type: str | None = None
    task_id: int = 0
    task_name: str | None = None
    name: str | None = None
    filename: str | None = None
    storage_filename: str | None = None
    storage_filepath: str | None = None
    organization: int = 0
    user: int | None = 0
    date_creation: str | None = None

    @staticmethod
    def from_json(payload: str) -> Artifact:
        """Read a JSON object as the server writes it."""
        return Artifact.from_dict(json.loads(payload))

    @staticmethod
    def from_dict(data: dict[str, Any]) -> Artifact:
        """Read a decoded JSON object as the server writes it."""
        return Artifact(**_read(Artifact, data))


@dataclass
class AutomationTask(_Record):
    """A task. `activity_id`, `user_creation_id` and `org_creation_id` are None when the server has no such numbers."""

    id: int = 0
    state: str = AutomationTaskState.START
    parameters: dict[str, Any] | None = None
    input_file: Artifact | None = None
    agent_id: Any = 0
    user_email: str | None = None
    user_creation_name: str | None = None
    organization_label: str | None = None
    date_creation: str | None = None
    date_last_modified: str | None = None
    finish_status: str | None = AutomationTaskFinishStatus.FAILED
    finish_message: str | None = None
    test: bool = False
    machine_id: str | None = None
    activity_label: str | None = None
    interrupted: bool = False
    min_execution_date: str | None = None
    killed: bool = False
    date_start_running: str | None = None
    priority: int = 0
    repository_label: str | None = None
    processed_items: int | None = 0
    failed_items: int | None = 0
    total_items: int | None = 0
    activity_name: str | None = None
    activity_id: int | None = None
    user_creation_id: int | None = None
    org_creation_id: int | None = None

    @staticmethod
    def from_json(payload: str) -> AutomationTask:
        """Read a JSON object as the server writes it."""
        values = _read(AutomationTask, json.loads(payload))
        for flag in ("test", "interrupted", "killed"):
            values[flag] = bool(values[flag])
        file = values["input_file"]
        values["input_file"] = Artifact.from_dict(file) if file else file
        return AutomationTask(**values)

    def is_interrupted(self) -> bool:
        """Return whether somebody asked the task to stop; a bot that sees it finishes its task itself."""
        return self.interrupted


@dataclass
class Column:
    """A column of a log: the name that is shown, the label that rows use, a width in pixels."""

    name: str | None = None
    label: str | None = None
    width: int = 0


@dataclass
class BotExecution:
    """What a bot was started with."""

    server: str
    task_id: Any
    token: str
    parameters: dict[str, Any]


#: Where the server's name is not the field's in camel case.
_NAMES = {
    "filename": "fileName",
    "storage_filename": "storageFileName",
    "storage_filepath": "storageFilePath",
    "organization": "organizationId",
    "org_creation_id": "organizationCreationId",
}


def camel(name: str) -> str:
    """Return the name that a field has on the wire."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _read(kind: type[Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a dataclass's fields; what the server leaves out is None."""
    return {field.name: data.get(_NAMES.get(field.name) or camel(field.name)) for field in fields(kind)}
