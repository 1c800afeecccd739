"""Find rows: by conditions, in an order, a page at a time."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import msgspec

from botyard.base.exceptions import Invalid, NotFound, closest
from botyard.core import tables
from botyard.core.rows.model import Condition, Page, Sort, operators_of
from botyard.core.rows.texts import as_text, from_text
from botyard.core.tables import Table
from botyard.storage import Tx
from botyard.storage.rows import Column, Compare, Every, Filter, Order, Pick, Rows, Some, fetch

#: The most rows of one page.
MAX_PAGE = 500
_MAX_CONDITIONS = 50


def search(
    tx: Tx,
    *,
    workspace_id: int,
    app_id: int,
    table: str,
    conditions: Sequence[Condition] = (),
    sort: Sort | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page:
    """Return the rows for which every condition holds, from `after` on. Raises NotFound, and Invalid naming a column.

    Rows that come or go between two pages neither repeat nor hide others.
    """
    known = tables.get(tx, workspace_id=workspace_id, app_id=app_id, name=table)
    if len(conditions) > _MAX_CONDITIONS:
        raise Invalid(f"More than {_MAX_CONDITIONS} conditions.", hint="Use fewer.", field="filter")
    order = sort or Sort()
    column = _column(known, order.column)
    if column.kind == "jsonb":
        raise Invalid(f'"{column.name}" has no order.', hint="Sort by another column.", field="sort")
    held: list[Filter] = [_compare(known, condition) for condition in conditions]
    if after:
        held.append(_beyond(known, column, order, after))
    rows = Rows(
        source=known.source,
        select=picks(known),
        where=Every(parts=tuple(held)) if held else None,
        order=(Order(column=column, descending=order.descending),),
        limit=min(max(limit, 1), MAX_PAGE) + 1,
    )
    found = fetch(tx, rows, organization=workspace_id)
    shown = found[: rows.limit - 1] if rows.limit else found
    on = _cursor(shown[-1], column) if len(found) > len(shown) else None
    return Page(table=known, rows=shown, after=on)


def get(tx: Tx, *, workspace_id: int, app_id: int, table: str, row_id: str) -> dict[str, Any]:
    """Return one row. Raises NotFound, for another organization's row as for one that never was."""
    return read(tx, tables.get(tx, workspace_id=workspace_id, app_id=app_id, name=table), row_id)


def names_of(tx: Tx, *, table: Table, ids: Sequence[str], by: str = "") -> dict[str, str]:
    """Return what rows are called, by id: the value of the field `by`, else of the first text field, else the id."""
    texts = [field.name for field in table.definition.fields if field.column and field.column.kind == "text"]
    name = by if by in table.columns else next(iter(texts), "id")
    wanted = Rows(
        source=table.source,
        select=(Pick(key="id", column=table.columns["id"]), Pick(key="name", column=table.columns[name])),
        where=Compare(column=table.columns["id"], operator="in", value=list(ids)),
    )
    found = fetch(tx, wanted, organization=table.workspace_id)
    return {row["id"]: as_text(row["name"])[:80] or row["id"] for row in found}


def read(tx: Tx, table: Table, row_id: str) -> dict[str, Any]:
    """Return a row of a table. Raises NotFound."""
    try:
        clean = tables.checked("uuid", row_id)
    except Invalid:
        raise missing(table, row_id) from None
    found = fetch(
        tx, Rows(source=table.source, select=picks(table), where=is_row(table, clean)), organization=table.workspace_id
    )
    if not found:
        raise missing(table, row_id)
    return found[0]


def picks(table: Table) -> tuple[Pick, ...]:
    """Return every column of a table as it is read."""
    return tuple(Pick(key=name, column=column) for name, column in table.columns.items())


def is_row(table: Table, row_id: str) -> Filter:
    """Return the filter that holds for one row."""
    return Compare(column=table.columns["id"], operator="eq", value=row_id)


def missing(table: Table, row_id: str) -> NotFound:
    """Return the error for a row that is not there."""
    return NotFound(f'The table "{table.name}" has no row {row_id[:80]}.', hint="It may have been deleted.")


def _column(table: Table, name: str) -> Column:
    column = table.columns.get(name)
    if column is None:
        raise Invalid(
            f'The table has no column "{name[:80]}".', hint=closest(name, list(table.columns)), field=name[:80]
        )
    return column


def _compare(table: Table, condition: Condition) -> Filter:
    column = _column(table, condition.column)
    known = operators_of(column.kind)
    if condition.operator not in known:
        raise Invalid(
            f'"{condition.operator[:40]}" cannot be asked of "{column.name}".',
            hint=f"Use one of {', '.join(known)}.",
            field=column.name,
        )
    if condition.operator in ("empty", "filled"):
        return Compare(column=column, operator="is_null", value=condition.operator == "empty")
    value = from_text(column, condition.value)
    if value is None:
        raise Invalid(f'The condition on "{column.name}" has no value.', hint="Fill it in.", field=column.name)
    if condition.operator in ("has", "begins"):
        escaped = str(value).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        pattern = f"%{escaped}%" if condition.operator == "has" else f"{escaped}%"
        return Compare(column=column, operator="ilike", value=pattern)
    return Compare(column=column, operator=condition.operator, value=value)


def _beyond(table: Table, column: Column, order: Sort, after: str) -> Filter:
    """Return the filter for the rows that come after the one that a cursor names."""
    value, row_id = _read_cursor(column, after)
    word = "lt" if order.descending else "gt"
    later = Compare(column=table.columns["id"], operator=word, value=row_id)
    if value is None:
        return Every(parts=(Compare(column=column, operator="is_null", value=True), later))
    same = Every(parts=(Compare(column=column, operator="eq", value=value), later))
    beyond = Some(parts=(Compare(column=column, operator=word, value=value), same))
    if column.nullable:
        return Some(parts=(*beyond.parts, Compare(column=column, operator="is_null", value=True)))
    # Said once more as a plain bound, so that an index of the column leads straight to it.
    return Every(parts=(Compare(column=column, operator=f"{word}e", value=value), beyond))


def _cursor(row: dict[str, Any], column: Column) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode([row[column.name], row["id"]])).decode().rstrip("=")


def _read_cursor(column: Column, after: str) -> tuple[Any, str]:
    try:
        value, row_id = msgspec.json.decode(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)), type=list[Any])
        return (None if value is None else tables.checked(column.kind, value)), tables.checked("uuid", row_id)
    except (ValueError, binascii.Error, msgspec.MsgspecError, RecursionError, Invalid):
        raise Invalid("The place to go on from cannot be read.", hint="Begin anew.", field="after") from None
