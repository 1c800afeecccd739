"""Delete items that ended long ago."""

from __future__ import annotations

from botyard.core.queues.statements import listed, sql
from botyard.core.queues.states import FINAL
from botyard.core.queues.tally import Tally
from botyard.storage import Row, Tx


def prune(tx: Tx, *, before: int, limit: int = 500) -> int:
    """Delete up to `limit` items of each queue and final state that ended before a moment; return how many went.

    An item whose retry still waits or is worked on stays. Call it again while it returns something.
    """
    rows: list[Row] = []
    for queue in tx.all(sql.all_queues):
        for state in sorted(FINAL):
            rows += tx.all(sql.prunable, queue_id=queue["id"], state=state, before=before, limit=limit)
    if not rows:
        return 0
    ids = listed(row["id"] for row in rows)
    tx.run(sql.prune_children, ids=ids)
    tx.run(sql.prune_parents, ids=ids)
    tx.run(sql.prune_items, ids=ids)
    tally = Tally()
    for row in rows:
        tally.remove(row)
    tally.write(tx)
    return len(rows)
