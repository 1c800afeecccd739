"""Change, cancel and delete single items."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from botyard.base import jsontext
from botyard.base.exceptions import AlreadyExists, IllegalTransition, NotFound
from botyard.core import events
from botyard.core.queues.model import Holder, Item, Queue
from botyard.core.queues.push import announce
from botyard.core.queues.statements import (
    attempts_of,
    holds,
    item_event,
    listed,
    lock_rows,
    not_held,
    prose,
    queues_by_id,
    sql,
    unknown_item,
)
from botyard.core.queues.states import State
from botyard.core.queues.tally import Tally
from botyard.core.queues.values import checked_priority, content_of
from botyard.core.queues.write import add_children, edit_rows, end_rows, follow_up
from botyard.storage import Row, Tx

DELETABLE = frozenset({State.PENDING, State.DONE, State.ERROR, State.ABANDONED, State.CANCELLED})
RETRYABLE = frozenset({State.ERROR, State.ABANDONED, State.TIMEOUT})


def save(
    tx: Tx,
    *,
    workspace_id: int,
    item_id: int,
    holder: Holder,
    actor: str,
    now: int,
    queue: str | None = None,
    values: Any = None,
    priority: int | None = None,
    message: str | None = None,
    task_id: int | None = None,
    any_task: bool = False,
    expected: Collection[State] | None = None,
    force: bool = False,
) -> Item:
    """Change an item without ending it; None leaves a part as it is. Keys are derived from the values anew.

    Anybody may change a pending item, afterwards only who holds it, or held it last; `force` lets a person do it.
    With `any_task` a task that does not exist is left out. Raises NotFound, Invalid, AlreadyExists for the unique key
    of another item, StaleLease, and IllegalTransition for an item that is in none of the `expected` states.
    """
    row, its_queue = _lock(tx, workspace_id=workspace_id, item_id=item_id, queue=queue)
    if expected is not None and row["state"] not in expected:
        raise _out_of_date(row)
    free = force or row["state"] == State.PENDING
    if not free and not holds(holder, row, attempts_of(tx, [holder], now=now)):
        raise not_held(item_id)
    after = dict(row)
    if values is not None:
        content = content_of(its_queue, values, reference=row["reference"])
        after |= {
            "content": content.text,
            "unique_key": content.unique_key,
            "display_value": content.display_value,
        }
        _check_key(tx, its_queue, row, after)
    if priority is not None:
        after["priority"] = checked_priority(priority)
    if message is not None:
        after["message"] = prose(message)
    if task_id is not None and row["attempt_id"] is None and row["state"] != State.PENDING:
        after["task_id"] = _named_task(tx, row, task_id, any_task=any_task)
    fields = sorted(name for name in after if after[name] != row[name])
    if fields:
        edit_rows(tx, [(row, after)])
    if fields and row["state"] != State.PROCESSING:
        _tell(tx, "item.edited", row, actor=actor, now=now, data={"fields": fields})
    return Item.from_row(after, its_queue.label)


def cancel(
    tx: Tx,
    *,
    workspace_id: int,
    item_id: int,
    actor: str,
    now: int,
    queue: str | None = None,
    message: str | None = None,
) -> Item:
    """Cancel a pending item, so that nobody gets it; one that is cancelled stays so.

    Raises NotFound and IllegalTransition.
    """
    row, its_queue = _lock(tx, workspace_id=workspace_id, item_id=item_id, queue=queue)
    if row["state"] == State.CANCELLED:
        return Item.from_row(row, its_queue.label)
    if row["state"] != State.PENDING:
        raise IllegalTransition(f"Item {item_id} is {row['state']}.", hint="Only a pending item can be cancelled.")
    after = {
        **row,
        "state": State.CANCELLED,
        "finished_at": max(now, row["created_at"]),
        "message": prose(message) or f"cancelled by {actor}",
    }
    tally = Tally()
    end_rows(tx, [(row, after)], tally)
    _tell(tx, "item.cancelled", row, actor=actor, now=now)
    tally.write(tx)
    return Item.from_row(after, its_queue.label)


def delete_item(tx: Tx, *, workspace_id: int, item_id: int, actor: str, now: int, queue: str | None = None) -> None:
    """Delete an item that nobody works on; an event that it was there stays. Raises NotFound and IllegalTransition."""
    row, _ = _lock(tx, workspace_id=workspace_id, item_id=item_id, queue=queue)
    if row["state"] not in DELETABLE:
        raise IllegalTransition(
            f"Item {item_id} is {row['state']} and cannot be deleted.",
            hint="Its holder may still report on it.",
        )
    if row["parent_id"] is not None:
        tx.run(sql.unlink_child, item_id=item_id, parent_id=row["parent_id"])
    if row["child_id"] is not None:
        tx.run(sql.unlink_parent, item_id=item_id)
    tx.run(sql.delete_item, item_id=item_id, expected=row["state"])
    tally = Tally()
    tally.remove(row)
    _tell(tx, "item.deleted", row, actor=actor, now=now, data={"state": row["state"]})
    tally.write(tx)


def retry(tx: Tx, *, workspace_id: int, item_id: int, actor: str, now: int) -> Item:
    """Make an item that failed be tried again, whatever retries its queue allows; return the new item.

    Raises NotFound, and IllegalTransition for an item that did not fail or has been retried.
    """
    row, its_queue = _lock(tx, workspace_id=workspace_id, item_id=item_id, queue=None)
    if row["state"] not in RETRYABLE:
        raise IllegalTransition(f"Item {item_id} is {row['state']}.", hint="Only what failed can be tried again.")
    if row["child_id"] is not None:
        raise IllegalTransition(
            f"Item {item_id} has been tried again as item {row['child_id']}.", hint="Look at the end of its chain."
        )
    draft = follow_up(row, its_queue, retries=1, now=now)
    tally = Tally()
    add_children(tx, [row], [draft], tally)
    _tell(tx, "item.retried", row, actor=actor, now=now, data={"child": row["child_id"]})
    announce(tx, [draft])
    tally.write(tx)
    if draft.item is None:
        raise RuntimeError("The retry was not written.")
    return draft.item


def _lock(tx: Tx, *, workspace_id: int, item_id: int, queue: str | None) -> tuple[Row, Queue]:
    row = lock_rows(tx, [item_id]).get(item_id)
    its_queue = None if row is None else queues_by_id(tx, [row["queue_id"]]).get(row["queue_id"])
    if row is None or its_queue is None or row["workspace_id"] != workspace_id:
        raise unknown_item(item_id)
    if queue is not None and its_queue.label != queue:
        raise unknown_item(item_id)
    return row, its_queue


def _check_key(tx: Tx, queue: Queue, row: Row, after: Row) -> None:
    key = after["unique_key"]
    if queue.unique_scope is None or key is None or key == row["unique_key"]:
        return
    if tx.backend == "postgres":
        tx.all(sql.lock_queues, ids=listed([queue.id]))
    keys = [[queue.id, key, int(queue.unique_scope == "always")]]
    if tx.all(sql.existing_keys, keys=jsontext.encode(keys)):
        raise AlreadyExists(
            f'Queue "{queue.label}" has an item with the unique key "{key[:100]}" already.',
            hint="Leave the fields that make the key as they are.",
            code="duplicate_item",
        )


def _out_of_date(row: Row) -> IllegalTransition:
    return IllegalTransition(
        f"Item {row['id']} is {row['state']}; nothing was changed.",
        hint="Read it anew. An item is taken by pulling it, and ended by reporting on it.",
    )


def _named_task(tx: Tx, row: Row, task_id: int, *, any_task: bool) -> int | None:
    rows = tx.all(sql.known_tasks, ids=listed([task_id])) if 0 < task_id < 2**63 else []
    if [found["workspace_id"] for found in rows] == [row["workspace_id"]]:
        return task_id
    if not any_task:
        raise NotFound(f"Task {task_id} does not exist.", hint="Check the id under Tasks.")
    before: int | None = row["task_id"]
    return before


def _tell(tx: Tx, kind: str, row: Row, *, actor: str, now: int, data: dict[str, Any] | None = None) -> None:
    told = item_event(kind, workspace_id=row["workspace_id"], item_id=row["id"], actor=actor, data=data)
    events.record_many(tx, [told], now=now)
