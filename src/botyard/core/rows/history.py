"""What was changed by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botyard.base import jsontext
from botyard.base.exceptions import IllegalTransition
from botyard.core import tables
from botyard.core.rows.model import Change, ChangeKind
from botyard.core.tables import Table
from botyard.storage import Tx, load_queries

sql = load_queries(__package__)
_NEWEST = 2**62


def history(
    tx: Tx,
    *,
    workspace_id: int,
    app_id: int,
    table: str,
    row_id: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Change]:
    """Return the changes of a table, or of one row, the newest first. Raises NotFound for an unknown table."""
    known = tables.get(tx, workspace_id=workspace_id, app_id=app_id, name=table)
    asked: dict[str, Any] = {"table_id": known.id, "before": before or _NEWEST, "limit": limit}
    if row_id is None:
        return [Change.from_row(row) for row in tx.all(sql.of_table, **asked)]
    return [Change.from_row(row) for row in tx.all(sql.of_row, row_id=row_id.lower(), **asked)]


def prune(tx: Tx, *, before: int, limit: int = 500) -> int:
    """Forget up to `limit` changes from before a moment, the oldest first, and return how many went."""
    return tx.run(sql.prune, before=before, limit=limit)


def keep(
    tx: Tx,
    table: Table,
    row_id: str,
    kind: ChangeKind,
    *,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    actor: str,
    now: int,
    undoes: int | None = None,
) -> int:
    """Write down a change and return its number; one that undoes another is named there, which only one can be."""
    row = tx.one(
        sql.add,
        workspace_id=table.workspace_id,
        table_id=table.id,
        row_id=row_id,
        kind=kind,
        before=None if before is None else jsontext.encode(before),
        after=None if after is None else jsontext.encode(after),
        actor=actor,
        undoes=undoes,
        now=now,
    )
    change = int((row or {})["id"])
    if undoes is not None and not tx.one(sql.mark_undone, id=undoes, by=change):
        raise IllegalTransition("That was undone already.", hint="Look at the history again.")
    return change
