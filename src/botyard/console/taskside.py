"""What stands beside a task: how far its bot says that it is, the files it was given, and who is told of its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from botyard.base.clock import SECOND
from botyard.console.wording import ago, count_of
from botyard.core import callbacks, progress, tasks
from botyard.core.callbacks import Callback
from botyard.core.tasks import InputFile, State, Task
from botyard.storage import Tx

#: The dialects whose bots tell how far they are.
_TELLING = ("automio",)


def context(tx: Tx, task: Task, attempts: Sequence[tasks.Attempt], *, now: int) -> dict[str, Any]:
    """Return the files that a task was given, its callback and its progress."""
    where = {"workspace_id": task.workspace_id, "task_id": task.id}
    files = tasks.inputs_of(tx, **where)
    said: dict[str, Any] = {
        "given": files,
        "given_ids": {file.artifact_id for file in files},
        "callback": callbacks.of_task(tx, **where),
        "told": told,
        "host_of": host_of,
        "progress": progress.of_tasks(tx, workspace_id=task.workspace_id, task_ids=[task.id]).get(task.id),
        "tells": not task.is_final and bool(attempts) and attempts[0].dialect in _TELLING,
    }
    return said if task.state is not State.PREPARING else {**said, "sentence": preparing(files, now=now)}


def progress_of(tx: Tx, found: Sequence[Task]) -> Mapping[int, progress.Progress]:
    """Return how far the tasks of a list are that still run, by their ids."""
    running = [task for task in found if task.state is State.RUNNING]
    if not running:
        return {}
    workspace_id = running[0].workspace_id
    return progress.of_tasks(tx, workspace_id=workspace_id, task_ids=[task.id for task in running])


def preparing(files: Sequence[InputFile], *, now: int) -> str:
    """Return what a task still waits for, in a sentence."""
    there = sum(file.artifact_id is not None for file in files)
    late = next((file for file in files if file.error and file.artifact_id is None), None)
    said = f"Fetches its input files; {there} of {len(files)} so far."
    if late is None:
        return said
    again = f" It is tried again {_soon(late.next_at, now)}." if late.next_at is not None else ""
    return f"{said} The file of {late.parameter} did not come: {(late.error or '')[:300]}{again}"


def told(callback: Callback, *, now: int) -> str:
    """Return what became of a callback, in a sentence."""
    tries = f"{count_of(callback.tries, 'try', 'tries')} so far" if callback.tries else ""
    if callback.state == "waiting":
        return "Is told when the task has ended."
    if callback.state == "due":
        return f"Is being told; {tries}, next {_soon(callback.next_at, now)}." if tries else "Is being told."
    if callback.state == "delivered":
        return f"Was told {ago(callback.updated_at, now)}."
    return f"Was not told: given up {ago(callback.updated_at, now)} after {count_of(callback.tries, 'try', 'tries')}."


def _soon(moment: int | None, now: int) -> str:
    return "in a moment" if moment is None or moment - now < 5 * SECOND else ago(moment, now)


def host_of(url: str) -> str:
    """Return where a link leads, without what may be a secret in it."""
    try:
        return urlsplit(url).hostname or url[:60]
    except ValueError:
        return url[:60]
