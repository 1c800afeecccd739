"""What an automation is, and what its fields may hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Self

import msgspec

from botyard.base import jsontext, text
from botyard.base.exceptions import Invalid
from botyard.core import parameters
from botyard.storage import Row

#: What becomes of a task whose runner was lost.
ON_LOST = ("requeue", "fail")

_USES_KEYS = ("queues", "credentials", "assets")


class Automation(msgspec.Struct, frozen=True, kw_only=True):
    """One automation; the `package_*` fields describe the released version and are None without one."""

    id: str
    workspace_id: int
    label: str
    name: str
    description: str
    folder: str
    package_id: str | None
    runner_label: str | None
    priority: int
    max_attempts: int
    on_lost: str
    grace_seconds: int
    parameters: list[dict[str, Any]]
    #: The queues, credentials and assets its bots may use, by label; None means all of the workspace.
    uses: dict[str, list[str]] | None
    #: Stands for what somebody runs by hand while developing.
    by_hand: bool
    created_at: int
    updated_at: int
    package_version: str | None
    package_digest: str | None
    package_dialect: str | None

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Return the automation that a row of `automations` with its released version holds."""
        uses = row["uses"]
        return cls(
            **{
                **row,
                "parameters": jsontext.decode(row["parameters"]),
                "uses": None if uses is None else jsontext.decode(uses),
                "by_hand": bool(row["by_hand"]),
            }
        )


def check_label(label: str) -> str:
    """Return `label` in the form it is stored in. Raises Invalid for one that could not be part of an address."""
    clean = text.name(label, field="label", limit=100)
    if set(clean) & set("/\\?#%") or clean in (".", ".."):
        raise Invalid(
            f'"{clean}" cannot be a label: it holds one of / \\ ? # % or is only dots.',
            hint="Use letters, digits, spaces and - _ . : for example.",
            field="label",
        )
    return clean


def checked_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the given fields in the form they are stored in. Raises Invalid naming the field at fault."""
    return {field: _CHECKS[field](value) for field, value in values.items()}


def _name_of(field: str, limit: int = text.MAX_NAME) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        return text.name(_text(value, field), field=field, limit=limit)

    return check


def _text(value: Any, field: str) -> str:
    if not isinstance(value, str):
        raise Invalid(f"{field} must be a text.", field=field)
    return value


def _one_of(choices: tuple[str, ...], field: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in choices:
            raise Invalid(
                f"{field} cannot be {ascii(value)[:80]}.",
                hint=f"Use one of {', '.join(choices)}.",
                field=field,
            )
        return value

    return check


def _between(low: int, high: int, field: str) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise Invalid(
                f"{field} cannot be {ascii(value)[:80]}.",
                hint=f"Use a whole number from {low} to {high}.",
                field=field,
            )
        return value

    return check


def _runner_label(value: Any) -> str | None:
    return None if value is None else _name_of("runner_label", 100)(value)


def _uses(value: Any) -> dict[str, list[str]] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Invalid(
            "uses must be an object of lists.",
            hint="Write {queues: [], credentials: [], assets: []}.",
            field="uses",
        )
    for key, names in value.items():
        if key not in _USES_KEYS:
            raise Invalid(
                f'uses has no key "{str(key)[:80]}".',
                hint=f"Its keys are {', '.join(_USES_KEYS)}.",
                field=f"uses.{key}",
            )
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise Invalid(f"uses.{key} must be a list of labels.", field=f"uses.{key}")
    return {key: [text.label(name, field=f"uses.{key}") for name in names] for key, names in value.items()}


_CHECKS: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "name": _name_of("name"),
        "description": lambda value: text.prose(_text(value, "description"), field="description", limit=4000),
        "folder": _name_of("folder", 100),
        "runner_label": _runner_label,
        "priority": _between(0, 10, "priority"),
        "max_attempts": _between(1, 100, "max_attempts"),
        "on_lost": _one_of(ON_LOST, "on_lost"),
        "grace_seconds": _between(0, 3600, "grace_seconds"),
        "parameters": parameters.checked,
        "uses": _uses,
    }
)

#: What a new automation has where nothing is said; its name is its label.
DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {
        "description": "",
        "folder": "DEFAULT",
        "runner_label": None,
        "priority": 0,
        "max_attempts": 3,
        "on_lost": "requeue",
        "grace_seconds": 10,
        "parameters": [],
        "uses": None,
    }
)
