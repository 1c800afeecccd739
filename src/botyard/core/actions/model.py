"""What actions and their runs are, and what their fields may hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Self

import msgspec

from botyard.base import jsontext, text
from botyard.base.exceptions import Invalid, closest
from botyard.core.apps import check_slug
from botyard.storage import Row
from botyard.wire import automio
from botyard.wire.execution import task_uuid

#: What starts an action, and for whom it runs.
TYPES = ("app_action", "user_action", "table_action", "trigger_action", "webhook_action")
WEBHOOK = "webhook_action"
TRIGGER = "trigger_action"
#: What happens to the rows of a table.
EVENTS = ("insert", "update", "delete")
_MAX_REQUIREMENTS = 100
_MAX_SCHEMA = 256 * 1024


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """One action; `automation` is the label of its automation, `source` its main file, `runs` how many there were.

    `events` are the changes of the rows of `table_name` that start it, when it is a trigger_action.
    """

    id: int
    workspace_id: int
    app_id: int
    automation_id: str
    automation: str
    slug: str
    name: str
    type: str
    description: str
    source: str
    requirements: list[str]
    input_schema: Any
    table_name: str | None
    events: list[str]
    required_confirmation: bool
    is_public: bool
    hidden: bool
    webhook_turn: int
    runs: int
    created_at: int
    created_by: str
    updated_at: int

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Return the action that a row of `actions` with the label of its automation holds."""
        schema = row["input_schema"]
        return cls(
            **{
                **row,
                "requirements": jsontext.decode(row["requirements"]),
                "events": jsontext.decode(row["events"]),
                "input_schema": None if schema is None else jsontext.decode(schema),
                **{name: bool(row[name]) for name in ("required_confirmation", "is_public", "hidden")},
            }
        )


class RunRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody wants an action to run; `action` is its id or slug within the app.

    `options` holds what the action is given beside `user_input`; `request_key` makes a repeated request find its run.
    `cause` is the task in whose name it is asked for, if any; `depth` says how many triggers led to it.
    """

    workspace_id: int
    app_id: int
    action: str
    actor: str
    now: int
    user_id: int | None = None
    user_input: dict[str, Any] = {}
    options: dict[str, Any] = {}
    connection_id: int | None = None
    request_key: str | None = None
    cause: int | None = None
    depth: int = 0


class Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """An action that changes of rows start: of which table, by the name it was given, and which changes."""

    action_id: int
    table: str
    events: frozenset[str]


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run of an action: its task, and its number among the runs of the action."""

    task_id: int
    action_id: int
    number: int

    @property
    def uuid(self) -> str:
        """The UUID by which clients know the task."""
        return task_uuid(self.task_id)


def checked_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the given fields in the form they are stored in. Raises Invalid naming the field at fault."""
    for name in values:
        if name not in _CHECKS:
            known = ", ".join(_CHECKS)
            raise Invalid(
                f'An action has no "{name[:80]}".',
                hint=closest(name, list(_CHECKS)) or f"It has {known}.",
                field=name,
            )
    return {name: _CHECKS[name](value) for name, value in values.items()}


def _slug(value: Any) -> str:
    return check_slug(_text(value, "slug"))


def _name(value: Any) -> str:
    return text.name(_text(value, "name"), field="name", limit=255)


def _description(value: Any) -> str:
    return text.prose(_text(value, "description"), field="description", limit=4000)


def _type(value: Any) -> str:
    if value not in TYPES:
        raise Invalid(
            f"{ascii(value)[:80]} is no type of action.", hint=f"Use one of {', '.join(TYPES)}.", field="type"
        )
    return str(value)


def _table(value: Any) -> str | None:
    return None if value is None else text.name(_text(value, "table_name"), field="table_name", limit=100)


def _schema(value: Any) -> Any:
    if value is not None and len(jsontext.encode(value)) > _MAX_SCHEMA:
        raise Invalid("The schema is too large.", hint=f"Keep it under {_MAX_SCHEMA >> 10} KiB.", field="input_schema")
    return value


def _requirements(value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > _MAX_REQUIREMENTS:
        raise Invalid(
            f"requirements must be a list of at most {_MAX_REQUIREMENTS} texts.",
            hint="Write [automio==0.5.7, pandas].",
            field="requirements",
        )
    for number, line in enumerate(value):
        if not isinstance(line, str) or not automio.is_requirement(line):
            raise Invalid(
                f"{ascii(line)[:80]} is no requirement.",
                hint="Write a name, and perhaps a version: automio==0.5.7.",
                field=f"requirements[{number}]",
            )
    return [line.strip() for line in value]


def _events(value: Any) -> list[str]:
    if not isinstance(value, list) or any(event not in EVENTS for event in value):
        raise Invalid(
            "events must be a list of changes of rows.",
            hint=f"Write [{', '.join(EVENTS)}], or some of them.",
            field="events",
        )
    return [event for event in EVENTS if event in value]


def check_trigger(values: Mapping[str, Any]) -> None:
    """Raise Invalid for fields of an action that say which changes start it, but not of which table."""
    if values["events"] and not values["table_name"]:
        raise Invalid(
            "The action says which changes of rows start it, but not of which table.",
            hint="Name the table, too.",
            field="table_name",
        )
    if values["events"] and values["type"] != TRIGGER:
        raise Invalid(
            f"Changes of rows start actions of the type {TRIGGER} only.",
            hint="Give it that type, or leave its events out.",
            field="events",
        )


def _flag(field: str) -> Callable[[Any], bool]:
    def check(value: Any) -> bool:
        if not isinstance(value, bool):
            raise Invalid(f"{field} must be true or false.", field=field)
        return value

    return check


def _text(value: Any, field: str) -> str:
    if not isinstance(value, str):
        raise Invalid(f"{field} must be a text.", field=field)
    return value


_CHECKS: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "slug": _slug,
        "name": _name,
        "type": _type,
        "description": _description,
        "requirements": _requirements,
        "input_schema": _schema,
        "table_name": _table,
        "events": _events,
        "required_confirmation": _flag("required_confirmation"),
        "is_public": _flag("is_public"),
    }
)

#: What a new action has where nothing is said; its name is its slug.
DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {
        "type": "user_action",
        "description": "",
        "requirements": [],
        "input_schema": None,
        "table_name": None,
        "events": [],
        "required_confirmation": False,
        "is_public": False,
    }
)
