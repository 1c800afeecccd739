"""Small factories over the real operations of queues."""

from __future__ import annotations

import itertools
from typing import Any

from botyard.core import queues
from botyard.core.queues import Holder, Item, NewItem, Pull, Push, Queue, Report, Reports
from botyard.core.tasks import Lease
from botyard.core.workspaces import Workspace
from botyard.storage import Tx
from tests.support.work import NOW, make_workspace

ANN = Holder(name="key:ann")
BOB = Holder(name="key:bob")

_numbers = itertools.count(1)


def make_queue(tx: Tx, /, workspace: Workspace | None = None, *, label: str | None = None, **fields: Any) -> Queue:
    """Create a queue, in a workspace of its own when none is given."""
    workspace = workspace or make_workspace(tx)
    label = label or f"queue-{next(_numbers)}"
    return queues.create(tx, workspace_id=workspace.id, label=label, actor="user:ann", now=NOW, **fields)


def push(tx: Tx, queue: Queue, *values: Any, priority: int = 0, now: int = NOW) -> list[Item]:
    """Push one item per value and return them."""
    new = [NewItem(values=value, priority=priority) for value in values or ({},)]
    request = Push(workspace_id=queue.workspace_id, queue=queue.label, items=new, actor="user:ann", now=now)
    (answer,) = queues.push_many(tx, [request])
    assert isinstance(answer, list), answer
    return answer


def pull(tx: Tx, queue: Queue, *, holder: Holder = ANN, count: int = 1, now: int = NOW, **fields: Any) -> list[Item]:
    """Pull items and return them; raise the error when there is one."""
    request = Pull(workspace_id=queue.workspace_id, queue=queue.label, holder=holder, count=count, now=now, **fields)
    (answer,) = queues.pull_many(tx, [request])
    if isinstance(answer, Exception):
        raise answer
    return answer


def report(
    tx: Tx,
    item: Item,
    outcome: Any = "done",
    *,
    holder: Holder = ANN,
    now: int = NOW,
    force: bool = False,
    **fields: Any,
) -> Item:
    """Report on one item and return it; raise the error when there is one."""
    request = Reports(
        workspace_id=item.workspace_id,
        holder=holder,
        reports=[Report(item_id=item.id, outcome=outcome, **fields)],
        actor=holder.name,
        now=now,
        force=force,
    )
    ((answer,),) = queues.report_many(tx, [request])
    if isinstance(answer, Exception):
        raise answer
    return answer


def read(tx: Tx, item: Item) -> Item:
    """Return an item as it is stored."""
    return queues.get_item(tx, workspace_id=item.workspace_id, item_id=item.id)


def holder_of(lease: Lease) -> Holder:
    """Return the holder that an attempt is."""
    return Holder(name=f"attempt:{lease.task_id}/{lease.epoch}", attempt_id=lease.attempt_id)


def counts(tx: Tx, queue: Queue) -> dict[str, int]:
    """Return the kept numbers of a queue, without the zeros."""
    found = queues.summary(tx, workspace_id=queue.workspace_id, label=queue.label).counts
    return {str(state): total for state, total in found.items() if total}
