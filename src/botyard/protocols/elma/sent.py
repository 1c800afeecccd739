"""What callers of this dialect send: known keys are taken, missing and null ones have a meaning, others are ignored."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from botyard.base import jsontext
from botyard.base.exceptions import Invalid
from botyard.web.request import Request

#: As large as the parameters of a task may be.
MAX_CONTEXT = 1024 * 1024
_MAX_CALLBACK = 8192
_MAX_NUMBER = 2**63 - 1

#: Between and around them there is room for priorities that people give.
PRIORITIES = MappingProxyType({"HIGH": 8, "MEDIUM": 5, "LOW": 2})
_UNSET = "EMPTY_P"


class NewTask(msgspec.Struct, frozen=True, kw_only=True):
    """A task as a caller wants it; `callback` None means that nobody is told of its end."""

    process: str
    version: int
    values: dict[str, Any]
    priority: int
    callback: str | None


async def read(request: Request) -> dict[str, Any]:
    """Return the body. Raises Invalid, with the code "not_json" for one that is no JSON text."""
    raw = await request.body()
    try:
        value = jsontext.decode(raw)
    except Invalid as error:
        raise Invalid(error.message, hint=error.hint, code="not_json") from None
    if not isinstance(value, dict):
        raise Invalid("The body is not an object.", hint="Send a JSON object with auth_tkn.")
    return value


async def task_id(request: Request, *names: str) -> int:
    """Return the id of the task that is asked about, from the first of the names, or from a whole task object."""
    body = await read(request)
    task = body.get("task")
    places: list[Any] = [body.get(name) for name in names]
    places += [task.get("id")] if isinstance(task, dict) else []
    value = next((each for each in places if each is not None), None)
    if value is None:
        raise Invalid(f"{names[0]} is missing.", hint="Send the id that create answered with.", field=names[0])
    if isinstance(value, bool) or not isinstance(value, int):
        raise Invalid(
            f"{names[0]} must be a whole number, not {_shown(value)}.",
            hint="Send the id that create answered with.",
            field=names[0],
        )
    return value


async def file_name(request: Request) -> str:
    """Return the name of the file that is asked for; it is a key, and never read as a path."""
    value = (await read(request)).get("filename")
    if not isinstance(value, str) or not value:
        raise Invalid(
            "filename must be a text, the name of a file.", hint="Take it from the output context.", field="filename"
        )
    return value


async def new_task(request: Request) -> NewTask:
    """Return the task that is to be made. Raises Invalid naming what is wrong with it."""
    task = (await read(request)).get("task")
    if not isinstance(task, dict):
        raise Invalid("task must be an object.", hint="Send task with process, version and ctx.", field="task")
    return NewTask(
        process=_process(task.get("process")),
        version=_whole(task, "version"),
        values=_context(task.get("ctx")),
        priority=_priority(task.get("priority")),
        callback=_callback(task.get("callback")),
    )


async def page(request: Request) -> tuple[int, int]:
    """Return how many entries of a list to skip, and how many to show, 0 for all. Pages count from 1."""
    body = await read(request)
    number, limit = _whole(body, "page"), _whole(body, "limit")
    return min(max(number - 1, 0) * limit, _MAX_NUMBER), min(limit, _MAX_NUMBER)


def _whole(values: Mapping[str, Any], name: str) -> int:
    value = values.get(name)
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Invalid(f"{name} must be a whole number from 0 on, not {_shown(value)}.", field=name)
    return value


def _process(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Invalid("process must be the token of a process, a text.", field="process")
    if "\0" in value:
        raise Invalid("process holds the NUL character.", field="process")
    return value.strip().lower()


def _context(value: Any) -> dict[str, Any]:
    if value is None or value == "":
        return {}
    if not isinstance(value, str):
        raise Invalid(f"ctx must be a text that holds a JSON object, not {_shown(value)}.", field="ctx")
    if len(value) > MAX_CONTEXT:
        raise Invalid(f"ctx has more than {MAX_CONTEXT} characters.", hint="Send large data as a file.", field="ctx")
    try:
        values = jsontext.decode(value)
    except Invalid as error:
        raise Invalid(f"ctx is not a JSON object: {error.message}", hint=error.hint, field="ctx") from None
    if not isinstance(values, dict):
        raise Invalid("ctx is not a JSON object.", hint='Send "{}" when there is no input.', field="ctx")
    return values


def _priority(value: Any) -> int:
    if value is None or value in ("", _UNSET):
        return PRIORITIES["MEDIUM"]
    if not isinstance(value, str) or value not in PRIORITIES:
        raise Invalid(f"priority cannot be {_shown(value)}.", hint="Use HIGH, MEDIUM or LOW.", field="priority")
    return PRIORITIES[value]


def _callback(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > _MAX_CALLBACK:
        raise Invalid("callback must be an address of at most 8192 characters.", field="callback")
    return value.strip()


def _shown(value: Any) -> str:
    return jsontext.encode(value)[:60]
