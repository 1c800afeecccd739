"""Actions and their runs."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any

from botyard.sdk.automio.models.base import Model


class ActionTypeEnum(str, enum.Enum):  # noqa: UP042 -- its members print as the vendor's do
    """What an action works on."""

    APP_ACTION = "app_action"
    USER_ACTION = "user_action"
    TABLE_ACTION = "table_action"
    TRIGGER_ACTION = "trigger_action"
    WEBHOOK_ACTION = "webhook_action"


class StatusEnum(str, enum.Enum):  # noqa: UP042 -- likewise
    """How far a run is."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    STOPPED = "stopped"


class LanguageEnum(str, enum.Enum):  # noqa: UP042 -- likewise
    """What an action is written in."""

    PYTHON = "python"
    JAVASCRIPT = "javascript"


class Action(Model, kw_only=True):
    """An action of an app."""

    id: int | None = None
    is_mine: bool | None = None
    table_name: str | None = None
    can_view_code: bool | None = None
    action_type: ActionTypeEnum | None = None
    name: str
    slug: str | None = None
    description: str | None = None
    required_confirmation: bool | None = None
    code: str | None = None
    input_schema: Any = None
    is_public: bool | None = None
    created_at: dt.datetime | None = None
    updated_at: dt.datetime | None = None
    organization: int | None = None
    table: int | None = None
    app: int | None = None
    files: list[dict[str, Any]] | None = None


class ActionRunRequest(Model, kw_only=True):
    """What a run is asked for with."""

    selected_rows: list[str] | None = None
    selected_all: bool | None = False
    filter_params: dict[str, Any] | None = None
    user_input: dict[str, Any] | None = None
    connection_id: str | None = None
    language: LanguageEnum | None = None


class ActionRunResponse(Model, kw_only=True):
    """A run that was asked for."""

    run_id: int
    task_id: str
    run_number: int


class ActionRunStatusResponse(Model, kw_only=True):
    """How a run is, or what became of it."""

    status: StatusEnum
    error: str | None = None
    logs: str | None = None
    progress: int | None = None
    result: dict[str, Any] | None = None
