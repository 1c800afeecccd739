"""Find a row of a table by what it is called: for those who let another row lead to it.

However large the table is, a search reads little: names that begin as typed are read from the index of the names, if
they have one, and anything else is looked for among the newest rows alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from botyard.base.exceptions import Invalid
from botyard.core import tables
from botyard.core.rows.texts import as_text
from botyard.core.tables import Field, Table
from botyard.storage import Tx
from botyard.storage.rows import Column, Compare, Every, Filter, Order, Pick, Rows, fetch

#: How many of the newest rows are looked through for names that have no index, or do not begin as typed.
WINDOW = 5000
_LONG = 80
#: How many rows of one name are told from one.
_MANY = 3
_LAST = "\U0010ffff"
_HEX = re.compile(r"[0-9a-f-]{4,36}")


def choose(tx: Tx, *, table: Table, typed: str, by: str = "", limit: int = 20) -> dict[str, str]:
    """Return what up to `limit` rows are called, by id: those whose name or id fits what was typed, else the newest.

    `by` is the field that names rows, as for `names_of`.
    """
    wanted = typed.strip()[:200]
    found: dict[str, str] = {}
    for where, order in _ways(tx, table, label_of(table, by), wanted):
        rows = Rows(source=table.source, select=_named(table, by), where=where, order=order, limit=limit)
        for row in fetch(tx, rows, organization=table.workspace_id):
            found.setdefault(row["id"], name_of(row))
        if len(found) >= limit:
            break
    return dict(list(found.items())[:limit])


def names_of(tx: Tx, *, table: Table, ids: Sequence[str], by: str = "") -> dict[str, str]:
    """Return what rows are called, by id: the value of the field `by`, else of the first text field, else the id."""
    where = Compare(column=table.columns["id"], operator="in", value=list(ids))
    rows = Rows(source=table.source, select=_named(table, by), where=where)
    return {row["id"]: name_of(row) for row in fetch(tx, rows, organization=table.workspace_id)}


def ids_of(tx: Tx, *, table: Table, names: Sequence[str], by: str = "") -> dict[str, list[str]]:
    """Return the ids of the rows that are called exactly so, by name; none where names have no index."""
    label = label_of(table, by)
    found: dict[str, list[str]] = {}
    if not names or label.kind != "text" or not _is_indexed(table, label.name):
        return found
    where = Compare(column=label, operator="in", value=list(names))
    rows = Rows(source=table.source, select=_named(table, by), where=where, limit=_MANY * len(names))
    for row in fetch(tx, rows, organization=table.workspace_id):
        found.setdefault(row["name"], []).append(row["id"])
    return found


def label_of(table: Table, by: str) -> Column:
    """Return the column that rows of a table are called by."""
    texts = [field.name for field in table.definition.fields if field.column and field.column.kind == "text"]
    return table.columns[by if by in table.columns else next(iter(texts), "id")]


def _named(table: Table, by: str) -> tuple[Pick, ...]:
    return (Pick(key="id", column=table.columns["id"]), Pick(key="name", column=label_of(table, by)))


def name_of(row: dict[str, str]) -> str:
    """Return what a row is called, of which its id and its name were read."""
    return as_text(row["name"])[:_LONG] or row["id"]


def _ways(tx: Tx, table: Table, label: Column, wanted: str) -> Iterator[tuple[Filter | None, tuple[Order, ...]]]:
    """Yield the filters to look with, the best first; each is answered from an index or from a few rows."""
    newest = (Order(column=table.columns["created_at"], descending=True),)
    if not wanted:
        yield None, newest
        return
    if _HEX.fullmatch(wanted.lower()):
        yield from _by_id(table, wanted.lower())
    if label.kind == "text" and _is_indexed(table, label.name):
        sure = Column(name=label.name, kind=label.kind, nullable=False)
        for each in dict.fromkeys((wanted, wanted.capitalize(), wanted.title(), wanted.upper(), wanted.lower())):
            first = Compare(column=label, operator="gte", value=each)
            last = Compare(column=label, operator="lt", value=each + _LAST)
            yield Every(parts=(first, last)), (Order(column=sure),)
    held = _fits(label, wanted)
    if held is not None:
        yield Every(parts=(*_recent(tx, table), held)), newest


def _by_id(table: Table, typed: str) -> Iterator[tuple[Filter, tuple[Order, ...]]]:
    """Yield the filter for ids that begin as typed, if that can be."""
    identity = table.columns["id"]
    plain = typed.replace("-", "")
    low, high = (f"{plain:{fill}<32}" for fill in "0f")
    if len(plain) > 32:
        return
    first, last = (tables.checked("uuid", each) for each in (low, high))
    within = (
        Compare(column=identity, operator="gte", value=first),
        Compare(column=identity, operator="lte", value=last),
    )
    yield Every(parts=within), (Order(column=identity),)


def _is_indexed(table: Table, name: str) -> bool:
    """Return whether an index of the table begins with the column, beside the organization."""
    field: Field | None = table.definition.find(name)
    if field is None:
        return False
    first = {names[0] for names in table.definition.unique_together}
    return field.index or field.unique or name in table.definition.search_fields or name in first


def _fits(label: Column, wanted: str) -> Filter | None:
    if label.kind == "text":
        escaped = wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return Compare(column=label, operator="ilike", value=f"%{escaped}%")
    if label.kind == "jsonb":
        return None
    try:
        return Compare(column=label, operator="eq", value=tables.checked(label.kind, wanted))
    except Invalid:
        return None


def _recent(tx: Tx, table: Table) -> tuple[Filter, ...]:
    """Return the filter for the newest rows of a table, none for one that has no more."""
    made = table.columns["created_at"]
    edge = Rows(
        source=table.source,
        select=(Pick(key="at", column=made),),
        order=(Order(column=made, descending=True),),
        limit=1,
        offset=WINDOW,
    )
    found = fetch(tx, edge, organization=table.workspace_id)
    return (Compare(column=made, operator="gt", value=found[0]["at"]),) if found else ()
