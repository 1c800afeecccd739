"""Delete rows that are old, and what is left of tables that were deleted."""

from __future__ import annotations

from botyard.core.logtables.read import sql
from botyard.storage import Tx


def prune(tx: Tx, *, before: int, limit: int = 1000) -> int:
    """Delete up to `limit` rows added before a moment, and as many of deleted tables; return how many went."""
    gone = tx.run(sql.prune_rows, before=before, limit=limit)
    for row in tx.all(sql.deleted_tables):
        gone += tx.run(sql.delete_rows, table_id=row["id"], limit=limit)
        tx.run(sql.remove_empty, table_id=row["id"])
    return gone
