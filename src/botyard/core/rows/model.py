"""What a page of rows is asked by, and what was changed by hand."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, Self, TypeAlias

import msgspec

from botyard.core.tables import Table
from botyard.storage import Row
from botyard.storage.rows import NUMBERS, Kind

ChangeKind: TypeAlias = Literal["insert", "update", "delete", "links", "import"]
KINDS: tuple[ChangeKind, ...] = ("insert", "update", "delete", "links", "import")

_ORDERED = MappingProxyType({"eq": "is", "neq": "is not", "gt": "over", "gte": "from", "lt": "under", "lte": "up to"})
_EMPTY = MappingProxyType({"empty": "is empty", "filled": "is filled"})
_NAMED = MappingProxyType({"named": "is called"})
_TEXT = MappingProxyType({"has": "contains", "begins": "begins with", "eq": "is", "neq": "is not"})


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """A column, one of `operators_for` it, and the value as text; `empty` and `filled` need none."""

    column: str
    operator: str
    value: str = ""


class Sort(msgspec.Struct, frozen=True, kw_only=True):
    """By which column, and which way; rows without a value come last either way."""

    column: str = "created_at"
    descending: bool = True


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Some rows; `after` is where the next page begins, None at the end."""

    table: Table
    rows: list[dict[str, Any]]
    after: str | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One change by hand: the values that were there, and those that came.

    Of links, by the name of the relationship, the ids of the rows that were taken away and of those that were added;
    of an import how many rows there were.
    """

    id: int
    table_id: int
    row_id: str
    kind: ChangeKind
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    at: int
    actor: str
    undoes: int | None
    undone_by: int | None

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Return the change that a row of `row_history` holds."""
        kept = {name: value for name, value in row.items() if name != "workspace_id"}
        for side in ("before", "after"):
            kept[side] = None if kept[side] is None else msgspec.json.decode(kept[side])
        return cls(**kept)


def operators_for(table: Table, name: str) -> Mapping[str, str]:
    """Return the operators that a condition on a column, or on a many_to_many field, can have, each in words."""
    field = next(
        (each for each in table.definition.fields if name == (each.column.name if each.column else each.name)), None
    )
    if field is not None and field.type == "many_to_many":
        return {**_NAMED, **_EMPTY}
    more = _NAMED if field is not None and field.type == "foreign_key" else {}
    return {**more, **operators_of(table.columns[name].kind)} if name in table.columns else {}


def operators_of(kind: Kind) -> Mapping[str, str]:
    """Return the operators that a condition on a column of the kind can have, each in words."""
    if kind in NUMBERS or kind in ("timestamptz", "date", "time"):
        return {**_ORDERED, **_EMPTY}
    if kind == "text":
        return {**_TEXT, **_EMPTY}
    if kind == "jsonb":
        return {"contains": "contains", **_EMPTY}
    return {"eq": "is", **({"neq": "is not"} if kind == "uuid" else {}), **_EMPTY}
