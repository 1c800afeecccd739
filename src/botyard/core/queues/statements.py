"""The SQL of this concept, and the few lines that several of its verbs need around it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec

from botyard.base import jsontext
from botyard.base.clock import SECOND
from botyard.base.exceptions import BotyardError, Denied, NotFound, StaleLease, closest
from botyard.core import events
from botyard.core.queues.model import Holder, Item, Queue
from botyard.storage import Row, Tx, load_queries

sql = load_queries(__package__)

#: How long after its normal end an attempt may still report, and keeps its items.
ATTEMPT_GRACE = 60 * SECOND
MAX_MESSAGE = 10_000
_encode = msgspec.json.Encoder().encode


def queues_of(tx: Tx, keys: Collection[tuple[int, str]]) -> dict[tuple[int, str], Queue]:
    """Return the queues of (workspace id, label) pairs; what does not exist is left out."""
    wanted = sorted({key for key in keys if "\0" not in key[1]})
    rows = tx.all(sql.find_queues, keys=jsontext.encode(wanted))
    return {(row["workspace_id"], row["label"]): Queue.from_row(row) for row in rows}


def queues_by_id(tx: Tx, ids: Iterable[int]) -> dict[int, Queue]:
    """Return the queues of some ids that are not deleted."""
    rows = tx.all(sql.queues_by_id, ids=listed(ids))
    return {row["id"]: Queue.from_row(row) for row in rows if row["deleted_at"] is None}


def unknown_queue(tx: Tx, *, workspace_id: int, label: str) -> NotFound:
    """Return the error for a queue that is not there, naming the closest one."""
    labels = [row["label"] for row in tx.all(sql.labels, workspace_id=workspace_id, limit=1000)]
    return NotFound(
        f'Queue "{label[:100]}" does not exist.',
        hint=closest(label[:100], labels) or "Create it under Queues, or check the label.",
        code="unknown_queue",
    )


def unknown_item(item_id: int) -> NotFound:
    """Return the error for an item that is not there, the same for a foreign id as for a random one."""
    return NotFound(f"Item {item_id} does not exist.", hint="Check the id, and the queue that it belongs to.")


def read_item(tx: Tx, *, workspace_id: int, item_id: int, queue: str | None = None) -> Item:
    """Return an item, of the queue when one is named. Raises NotFound."""
    row = tx.one(sql.get_item, workspace_id=workspace_id, item_id=item_id)
    if row is None or (queue is not None and row["queue"] != queue):
        raise unknown_item(item_id)
    return Item.from_row(row, row["queue"])


def lock_rows(tx: Tx, ids: Iterable[int]) -> dict[int, Row]:
    """Return the rows of items that nobody else changes until this transaction ends."""
    wanted = listed(ids)
    return {} if wanted == "[]" else {row["id"]: row for row in tx.all(sql.lock_items, ids=wanted)}


def attempts_of(tx: Tx, holders: Iterable[Holder], *, now: int) -> dict[str, Row]:
    """Return the attempts among the holders that may still write: live or within their grace, and the newest."""
    ids = sorted({holder.attempt_id for holder in holders if holder.attempt_id is not None})
    if not ids:
        return {}
    rows = tx.all(sql.attempts, ids=jsontext.encode(ids), since=now - ATTEMPT_GRACE)
    return {row["id"]: row for row in rows}


def refusal_of(attempt_id: str | None, label: str, attempts: dict[str, Row]) -> BotyardError | None:
    """Return why an attempt may not push to or pull from a queue, or None; whoever is no attempt may.

    An automation that declares what it uses, and names no queues there, uses none.
    """
    attempt = attempts.get(attempt_id or "")
    if attempt_id is None or (attempt is not None and attempt["live"] and _uses(attempt, label)):
        return None
    if attempt is not None and attempt["live"]:
        return Denied(
            f'The automation of this task does not declare that it uses the queue "{label[:100]}".',
            hint="Add it to the automation's uses, under queues.",
        )
    return StaleLease(
        "This attempt does not run any more; it can neither push items nor get any.",
        hint="Stop: its task has ended, or was given to another attempt.",
    )


def _uses(attempt: Row, label: str) -> bool:
    return attempt["uses"] is None or label in jsontext.decode(attempt["uses"]).get("queues", ())


def holds(holder: Holder, row: Row, attempts: dict[str, Row]) -> bool:
    """Whether the item of a row was last taken by `holder`, and `holder` may still write."""
    if holder.attempt_id is None:
        return row["attempt_id"] is None and row["holder"] == holder.name
    return row["attempt_id"] == holder.attempt_id and holder.attempt_id in attempts


def not_held(item_id: int) -> StaleLease:
    """Return the error for a holder that has lost an item, or never had it."""
    return StaleLease(
        f"Item {item_id} is not held by this caller; nothing was changed.",
        hint="Its lease ended, or another holder has it. Pull the next item.",
    )


def item_event(
    kind: str, *, workspace_id: int, item_id: int, actor: str, data: dict[str, Any] | None = None
) -> events.NewEvent:
    """Return an event of an item."""
    return events.NewEvent(
        workspace_id=workspace_id, kind=kind, entity="item", entity_id=str(item_id), actor=actor, data=data or {}
    )


def queue_event(kind: str, *, queue: Queue, actor: str, data: dict[str, Any] | None = None) -> events.NewEvent:
    """Return an event of a queue."""
    return events.NewEvent(
        workspace_id=queue.workspace_id,
        kind=kind,
        entity="queue",
        entity_id=str(queue.id),
        actor=actor,
        data={"label": queue.label, **(data or {})},
    )


def available(tx: Tx, queue_ids: Iterable[int]) -> None:
    """Wake whoever waits for items of some queues."""
    for queue_id in sorted(set(queue_ids)):
        tx.wake(f"queue:{queue_id}")


def rows_text(rows: Sequence[Any]) -> str:
    """Return rows of numbers and texts, or a list of them, as the JSON that a statement takes.

    Values of items are texts by now, so that what JSON cannot hold is not searched for twice. Raises Invalid for half
    surrogate pairs.
    """
    try:
        return _encode(rows).decode()
    except (UnicodeEncodeError, OverflowError):
        return jsontext.encode(rows)


def listed(ids: Iterable[int]) -> str:
    """Return ids, each once, as the JSON list that a statement takes."""
    return rows_text(sorted(set(ids)))


def prose(message: str | None) -> str | None:
    """Return a message as it is stored."""
    return None if message is None else message[:MAX_MESSAGE].replace("\0", "\ufffd")
