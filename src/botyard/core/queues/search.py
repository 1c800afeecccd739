"""Read items: one, a page, a filter, a chain of retries."""

from __future__ import annotations

from collections.abc import Sequence

from botyard.core.queues.model import Item, Queue
from botyard.core.queues.read import get
from botyard.core.queues.statements import read_item, sql
from botyard.core.queues.summary import summaries
from botyard.storage import Row, Select, Tx

#: A text is looked for among the items whose ids are at most this far below the newest.
TEXT_WINDOW = 10_000
MAX_CHAIN = 200

get_item = read_item


def view(
    tx: Tx, *, workspace_id: int, label: str, offset: int, limit: int, newest_first: bool = False
) -> tuple[list[Item], int]:
    """Return a numbered page of a queue's items and how many there are in all. Raises NotFound."""
    queue = get(tx, workspace_id=workspace_id, label=label)
    total = summaries(tx, queues=[queue])[0].total
    limit = max(min(limit, total - offset), 0)
    if limit == 0:
        return [], total
    # What lies in the far half is reached from the other end.
    far = offset > total // 2
    start = total - offset - limit if far else offset
    statement = sql.view_newest if newest_first is not far else sql.view_oldest
    rows = tx.all(statement, queue_id=queue.id, offset=max(start, 0), limit=limit)
    items = [Item.from_row(row, queue.label) for row in rows]
    return items[::-1] if far else items, total


def search_items(
    tx: Tx,
    *,
    workspace_id: int,
    label: str,
    states: Sequence[str] | None = None,
    text: str | None = None,
    key: str | None = None,
    error_kind: str | None = None,
    before_id: int | None = None,
    after_id: int | None = None,
    limit: int = 50,
) -> list[Item]:
    """Return items of a queue, newest first: those below `before_id`, or the ones just above `after_id`.

    `key` is a whole unique key; `text` is looked for in keys, display values, references, messages and values of the
    newest items. Raises NotFound.
    """
    chosen = filters(
        tx, "i.*", workspace_id=workspace_id, label=label, states=states, text=text, key=key, error_kind=error_kind
    )
    if before_id is not None:
        chosen = [select.where("i.id < :before_id", before_id=before_id) for select in chosen]
    if after_id is not None:
        chosen = [select.where("i.id > :after_id", after_id=after_id) for select in chosen]
    rows = merged(tx, chosen, limit=limit, oldest=after_id is not None)
    return [Item.from_row(row, label) for row in rows]


def items_of_task(tx: Tx, *, workspace_id: int, task_id: int, limit: int = 50) -> list[Item]:
    """Return the items that a task took last, of any queue, newest first."""
    rows = tx.all(sql.of_task, workspace_id=workspace_id, task_id=task_id, limit=limit)
    return [Item.from_row(row, row["queue"]) for row in rows]


def merged(tx: Tx, chosen: Sequence[Select], *, limit: int, oldest: bool = False) -> list[Row]:
    """Return the newest rows of several lists, or the oldest ones, newest first in any case."""
    order = "i.id" if oldest else "i.id DESC"
    rows = [row for select in chosen for row in tx.all_of(select.order_by(order).limit(limit))]
    rows.sort(key=lambda row: row["id"], reverse=not oldest)
    del rows[limit:]
    return rows[::-1] if oldest else rows


def filters(
    tx: Tx,
    columns: str,
    *,
    workspace_id: int,
    label: str,
    states: Sequence[str] | None,
    text: str | None,
    key: str | None,
    error_kind: str | None,
) -> list[Select]:
    """Return the dynamic lists that hold the items which match a filter, one per state. Raises NotFound.

    Each of them follows an index in the order of ids; one list of several states would be sorted as a whole.
    """
    queue = get(tx, workspace_id=workspace_id, label=label)
    select = Select("items i", columns).where("i.queue_id = :queue_id", queue_id=queue.id)
    if key is not None:
        select = select.where("i.unique_key = :key", key=key.replace("\0", ""))
    if error_kind is not None:
        select = select.where("i.error_kind = :error_kind", error_kind=error_kind)
    if text:
        select = _with_text(tx, select, queue, text)
    if states is None:
        return [select]
    if text or key is not None or error_kind is not None:
        return [select.where_in("i.state", "state", list(states))]
    return [select.where("i.state = :state", state=state) for state in sorted(set(states))]


def _with_text(tx: Tx, select: Select, queue: Queue, text: str) -> Select:
    newest = tx.one(sql.newest_id, queue_id=queue.id)
    text = text.strip().replace("\0", "")
    pattern = text.lower().replace("!", "!!").replace("%", "!%").replace("_", "!_")
    condition = (
        "LOWER(i.unique_key) LIKE :pattern ESCAPE '!' OR LOWER(i.display_value) LIKE :pattern ESCAPE '!'"
        " OR LOWER(i.reference) LIKE :pattern ESCAPE '!' OR LOWER(i.message) LIKE :pattern ESCAPE '!'"
        " OR LOWER(i.content) LIKE :pattern ESCAPE '!' OR CAST(i.id AS TEXT) = :exact"
    )
    floor = (newest["id"] if newest else 0) - TEXT_WINDOW
    return select.where("i.id > :floor", floor=floor).where(condition, pattern=f"%{pattern}%", exact=text.lstrip("#"))


def chain(tx: Tx, *, workspace_id: int, item_id: int) -> list[Item]:
    """Return an item with everything that it retries and that retries it, oldest first. Raises NotFound."""
    item = read_item(tx, workspace_id=workspace_id, item_id=item_id)
    rows = tx.all(sql.chain, item_id=item_id, limit=MAX_CHAIN)
    return [Item.from_row(row, item.queue) for row in rows]
