"""Read items: one, a page, a filter, a chain of retries."""

from __future__ import annotations

from collections.abc import Sequence

from botyard.core.queues.model import Item, Queue
from botyard.core.queues.read import get
from botyard.core.queues.statements import read_item, sql
from botyard.core.queues.summary import summaries
from botyard.storage import Select, Tx

#: A text is looked for in this many of the newest items of a queue's workspace.
TEXT_WINDOW = 50_000
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
    select = filtered(
        tx, "i.*", workspace_id=workspace_id, label=label, states=states, text=text, key=key, error_kind=error_kind
    )
    if before_id is not None:
        select = select.where("i.id < :before_id", before_id=before_id)
    if after_id is not None:
        newer = select.where("i.id > :after_id", after_id=after_id).order_by("i.id").limit(limit)
        return [Item.from_row(row, label) for row in reversed(tx.all_of(newer))]
    return [Item.from_row(row, label) for row in tx.all_of(select.order_by("i.id DESC").limit(limit))]


def filtered(
    tx: Tx,
    columns: str,
    *,
    workspace_id: int,
    label: str,
    states: Sequence[str] | None,
    text: str | None,
    key: str | None,
    error_kind: str | None,
) -> Select:
    """Return the dynamic list of the items that match a filter. Raises NotFound."""
    queue = get(tx, workspace_id=workspace_id, label=label)
    select = Select("items i", columns).where("i.queue_id = :queue_id", queue_id=queue.id)
    if states is not None:
        select = select.where_in("i.state", "state", list(states))
    if key is not None:
        select = select.where("i.unique_key = :key", key=key.replace("\0", ""))
    if error_kind is not None:
        select = select.where("i.error_kind = :error_kind", error_kind=error_kind)
    return select if not text else _with_text(tx, select, queue, text)


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
