"""Report progress and read it, of one task or of the many of a list."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from botyard.base import jsontext
from botyard.base.exceptions import Denied, Invalid
from botyard.core.progress.model import Progress, Status
from botyard.storage import Tx, load_queries
from botyard.wire.execution import task_of_uuid, task_uuid

sql = load_queries(__package__)

MAX_INFO = 4000
_MAX_KEY = 100
_ENDED: dict[str, Status] = {"completed": "completed", "failed": "failed"}


def report(
    tx: Tx, *, workspace_id: int, app_id: int, task_key: str, percent: float, info: str, status: str, now: int
) -> Progress:
    """Store how far a task is, and return it as it is stored (contract i).

    `percent` is rounded and brought within 0 to 100; a status other than completed and failed counts as pending; both
    of those mean 100, and 100 means completed. A UUID that is no task's is kept with the app. Raises Denied for a task
    of another app, and Invalid.
    """
    key, task_id, epoch = _task(tx, workspace_id=workspace_id, app_id=app_id, task_key=task_key)
    whole, state = _measure(percent, status)
    row = tx.one(
        sql.report,
        workspace_id=workspace_id,
        app_id=app_id,
        task_key=key,
        task_id=task_id,
        epoch=epoch,
        percent=whole,
        info=_clean(info),
        status=state,
        now=now,
    )
    if task_id is not None:
        tx.wake(f"task:{task_id}")
    return Progress.from_row(row or {})


def tell(
    tx: Tx, *, workspace_id: int, task_id: int, epoch: int, percent: float, info: str, status: str, now: int
) -> Progress:
    """Store how far an attempt of a task is, whatever kind of task that is, and return it as it is stored.

    Numbers and states are read as by `report`. What an earlier attempt tells late counts no more.
    """
    home = home_of(tx, task_id=task_id)
    app_id = home[1] if home is not None and home[0] == workspace_id else None
    if app_id is not None:
        key = task_uuid(task_id)
        return report(
            tx,
            workspace_id=workspace_id,
            app_id=app_id,
            task_key=key,
            percent=percent,
            info=info,
            status=status,
            now=now,
        )
    whole, state = _measure(percent, status)
    told: dict[str, Any] = {"percent": whole, "info": _clean(info), "status": state}
    tx.run(sql.tell, workspace_id=workspace_id, task_id=task_id, epoch=epoch, now=now, **told)
    tx.wake(f"task:{task_id}")
    return Progress(updated_at=now, **told)


def _measure(percent: float, status: str) -> tuple[int, Status]:
    """Return a whole percentage and a state that agree with each other."""
    whole = 0 if math.isnan(percent) else round(min(max(percent, 0.0), 100.0))
    state = _ENDED.get(status.strip().lower(), "completed" if whole == 100 else "pending")
    return whole if state == "pending" else 100, state


def _clean(info: str) -> str:
    return info[:MAX_INFO].replace("\0", "\ufffd")


def read(tx: Tx, *, workspace_id: int, app_id: int, task_key: str) -> Progress | None:
    """Return what was told under a UUID last, None when nothing was."""
    key = task_key.strip().lower().replace("\0", "")
    row = tx.one(sql.read, workspace_id=workspace_id, app_id=app_id, task_key=key)
    return None if row is None else Progress.from_row(row)


def home_of(tx: Tx, *, task_id: int) -> tuple[int, int | None] | None:
    """Return the workspace and the app of which a task is a run, no app for another task; None for no task."""
    row = tx.one(sql.home, task_id=task_id)
    return None if row is None else (row["workspace_id"], row["app_id"])


def of_tasks(tx: Tx, *, workspace_id: int, task_ids: Sequence[int]) -> dict[int, Progress]:
    """Return how far the present attempts of tasks are; those that said nothing are left out."""
    if not task_ids:
        return {}
    rows = tx.all(sql.of_tasks, workspace_id=workspace_id, ids=jsontext.encode(sorted(set(task_ids))))
    return {row["task_id"]: Progress.from_row(row) for row in rows}


def prune(tx: Tx, *, before: int, limit: int = 1000) -> int:
    """Forget up to `limit` of those that are no task's, from before a moment; return how many went."""
    return tx.run(sql.prune, before=before, limit=limit)


def _task(tx: Tx, *, workspace_id: int, app_id: int, task_key: str) -> tuple[str, int | None, int]:
    """Return the key to store under, and the task and its epoch where the key is that of a task."""
    key = task_key.strip().lower()
    if not key or len(key) > _MAX_KEY or not key.isprintable():
        raise Invalid(
            "The task id is empty, too long or not printable.", hint="Send the TASK_ID of the run.", field="task_id"
        )
    number = task_of_uuid(key)
    row = None if number is None else tx.one(sql.task, workspace_id=workspace_id, task_id=number)
    if row is None:
        return key, None, 0
    if row["app_id"] != app_id:
        raise Denied("This task is a run of another app.", hint="Use the TASK_ID of a run of this app.")
    return key, row["id"], row["epoch"]
