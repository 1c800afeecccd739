"""Push items: many waiting calls make one insert."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from botyard.base.exceptions import AlreadyExists, BotyardError, Invalid
from botyard.core.queues.model import Holder, Item, NewItem, Push, Queue
from botyard.core.queues.start import start_tasks
from botyard.core.queues.statements import (
    attempts_of,
    available,
    listed,
    queues_of,
    refusal_of,
    rows_text,
    sql,
    unknown_queue,
)
from botyard.core.queues.states import State
from botyard.core.queues.tally import Tally
from botyard.core.queues.values import checked_priority, checked_reference, content_of
from botyard.storage import Tx

MAX_ITEMS = 1000

Key = tuple[int, str]


class Draft(msgspec.Struct, kw_only=True):
    """An item about to be written."""

    queue: Queue
    created_by: str
    now: int
    priority: int
    content: str
    values: Any
    unique_key: str | None
    display_value: str | None
    reference: str | None
    available_at: int
    parent_id: int | None = None
    retry_index: int = 0
    recoveries: int = 0
    #: The item that stands for this one because it has the same unique key.
    existing: int | Draft | None = None
    item: Item | None = None

    @property
    def ready(self) -> bool:
        """Whether the item may be pulled at once."""
        return self.available_at <= self.now


def push_many(tx: Tx, pushes: Sequence[Push]) -> list[list[Item] | Exception]:
    """Push items; the answer to each request is its items in the order sent, or the error that refused all of them.

    Errors are NotFound for an unknown queue, Invalid, AlreadyExists for a second item with a unique key, StaleLease and
    Denied for an attempt that does not run any more or does not declare the queue. An inactive queue accepts items.
    Triggers start their tasks in the same transaction.
    """
    queues = queues_of(tx, [(push.workspace_id, push.queue) for push in pushes])
    holders = [Holder(name="", attempt_id=push.attempt_id) for push in pushes if push.attempt_id is not None]
    attempts = attempts_of(tx, holders, now=pushes[0].now) if holders else {}
    _take_turns(tx, queues.values())
    answers: list[list[Draft] | Exception] = []
    for push in pushes:
        queue = queues.get((push.workspace_id, push.queue))
        if queue is None:
            answers.append(unknown_queue(tx, workspace_id=push.workspace_id, label=push.queue))
            continue
        refusal = refusal_of(push.attempt_id, push.queue, attempts)
        try:
            answers.append(refusal or _drafts(queue, push))
        except BotyardError as error:
            answers.append(error)
    _settle_duplicates(tx, pushes, answers)
    drafts = [draft for answer in answers if isinstance(answer, list) for draft in answer if draft.existing is None]
    tally = Tally()
    insert(tx, drafts, tally)
    announce(tx, drafts)
    tally.write(tx)
    return _items(tx, answers)


def _take_turns(tx: Tx, queues: Iterable[Queue]) -> None:
    """Let pushes whose outcome depends on what is there go one after the other."""
    ids = [queue.id for queue in queues if queue.unique_scope is not None or queue.trigger == "no_task_active"]
    if ids and tx.backend == "postgres":
        tx.all(sql.lock_queues, ids=listed(ids))


def _drafts(queue: Queue, push: Push) -> list[Draft]:
    if len(push.items) > MAX_ITEMS:
        raise Invalid(
            f"{len(push.items)} items are too many for one call.", hint=f"Send at most {MAX_ITEMS}.", field="items"
        )
    single = len(push.items) == 1
    return [_draft(queue, push, new, "" if single else f"items[{n}].") for n, new in enumerate(push.items)]


def _draft(queue: Queue, push: Push, new: NewItem, path: str) -> Draft:
    reference = checked_reference(new, path=path)
    content = content_of(queue, new.values, reference=reference, path=path)
    return Draft(
        queue=queue,
        created_by=push.actor,
        now=push.now,
        priority=checked_priority(new.priority, path=path),
        content=content.text,
        values=new.values,
        unique_key=content.unique_key,
        display_value=content.display_value,
        reference=reference,
        available_at=push.now,
    )


def _settle_duplicates(tx: Tx, pushes: Sequence[Push], answers: list[list[Draft] | Exception]) -> None:
    """Refuse requests that repeat a unique key, or let the item that is there stand for the new one."""
    keyed = [draft for answer in answers if isinstance(answer, list) for draft in answer if _key(draft) is not None]
    if not keyed:
        return
    wanted = {_key(draft): draft.queue.unique_scope == "always" for draft in keyed}
    keys = [[*key, int(ever)] for key, ever in wanted.items() if key is not None]
    there: dict[Key, int | Draft] = {
        (row["queue_id"], row["unique_key"]): row["id"] for row in tx.all(sql.existing_keys, keys=rows_text(keys))
    }
    for number, (push, answer) in enumerate(zip(pushes, answers, strict=True)):
        if isinstance(answer, list):
            own: dict[Key, Draft] = {}
            try:
                _settle(push, answer, there, own)
            except AlreadyExists as error:
                answers[number] = error
            else:
                there.update(own)


def _settle(push: Push, drafts: Sequence[Draft], there: dict[Key, int | Draft], own: dict[Key, Draft]) -> None:
    for draft in drafts:
        key = _key(draft)
        if key is None:
            continue
        first = there.get(key) or own.get(key)
        if first is None:
            own[key] = draft
        elif push.keep_existing:
            draft.existing = first
        else:
            raise AlreadyExists(
                f'Queue "{draft.queue.label}" has an item with the unique key "{key[1][:100]}" already.',
                hint="Push every key once, or ask to keep the item that exists.",
                code="duplicate_item",
            )


def _key(draft: Draft) -> Key | None:
    if draft.queue.unique_scope is None or draft.unique_key is None:
        return None
    return draft.queue.id, draft.unique_key


def insert(tx: Tx, drafts: Sequence[Draft], tally: Tally) -> None:
    """Write new items, in order, and count them; each draft then has its item."""
    if not drafts:
        return
    ids = sorted(row["id"] for row in tx.all(sql.insert_items, rows=rows_text([_row(d) for d in drafts])))
    for item_id, draft in zip(ids, drafts, strict=True):
        draft.item = _item(item_id, draft)
    for queue_id, total in Counter(draft.queue.id for draft in drafts).items():
        tally.arrive(queue_id, drafts[0].now, total)


def announce(tx: Tx, drafts: Sequence[Draft]) -> None:
    """Start the tasks that new items call for, and wake whoever waits for items."""
    ready = Counter(draft.queue.id for draft in drafts if draft.ready)
    if ready:
        start_tasks(tx, ready, {draft.queue.id: draft.queue for draft in drafts}, now=drafts[0].now)
        available(tx, ready)


def _row(draft: Draft) -> list[Any]:
    return [
        draft.queue.workspace_id,
        draft.queue.id,
        int(draft.ready),
        draft.priority,
        draft.now,
        draft.available_at,
        draft.parent_id,
        draft.retry_index,
        draft.recoveries,
        draft.created_by,
        draft.unique_key,
        draft.display_value,
        draft.reference,
        draft.content,
    ]


def _item(item_id: int, draft: Draft) -> Item:
    return Item(
        id=item_id,
        workspace_id=draft.queue.workspace_id,
        queue_id=draft.queue.id,
        queue=draft.queue.label,
        state=State.PENDING,
        error_kind=None,
        priority=draft.priority,
        values=draft.values,
        unique_key=draft.unique_key,
        display_value=draft.display_value,
        reference=draft.reference,
        message=None,
        result=None,
        task_id=None,
        attempt_id=None,
        holder=None,
        runner=None,
        epoch=0,
        lease_until=None,
        time_limit_at=None,
        parent_id=draft.parent_id,
        child_id=None,
        retry_index=draft.retry_index,
        recoveries=draft.recoveries,
        available_at=draft.available_at,
        ready=draft.ready,
        created_at=draft.now,
        created_by=draft.created_by,
        started_at=None,
        finished_at=None,
    )


def _items(tx: Tx, answers: Sequence[list[Draft] | Exception]) -> list[list[Item] | Exception]:
    drafts = [draft for answer in answers if isinstance(answer, list) for draft in answer]
    stored = [draft.existing for draft in drafts if isinstance(draft.existing, int)]
    labels = {draft.queue.id: draft.queue.label for draft in drafts}
    rows = tx.all(sql.items_by_id, ids=listed(stored)) if stored else []
    found = {row["id"]: Item.from_row(row, labels[row["queue_id"]]) for row in rows}
    return [a if isinstance(a, Exception) else [_of(draft, found) for draft in a] for a in answers]


def _of(draft: Draft, found: dict[int, Item]) -> Item:
    existing = draft.existing
    item = found[existing] if isinstance(existing, int) else (existing or draft).item
    if item is None:
        raise RuntimeError("An item was not written.")
    return item
