"""Find rows: by conditions, in an order, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botyard.base.exceptions import Invalid, NotFound
from botyard.core import tables
from botyard.core.rows.conditions import column_of, filters_of
from botyard.core.rows.model import Condition, Page, Sort
from botyard.core.rows.paging import cursor, stretches
from botyard.core.tables import Table
from botyard.storage import Tx
from botyard.storage.rows import Column, Compare, Every, Filter, Pick, Rows, fetch

#: The most rows of one page.
MAX_PAGE = 500


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
    schema = tables.load(tx, workspace_id=workspace_id, app_id=app_id)
    known = schema.find(table)
    order = sort or Sort()
    column = column_of(known, order.column)
    if column.kind == "jsonb":
        raise Invalid(f'"{column.name}" has no order.', hint="Sort by another column.", field="sort")
    held = filters_of(tx, schema, known, conditions)
    filled = _filled(column, conditions)
    most = min(max(limit, 1), MAX_PAGE)
    found: list[dict[str, Any]] = []
    for stretch in stretches(column, order, after, filled=filled):
        rows = Rows(
            source=known.source,
            select=picks(known),
            where=Every(parts=(*held, *stretch.where)),
            order=stretch.order,
            limit=most + 1 - len(found),
        )
        found += fetch(tx, rows, organization=workspace_id)
        if len(found) > most:
            break
    on = cursor(found[most - 1], column) if len(found) > most else None
    return Page(table=known, rows=found[:most], after=on)


def get(tx: Tx, *, workspace_id: int, app_id: int, table: str, row_id: str) -> dict[str, Any]:
    """Return one row. Raises NotFound, for another organization's row as for one that never was."""
    return read(tx, tables.get(tx, workspace_id=workspace_id, app_id=app_id, name=table), row_id)


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


def _filled(column: Column, conditions: Sequence[Condition]) -> bool | None:
    """Return whether the conditions leave only rows with a value in the column, or only those without; else None."""
    said = {each.operator != "empty" for each in conditions if each.column == column.name}
    return said.pop() if len(said) == 1 else None
