"""One value to one declared type."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from botyard.base import jsontext
from botyard.core.parameters import moments

#: What `convert` raises.
NOT_OF_TYPE = (TypeError, ValueError, OverflowError)
#: A link longer than this is refused.
MAX_LINK = 8192

_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_INT_RANGE = range(-(2**63), 2**63)


def convert(kind: str, value: Any, *, strict: bool, cut: bool = False) -> Any:
    """Return `value` as a value of the type. Raises one of NOT_OF_TYPE when it is none.

    A strict value has the type's own form in JSON; otherwise a text that says the same will do. `cut` takes more
    digits of a second than a moment can keep. null is a value of every type.
    """
    if value is None:
        return None
    if kind == "datetime":
        return moments.normalised(_text(value), cut=cut)
    return _READERS[kind](value, strict)


def described(kind: str, *, array: bool) -> str:
    """Return what values of the type are, for a sentence."""
    return f"a list, each {_WORDS[kind]}" if array else _WORDS[kind]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _string(value: Any, strict: bool) -> str:
    if not strict and isinstance(value, bool | int | float):
        return jsontext.encode(value)
    return _text(value)


def _int(value: Any, strict: bool) -> int:
    if isinstance(value, str) and not strict and _WHOLE.fullmatch(value.strip()):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value not in _INT_RANGE:
        raise ValueError
    return value


def _double(value: Any, strict: bool) -> float:
    if isinstance(value, str) and not strict and _NUMBER.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    number = float(value)
    if not math.isfinite(number):
        raise ValueError
    return number


def _bool(value: Any, strict: bool) -> bool:
    if isinstance(value, str) and not strict and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    if not isinstance(value, bool):
        raise TypeError
    return value


def _file(value: Any, strict: bool) -> str | None:
    text = _text(value)
    if len(text) > MAX_LINK or "\0" in text:
        raise ValueError
    return None if strict and not text.strip() else text


_READERS: Mapping[str, Callable[[Any, bool], Any]] = MappingProxyType(
    {"string": _string, "int": _int, "double": _double, "bool": _bool, "file": _file}
)
_WORDS = {
    "string": "a text",
    "int": "a whole number of at most 64 bits",
    "double": "a number",
    "bool": "true or false",
    "datetime": "a date and time such as 2026-01-31T08:30:00Z",
    "file": f"a link to a file of at most {MAX_LINK} characters",
}
