"""Items as rows of a CSV file, in both directions."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from botyard.base import clock, jsontext
from botyard.base.exceptions import Invalid
from botyard.core.queues.model import Item, NewItem, Push
from botyard.core.queues.push import MAX_ITEMS, push_many
from botyard.core.queues.read import get
from botyard.storage import Select, Tx

MAX_ROWS = 100_000
#: Columns that are about the item; every other column of an import is one of its values.
PRIORITY, REFERENCE = "priority", "reference"
_ABOUT = (
    "id", "state", "error_kind", "priority", "unique_key", "display_value", "reference", "message", "task_id",
    "retry_index", "created_at", "started_at", "finished_at",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def import_text(
    tx: Tx, *, workspace_id: int, label: str, text: str, actor: str, now: int, keep_existing: bool = False
) -> list[Item]:
    """Push one item per row of a CSV text, all or none; the first row names the values.

    Columns `priority` and `reference` are the item's own unless its queue declares fields of that name. Commas,
    semicolons and tabs separate; numbers of declared integer and double fields become numbers. Raises NotFound, and
    Invalid naming the row.
    """
    queue = get(tx, workspace_id=workspace_id, label=label)
    declared = {field.label: field.type.lower() for field in queue.schema}
    new = _parsed(text, declared)
    items: list[Item] = []
    for start in range(0, len(new), MAX_ITEMS):
        push = Push(
            workspace_id=workspace_id,
            queue=label,
            items=new[start : start + MAX_ITEMS],
            actor=actor,
            now=now,
            keep_existing=keep_existing,
        )
        (answer,) = push_many(tx, [push])
        if isinstance(answer, Exception):
            raise answer
        items += answer
    return items


def export_rows(
    tx: Tx, *, workspace_id: int, label: str, after_id: int = 0, limit: int = 1000
) -> tuple[str, int | None]:
    """Return a part of a queue's items as CSV text, oldest first, and where the next part begins; None at the end.

    The part from 0 on begins with the names of the columns. A cell that a spreadsheet would run as a formula is
    quoted with an apostrophe. Raises NotFound.
    """
    queue = get(tx, workspace_id=workspace_id, label=label)
    select = (
        Select("items i", "i.*")
        .where("i.queue_id = :queue_id AND i.id > :after_id", queue_id=queue.id, after_id=after_id)
        .order_by("i.id")
        .limit(limit)
    )
    items = [Item.from_row(row, queue.label) for row in tx.all_of(select)]
    declared = [field.label for field in queue.schema]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    if after_id == 0:
        writer.writerow([_safe(name) for name in (*_ABOUT, *declared, "values")])
    writer.writerows(_line(item, declared) for item in items)
    return out.getvalue(), items[-1].id if len(items) == limit else None


def _parsed(text: str, declared: dict[str, str]) -> list[NewItem]:
    text = text.removeprefix("\ufeff")
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise Invalid(f"The file is not a table of comma-separated values: {error}.", hint="Save it as CSV.") from None
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if not rows:
        raise Invalid("The file is empty.", hint="Put the names of the values into the first row.")
    if len(rows) - 1 > MAX_ROWS:
        raise Invalid(f"The file has {len(rows) - 1} rows.", hint=f"Split it into files of at most {MAX_ROWS}.")
    names = _names(rows[0])
    return [_new_item(names, row, number, declared) for number, row in enumerate(rows[1:], start=2)]


def _names(header: Sequence[str]) -> list[str]:
    names = [cell.strip() for cell in header]
    if "" in names or len(set(names)) != len(names):
        raise Invalid("A column has no name, or two have the same.", hint="Name every column once in the first row.")
    return names


def _new_item(names: Sequence[str], row: Sequence[str], number: int, declared: dict[str, str]) -> NewItem:
    if len(row) > len(names):
        raise Invalid(f"Row {number} has {len(row)} cells.", hint=f"The first row names {len(names)} columns.")
    cells = dict(zip(names, row, strict=False))
    priority = cells.pop(PRIORITY, "") if PRIORITY not in declared else ""
    reference = cells.pop(REFERENCE, "") if REFERENCE not in declared else ""
    values = {name: _value(cell, declared.get(name, "text"), f"row {number}, {name}") for name, cell in cells.items()}
    return NewItem(
        values=values,
        priority=_number(priority, int, f"row {number}, {PRIORITY}") if priority.strip() else 0,
        reference=reference or None,
    )


def _value(cell: str, kind: str, place: str) -> Any:
    if kind in ("integer", "double"):
        return _number(cell, int if kind == "integer" else float, place) if cell.strip() else None
    return cell


def _number(cell: str, kind: type[int | float], place: str) -> Any:
    try:
        return kind(cell.strip())
    except ValueError:
        raise Invalid(f'"{cell[:80]}" ({place}) is not a number.', hint="Correct the cell.", field=place) from None


def _line(item: Item, declared: Sequence[str]) -> list[str]:
    values = item.values if isinstance(item.values, dict) else {}
    about = [_cell(_shown(name, getattr(item, name))) for name in _ABOUT]
    return [*about, *(_cell(values.get(name)) for name in declared), _cell(jsontext.encode(item.values))]


def _shown(name: str, value: Any) -> Any:
    return clock.iso(value) if name.endswith("_at") and value is not None else value


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return _safe(value)
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else jsontext.encode(value)


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
