"""Delete the logs of tasks that ended long ago; the tasks stay."""

from __future__ import annotations

from botyard.base import jsontext
from botyard.core.logs.append import sql
from botyard.storage import Tx


def prune(tx: Tx, *, before: int, after_id: int = 0, limit: int = 50) -> int:
    """Delete the logs of up to `limit` tasks above `after_id` that ended before a moment.

    Returns the id to go on after, 0 when there was nothing left.
    """
    ids = [row["id"] for row in tx.all(sql.prunable, before=before, after_id=after_id, limit=limit)]
    if not ids:
        return 0
    tx.run(sql.prune, ids=jsontext.encode(ids))
    return int(ids[-1])
