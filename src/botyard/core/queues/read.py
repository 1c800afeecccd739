"""Find queues."""

from __future__ import annotations

from botyard.core.queues.model import Queue
from botyard.core.queues.statements import sql, unknown_queue
from botyard.storage import Select, Tx


def find(tx: Tx, *, workspace_id: int, label: str) -> Queue | None:
    """Return the queue of a label, or None."""
    row = None if "\0" in label else tx.one(sql.find, workspace_id=workspace_id, label=label)
    return None if row is None else Queue.from_row(row)


def get(tx: Tx, *, workspace_id: int, label: str) -> Queue:
    """Return the queue of a label. Raises NotFound, with the closest label as a hint."""
    queue = find(tx, workspace_id=workspace_id, label=label)
    if queue is None:
        raise unknown_queue(tx, workspace_id=workspace_id, label=label)
    return queue


def labels(tx: Tx, *, workspace_id: int, limit: int = 1000) -> list[str]:
    """Return the first `limit` labels in their order."""
    return [row["label"] for row in tx.all(sql.labels, workspace_id=workspace_id, limit=limit)]


def search(
    tx: Tx, *, workspace_id: int, text: str | None = None, after: str | None = None, limit: int = 50
) -> list[Queue]:
    """Return queues in the order of labels, those after the label `after`, with `text` in label or name."""
    return [Queue.from_row(row) for row in tx.all_of(_listed(workspace_id, text, after).limit(limit))]


def page(tx: Tx, *, workspace_id: int, offset: int, limit: int, text: str | None = None) -> tuple[list[Queue], int]:
    """Return a numbered page of queues in the order of labels, and how many there are."""
    select = _listed(workspace_id, text, None)
    total = tx.all_of(select.count(10_000))[0]["total"]
    return [Queue.from_row(row) for row in tx.all_of(select.limit(limit, offset))], total


def _listed(workspace_id: int, text: str | None, after: str | None) -> Select:
    select = Select("queues q", "q.*").where(
        "q.workspace_id = :workspace_id AND q.deleted_at IS NULL", workspace_id=workspace_id
    )
    if after is not None:
        select = select.where("q.label > :after", after=after)
    if text:
        pattern = text.replace("\0", "").lower().replace("!", "!!").replace("%", "!%").replace("_", "!_")
        select = select.where(
            "LOWER(q.label) LIKE :pattern ESCAPE '!' OR LOWER(q.name) LIKE :pattern ESCAPE '!'", pattern=f"%{pattern}%"
        )
    return select.order_by("q.label")
