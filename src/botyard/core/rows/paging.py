"""Pages that begin after a row: the rows beyond it, in stretches that an index leads straight to."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any

import msgspec

from botyard.base.exceptions import Invalid
from botyard.core import tables
from botyard.core.rows.model import Sort
from botyard.core.tables import BUILT_IN
from botyard.storage.rows import Column, Compare, Filter, Order

_ID = BUILT_IN["id"]


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """A part of what a page may hold: which rows, and in which order."""

    where: tuple[Filter, ...]
    order: tuple[Order, ...]


def stretches(column: Column, sort: Sort, after: str | None, *, filled: bool | None = None) -> Iterator[Stretch]:
    """Yield what follows a cursor, one stretch after the other; a page asks for the next while it has room.

    Rows with the same value as the one that the cursor names come first, then those beyond, then those without a
    value. `filled` says that only rows with a value, or only those without, are asked for. Raises Invalid for a cursor
    that cannot be read.
    """
    word = "lt" if sort.descending else "gt"
    # An order without a word on missing values is one that indexes have on both databases.
    sure = Column(name=column.name, kind=column.kind, nullable=False)
    order = (Order(column=sure, descending=sort.descending),)
    value, row_id = _read(column, after) if after else (None, None)
    later = () if row_id is None else (Compare(column=_ID, operator=word, value=row_id),)
    if filled is not False and (value is not None or row_id is None):
        some = (Compare(column=column, operator="is_null", value=False),) if column.nullable else ()
        if value is not None and column.name != _ID.name:
            yield Stretch(where=(Compare(column=column, operator="eq", value=value), *later), order=order)
        beyond = () if value is None else (Compare(column=column, operator=word, value=value),)
        yield Stretch(where=(*some, *beyond), order=order)
        later = ()
    if column.nullable and filled is not True:
        yield Stretch(where=(Compare(column=column, operator="is_null", value=True), *later), order=order)


def cursor(row: dict[str, Any], column: Column) -> str:
    """Return where the page after a row begins."""
    return base64.urlsafe_b64encode(msgspec.json.encode([row[column.name], row["id"]])).decode().rstrip("=")


def _read(column: Column, after: str) -> tuple[Any, str]:
    try:
        value, row_id = msgspec.json.decode(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)), type=list[Any])
        return (None if value is None else tables.checked(column.kind, value)), tables.checked("uuid", row_id)
    except (ValueError, binascii.Error, msgspec.MsgspecError, RecursionError, Invalid):
        raise Invalid("The place to go on from cannot be read.", hint="Begin anew.", field="after") from None
