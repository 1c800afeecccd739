"""Values as people type and read them: in cells, in filters and in CSV files."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from botyard.base import jsontext
from botyard.base.exceptions import Invalid, closest
from botyard.core import tables
from botyard.core.tables import Table
from botyard.storage.rows import Column

_TRUTH: Mapping[str, bool] = MappingProxyType(
    {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False, "on": True, "off": False}
)


def from_text(column: Column, typed: str) -> Any:
    """Return the value that a text stands for in a column, None for an empty one. Raises Invalid naming the column.

    A text column keeps what was typed, and an empty text is no value.
    """
    if column.kind == "text":
        return typed or None
    clean = typed.strip()
    if not clean:
        return None
    try:
        return tables.checked(column.kind, _read(column, clean))
    except Invalid as error:
        raise Invalid(error.message, hint=error.hint, code=error.code, field=column.name) from None


def as_text(value: Any) -> str:
    """Return a value as the text that `from_text` reads."""
    if value is None:
        return ""
    return value if isinstance(value, str) else jsontext.encode(value)


def checked_values(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values that rows of the table can hold. Raises Invalid naming the field at fault."""
    fields = {field.column.name: field for field in table.definition.fields if field.column}
    found: dict[str, Any] = {}
    for name, value in values.items():
        field = fields.get(name)
        column = table.columns.get(name)
        if (field is None and name != "connection_id") or column is None:
            raise _unknown(table, name)
        try:
            found[name] = None if value is None else tables.checked(column.kind, value)
            if field is not None and value is not None:
                tables.check_choice(field, found[name])
        except Invalid as error:
            raise Invalid(error.message, hint=error.hint, code=error.code, field=name) from None
        if value is None and not column.nullable:
            raise Invalid(f'"{name}" must have a value.', hint="Fill it in.", field=name)
    return found


def _read(column: Column, clean: str) -> Any:
    if column.kind == "boolean":
        return _TRUTH.get(clean.lower(), clean)
    return jsontext.decode(clean) if column.kind == "jsonb" else clean


def _unknown(table: Table, name: str) -> Invalid:
    served = name in tables.BUILT_IN
    known = [column for column in table.columns if column not in tables.BUILT_IN]
    return Invalid(
        f'"{name[:80]}" is kept by the server.' if served else f'The table has no field "{name[:80]}".',
        hint="Leave it out." if served else closest(name, known) or f"Its fields are {', '.join(known[:20])}.",
        field=name[:80],
    )
