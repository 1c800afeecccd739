"""Ask to be told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botyard.base import jsontext
from botyard.core.callbacks.model import Callback, NewCallback
from botyard.core.callbacks.states import State
from botyard.storage import Tx, load_queries

sql = load_queries(__package__)


def register(
    tx: Tx, *, workspace_id: int, task_id: int, url: str, policy: dict[str, Any] | None, kind: str, now: int
) -> None:
    """Have `url` told when a task ends; call it in the unit of work that makes the task."""
    new = NewCallback(workspace_id=workspace_id, task_id=task_id, url=url, policy=policy, kind=kind, now=now)
    register_many(tx, [new])


def register_many(tx: Tx, new: Sequence[NewCallback]) -> None:
    """Have addresses told when their tasks end; the first one of a task stays."""
    rows = [
        [
            item.task_id,
            item.workspace_id,
            item.kind,
            item.url,
            None if item.policy is None else jsontext.encode(item.policy),
            item.now,
        ]
        for item in new
    ]
    if rows:
        tx.run(sql.register, rows=jsontext.encode(rows))


def of_task(tx: Tx, *, workspace_id: int, task_id: int) -> Callback | None:
    """Return the callback of a task; None when nobody wants to be told."""
    row = tx.one(sql.of_task, workspace_id=workspace_id, task_id=task_id)
    return None if row is None else Callback(**{**row, "state": State(row["state"])})
