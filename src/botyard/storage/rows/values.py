"""How a value goes into a column of each kind and comes out again, the same from both databases.

Towards the rest of Botyard a value is a text, int, float, bool, a JSON value, or None. Moments are texts in UTC of one
fixed width, so that their order as texts is their order in time; JSON is kept as PostgreSQL would print it, so that
equal documents are equal texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import msgspec

from botyard.base.exceptions import Invalid
from botyard.storage.rows.model import Column, Kind
from botyard.storage.tx import Backend

#: The type that PostgreSQL gives a column of each kind.
POSTGRES_TYPES: Mapping[Kind, str] = MappingProxyType(
    {
        "text": "text",
        "uuid": "uuid",
        "int": "integer",
        "bigint": "bigint",
        "numeric": "numeric",
        "float": "double precision",
        "boolean": "boolean",
        "timestamptz": "timestamptz",
        "date": "date",
        "time": "time",
        "jsonb": "jsonb",
    }
)
#: The type that SQLite gives a column of each kind.
SQLITE_TYPES: Mapping[Kind, str] = MappingProxyType(
    {
        "text": "TEXT",
        "uuid": "TEXT",
        "int": "INTEGER",
        "bigint": "INTEGER",
        "numeric": "NUMERIC",
        "float": "REAL",
        "boolean": "INTEGER",
        "timestamptz": "TEXT",
        "date": "TEXT",
        "time": "TEXT",
        "jsonb": "TEXT",
    }
)

_EXACT = 2**53
_BIGINT = 2**63
#: U+0000 as JSON text has it; behind a backslash of its own it is something else.
_ZERO = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def stored(backend: Backend, kind: Kind, value: Any) -> Any:
    """Return `value` as a parameter for a column of the kind. Raises Invalid for a text with U+0000."""
    if value is None:
        return None
    if kind == "text":
        return _without_zero(value, "\0" in value)
    if kind == "jsonb":
        text = json_text(value)
        return _without_zero(text, "u0000" in text and _ZERO.search(text) is not None)
    if kind == "boolean":
        return int(value) if backend == "sqlite" else ("true" if value else "false")
    if kind in ("numeric", "float"):
        return _number_for_sqlite(value) if backend == "sqlite" else str(value)
    return value


def placeholder(backend: Backend, kind: Kind, name: str, *, many: bool = False) -> str:
    """Return how the statement refers to the parameter `name`, which holds a value, or a list, of the kind."""
    if backend == "sqlite":
        return f":{name}"
    return f"CAST(:{name} AS {POSTGRES_TYPES[kind]}{'[]' if many else ''})"


def shown(backend: Backend, kind: Kind, expression: str) -> str:
    """Return the expression that reads a column so that `loader` understands it."""
    if backend == "sqlite":
        return expression
    if kind == "timestamptz":
        return f"""to_char({expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')"""
    if kind in ("uuid", "date", "time", "jsonb"):
        return f"CAST({expression} AS text)"
    return expression


def comparable(backend: Backend, kind: Kind, expression: str) -> str:
    """Return the expression as something that MIN and MAX take; PostgreSQL has none for uuid before version 18."""
    return f"CAST({expression} AS text)" if backend == "postgres" and kind == "uuid" else expression


def loader(column: Column) -> Callable[[Any], Any]:
    """Return the function from what the database gives for a column to its value."""
    return _LOADERS.get(column.kind, as_is)


def number(value: Any) -> Any:
    """Return a number as JSON shows it: a whole one without a point, as long as that loses nothing."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    # SQLite has no whole numbers beyond these.
    return float(value) if isinstance(value, int) and not -_BIGINT <= value < _BIGINT else value


def rounded(digits: int) -> Callable[[Any], Any]:
    """Return a function that keeps so many significant digits: sums differ in the last ones between databases."""

    def keep(value: Any) -> Any:
        return number(float(f"{value:.{digits}g}")) if isinstance(value, float) else value

    return keep


def parted_sum(name: str) -> str:
    """Return the sum of whole numbers in two parts, for SQLite, which has no whole number beyond 64 bits."""
    return f"SUM({name} >> 32) || ' ' || SUM({name} & 4294967295)"


def joined_sum(value: Any) -> Any:
    """Return the sum of which `parted_sum` gives the parts, or one that came whole."""
    if not isinstance(value, str):
        return value
    high, low = value.split(" ")
    return (int(high) << 32) + int(low)


def json_text(value: Any) -> str:
    """Return a JSON value as PostgreSQL prints its jsonb: shorter keys first, a space after each comma and colon."""
    if isinstance(value, Mapping):
        keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
        return "{" + ", ".join(f"{json_text(key)}: {json_text(value[key])}" for key in keys) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(json_text(part) for part in value) + "]"
    if isinstance(value, Decimal):
        value = number(float(value))
    return msgspec.json.encode(value).decode()


def _without_zero(text: str, found: bool) -> str:
    if found:
        raise Invalid("A text holds the character U+0000.", hint="Send text without it.")
    return text


def _number_for_sqlite(value: Any) -> Any:
    if isinstance(value, Decimal):
        value = int(value) if value == value.to_integral_value() else float(value)
    return value if not isinstance(value, int) or abs(value) < 2**63 else float(value)


def as_is(value: Any) -> Any:
    """Return the value."""
    return value


def _truth(value: Any) -> Any:
    return None if value is None else bool(value)


def _json(value: Any) -> Any:
    return msgspec.json.decode(value) if isinstance(value, str) else value


_LOADERS: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {"boolean": _truth, "jsonb": _json, "numeric": number, "float": number}
)
