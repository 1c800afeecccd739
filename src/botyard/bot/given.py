"""What a bot is given: which task it works on, its parameters and files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a runner tells of a task, in the file that BOTYARD_CONTEXT names."""

    task: int
    attempt: str = ""
    epoch: int = 1
    automation: str = ""
    version: str = ""
    workspace: str = ""
    runner: str = ""
    dialect: str = "plain"
    lease_seconds: int = 30
    types: dict[str, str] = {}


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """The task that this bot works on. `attempt` is which try it is, from 1; `local` that there is no server.

    `input_files` holds the files that the task was given; what is left in `output_files` is kept with the task.
    """

    task: int
    attempt: int
    automation: str
    version: str
    workspace: str
    runner: str
    local: bool
    input_files: Path
    output_files: Path


def typed(parameters: Mapping[str, Any], types: Mapping[str, str]) -> dict[str, Any]:
    """Return parameters as their declared types have them in Python; what is not declared stays as it is.

    A `datetime` has an offset, a `file` that is there is a Path, and a `double` is a float.
    """
    return {name: _typed(value, types.get(name, "")) for name, value in parameters.items()}


def _typed(value: Any, kind: str) -> Any:
    if kind.endswith("[]"):
        return [_typed(each, kind[:-2]) for each in value] if isinstance(value, list) else value
    if kind == "datetime" and isinstance(value, str):
        return _moment(value)
    if kind == "file" and isinstance(value, str):
        return Path(value) if value and os.path.isfile(value) else value  # noqa: PTH113 -- never raises
    if kind == "double" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def _moment(text: str) -> datetime | str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
