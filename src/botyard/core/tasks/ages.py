"""From moments to ids: ids grow with the creation of tasks, so an age is a range of ids, found in a few steps."""

from __future__ import annotations

from botyard.base.clock import MINUTE
from botyard.core.tasks.statements import sql
from botyard.storage import Select, Tx

#: The clocks of several servers differ by less than this.
_SLACK = MINUTE


def created_between(
    tx: Tx, select: Select, *, workspace_id: int, since: int | None = None, until: int | None = None
) -> Select:
    """Narrow a list to tasks created at or after `since` and before `until`, without reading the others."""
    if since is not None:
        first = _first_since(tx, workspace_id=workspace_id, moment=since - _SLACK)
        select = select.where("t.id >= :first AND t.created_at >= :since", first=first, since=since)
    if until is not None:
        end = _first_since(tx, workspace_id=workspace_id, moment=until + _SLACK)
        select = select.where("t.id < :end AND t.created_at < :until", end=end, until=until)
    return select


def _first_since(tx: Tx, *, workspace_id: int, moment: int) -> int:
    """Return the id of the first task created at or after `moment`, or one beyond the last."""
    newest = tx.one(sql.newest_id, workspace_id=workspace_id)
    low, high = 1, int(newest["id"] if newest else 0) + 1
    while low < high:
        middle = (low + high) // 2
        row = tx.one(sql.next_created, workspace_id=workspace_id, task_id=middle)
        if row is None or row["created_at"] >= moment:
            high = middle
        else:
            low = int(row["id"]) + 1
    return low
