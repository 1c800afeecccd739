"""Delete old tasks with everything that belongs to them."""

from __future__ import annotations

from botyard.base import jsontext
from botyard.core.tasks.statements import sql
from botyard.storage import Tx


def prune(tx: Tx, *, before: int, limit: int = 100) -> int:
    """Delete up to `limit` tasks that ended before a moment, with logs, alerts, files' rows, events and attempts.

    Returns how many went; call it again while it returns `limit`. Content of files is swept apart.
    """
    ids = [row["id"] for row in tx.all(sql.prunable, before=before, limit=limit)]
    if ids:
        listed = jsontext.encode(ids)
        for statement in (
            sql.prune_logs,
            sql.prune_alerts,
            sql.prune_artifacts,
            sql.prune_events,
            sql.prune_attempts,
            sql.prune_tasks,
        ):
            tx.run(statement, ids=listed)
    return len(ids)
