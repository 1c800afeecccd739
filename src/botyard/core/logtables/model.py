"""What a log table and its rows are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from botyard.base import jsontext, text
from botyard.base.exceptions import Invalid

MAX_COLUMNS = 200
MAX_WIDTH = 100_000


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column: its key in rows, its heading, how wide people want it, and whether they see it at first."""

    label: str
    name: str
    width: int = 100
    visible: bool = True


class LogTable(msgspec.Struct, frozen=True, kw_only=True):
    """A log table without its rows."""

    id: int
    workspace_id: int
    label: str
    folder: str
    columns: tuple[Column, ...]
    created_at: int
    created_by: str

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> LogTable:
        """Return the table that a row of any query of this concept describes."""
        return msgspec.convert({**row, "columns": jsontext.decode(row["columns"])}, cls)


class LogRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row; `content` has every declared column, then what else was sent."""

    id: int
    content: dict[str, Any]
    task_id: int | None
    created_at: int
    created_by: str

    @classmethod
    def from_row(cls, row: dict[str, Any], columns: Sequence[Column]) -> LogRow:
        """Return the row of a table with these columns."""
        sent = jsontext.decode(row["content"])
        empty = dict.fromkeys((column.label for column in columns), "")
        return cls(**{**row, "content": {**empty, **sent}})


def check_label(label: str) -> str:
    """Return a table's label in the form it is stored in. Raises Invalid for one that no address can hold."""
    clean = text.name(label, field="label")
    if set(clean) & set("/\\?#%") or clean in (".", ".."):
        raise Invalid(
            f'"{clean[:80]}" cannot be the label of a log: it holds one of / \\ ? # % or is only dots.',
            hint="Use letters, digits, spaces and - _ . : for example.",
            field="label",
        )
    return clean


def check_columns(columns: Sequence[Column]) -> tuple[Column, ...]:
    """Return columns in the form they are stored in. Raises Invalid when there is none, or a label comes twice."""
    if not columns:
        raise Invalid("A log needs at least one column.", hint='Send "columns" as a list.', field="columns")
    if len(columns) > MAX_COLUMNS:
        raise Invalid(f"{len(columns)} columns are too many.", hint=f"Keep to {MAX_COLUMNS}.", field="columns")
    checked = tuple(_check(column, f"columns[{number}]") for number, column in enumerate(columns))
    seen = set[str]()
    for column in checked:
        if column.label in seen:
            raise Invalid(
                f'The column "{column.label}" is there twice.', hint="Give each a label of its own.", field="columns"
            )
        seen.add(column.label)
    return checked


def _check(column: Column, path: str) -> Column:
    if not 0 <= column.width <= MAX_WIDTH:
        raise Invalid(f"A column cannot be {column.width} wide.", hint=f"Use 0 to {MAX_WIDTH}.", field=f"{path}.width")
    return Column(
        label=text.name(column.label, field=f"{path}.label"),
        name=text.name(column.name, field=f"{path}.name"),
        width=column.width,
        visible=column.visible,
    )
