"""Tags of a table: names that its rows may carry in a field of the type tags."""

from __future__ import annotations

import re
from typing import Self

import msgspec

from botyard.base import text
from botyard.base.exceptions import Invalid
from botyard.base.ids import uuid7
from botyard.core.tables.model import Table
from botyard.core.tables.read import sql
from botyard.storage import Row, Tx

#: The most tags of one table.
MAX_TAGS = 10_000
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    """One tag. `color` is #rrggbb or empty; `uses` counts the rows that carry it, where that was counted."""

    id: int
    uid: str
    workspace_id: int
    name: str
    description: str
    color: str
    created_at: int
    updated_at: int
    collection: str = ""
    uses: int = 0

    @classmethod
    def from_row(cls, row: Row, table: Table) -> Self:
        """Return the tag of a table that a row of `app_tags` holds."""
        return cls(**row, collection=table.full_name)


def add_tag(
    tx: Tx, *, table: Table, name: str, now: int, description: str | None = None, color: str | None = None
) -> Tag:
    """Make a tag, or return the one of that name with what was said of it now. Raises Invalid."""
    clean = text.name(name, field="name", limit=100)
    if color and not _COLOR.fullmatch(color):
        raise Invalid(f'"{color[:20]}" is not a color.', hint="Send it as #rrggbb.", field="color")
    count = tx.one(sql.count_tags, table_id=table.id)
    if count and count["total"] >= MAX_TAGS:
        raise Invalid(f"The table has {MAX_TAGS} tags, which is the most.", hint="Use a text field instead.")
    row = tx.one(
        sql.add_tag,
        uid=uuid7(),
        workspace_id=table.workspace_id,
        table_id=table.id,
        name=clean,
        description=text.prose(description or "", field="description", limit=1000),
        color=(color or "").lower(),
        described=int(description is not None),
        colored=int(color is not None),
        now=now,
    )
    return Tag.from_row(row or {}, table)


def list_tags(tx: Tx, *, table: Table, limit: int = 1000) -> list[Tag]:
    """Return the tags of a table by name."""
    return [Tag.from_row(row, table) for row in tx.all(sql.list_tags, table_id=table.id, limit=limit)]
