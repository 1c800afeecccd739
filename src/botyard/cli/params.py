"""From `--param name=text` to the inputs of a task."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from botyard.sdk.errors import Refused


def read(given: Sequence[str], declared: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return inputs by name. A declared one, whatever its case, gets its declared type.

    Any other is JSON where it reads as JSON, else text.

    Raises Refused for a text without "=", a name given twice, or a value that is not of its declared type.
    """
    types = {entry["name"].lower(): entry for entry in declared}
    values: dict[str, Any] = {}
    for pair in given:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise Refused(f'"{pair}" is not a parameter.', hint="Write it as --param name=value.")
        if name in values:
            raise Refused(f'The parameter "{name}" is given twice.', hint="Give a list as JSON: --param 'name=[1, 2]'.")
        entry = types.get(name.lower())
        values[name] = guess(text) if entry is None else _declared(name, text, entry)
    return values


def guess(text: str) -> Any:
    """Return the number, true, false, null, object or array that a text is in JSON, else the text itself."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError):
        return text
    return text if isinstance(value, str) else value


def _declared(name: str, text: str, entry: Mapping[str, Any]) -> Any:
    kind = entry.get("type", "string")
    if not entry.get("array"):
        return _value(name, text, kind)
    values = guess(text)
    if not isinstance(values, list):
        raise Refused(f'"{name}" is a list of {kind}.', hint=f"Write it as JSON: --param '{name}=[...]'.")
    return [
        _value(name, value if isinstance(value, str) else msgspec.json.encode(value).decode(), kind) for value in values
    ]


def _value(name: str, text: str, kind: str) -> Any:
    try:
        return _READERS.get(kind, str)(text)
    except ValueError:
        raise Refused(f'"{name}" must be {_NAMES[kind]}, not "{text[:80]}".', hint="Correct the --param.") from None


def _bool(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


def _moment(text: str) -> str:
    from datetime import datetime

    datetime.fromisoformat(text)
    return text


def _double(text: str) -> float:
    value = float(text)
    if value - value != 0:
        raise ValueError(text)
    return value


_READERS: Mapping[str, Callable[[str], Any]] = {"int": int, "double": _double, "bool": _bool, "datetime": _moment}
_NAMES = {
    "int": "a whole number",
    "double": "a number",
    "bool": "true or false",
    "datetime": "a date and time such as 2026-01-31T08:30:00Z",
}
