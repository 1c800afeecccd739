"""Tasks that a queue starts for what is pushed into it."""

from __future__ import annotations

from collections.abc import Mapping

from botyard.base.exceptions import BotyardError
from botyard.core import events, tasks
from botyard.core.queues.model import Queue
from botyard.core.queues.statements import queue_event, sql
from botyard.core.tasks import NewTask
from botyard.storage import Tx


def start_tasks(tx: Tx, pushed: Mapping[int, int], queues: Mapping[int, Queue], *, now: int) -> None:
    """Create the tasks that the triggers of queues ask for; `pushed` tells how many items each queue got.

    An automation that does not exist is an event of the queue, never a failure of the push.
    """
    new: list[tuple[Queue, NewTask]] = []
    for queue_id, count in sorted(pushed.items()):
        queue = queues[queue_id]
        if queue.active and queue.automation is not None and queue.trigger != "never":
            task = NewTask(
                workspace_id=queue.workspace_id, automation=queue.automation, actor=f"queue:{queue.label}", now=now
            )
            new += [(queue, task)] * _wanted(tx, queue, count)
    if not new:
        return
    made = tasks.create_many(tx, [task for _, task in new])
    failed = {queue.id: (queue, answer) for (queue, _), answer in zip(new, made, strict=True) if _is_error(answer)}
    told = [
        queue_event("queue.trigger_failed", queue=queue, actor="system", data={"reason": str(error)})
        for queue, error in failed.values()
    ]
    events.record_many(tx, told, now=now)


def _wanted(tx: Tx, queue: Queue, count: int) -> int:
    if queue.trigger == "always":
        return count
    busy = tx.one(sql.automation_active, workspace_id=queue.workspace_id, label=queue.automation)
    return 1 if busy is None else 0


def _is_error(answer: object) -> bool:
    return isinstance(answer, BotyardError)
