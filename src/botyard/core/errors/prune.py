"""Delete groups that have nothing left. Reports go with their tasks."""

from __future__ import annotations

from botyard.core.errors.search import sql
from botyard.storage import Tx


def prune(tx: Tx, *, before: int, limit: int = 1000) -> int:
    """Delete up to `limit` groups without a report that were last seen before a moment; return how many went."""
    return tx.run(sql.prune_groups, before=before, limit=limit)
