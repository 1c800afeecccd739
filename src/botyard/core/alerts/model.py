"""What an alert is."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec


class Level(StrEnum):
    """How much an alert matters."""

    INFO = "info"
    WARN = "warn"
    ERROR = "error"


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """A note raised by a task, with the words a list needs to show it."""

    id: int
    workspace_id: int
    task_id: int
    #: The automation's label.
    automation: str
    automation_name: str
    folder: str
    #: None when the automation never had a package.
    package: str | None
    level: Level
    title: str
    message: str
    created_at: int
    created_by: str

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Alert:
        """Return the alert that a row of any query of this concept describes."""
        return msgspec.convert(row, cls)
