"""Files that a task is given as links: fetched one by one before it may be leased.

A task with such files is made in the state `preparing`. Whoever can fetch claims files (`claim_inputs`; the topic
INPUTS wakes at once when there are new ones), stores the bytes as an artifact of the task and says so in the same
unit of work (`store_input`), or says why not (`fail_input`). With the last file the task goes into the queue.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from botyard.base import jsontext
from botyard.base.exceptions import NotFound, StaleLease
from botyard.core import events, logs
from botyard.core.tasks.model import InputFile, TaskInput
from botyard.core.tasks.statements import changed, event, leasable, lock, sql
from botyard.storage import Row, Tx

#: Woken when files wait to be fetched.
INPUTS = "task-inputs"
ACTOR = "system:inputs"
MAX_FILES = 200
_MAX_REASON = 2000


def claim_inputs(tx: Tx, *, holder: str, now: int, lease: int, limit: int) -> list[TaskInput]:
    """Take up to `limit` files to fetch, those due first; another may take them once `lease` microseconds are over."""
    rows = tx.all(sql.claim_inputs, holder=holder, now=now, until=now + lease, limit=limit)
    return [_input(row) for row in sorted(rows, key=lambda row: row["id"])]


def inputs_due(tx: Tx, *, now: int) -> bool:
    """Return whether `claim_inputs` would find anything."""
    return tx.one(sql.inputs_due, now=now) is not None


def renew_inputs(tx: Tx, *, holder: str, input_ids: Sequence[int], now: int, lease: int) -> set[int]:
    """Hold files that are being fetched for another `lease`; return those that are still this holder's."""
    ids = jsontext.encode(list(input_ids))
    return {row["id"] for row in tx.all(sql.renew_inputs, ids=ids, holder=holder, until=now + lease)}


def release_inputs(tx: Tx, *, holder: str, input_ids: Sequence[int], now: int) -> None:
    """Let others fetch at once what this holder has claimed and will not fetch; the try does not count."""
    if tx.run(sql.release_inputs, ids=jsontext.encode(list(input_ids)), holder=holder, now=now):
        tx.wake(INPUTS)


def hold_input(tx: Tx, *, input_id: int, holder: str) -> Row:
    """Return what a holder has claimed, with its task locked, so that of two last files one is the last.

    Do it before anything is written that refers to the task: two units of work that both lock it afterwards would
    wait for each other. Raises StaleLease.
    """
    row = tx.one(sql.held_input, input_id=input_id, holder=holder)
    if row is None:
        raise _stale()
    lock(tx, workspace_id=row["workspace_id"], task_id=row["task_id"])
    return row


def store_input(tx: Tx, *, input_id: int, holder: str, artifact_id: int, now: int) -> None:
    """Note that a file is there; the last one puts its task into the queue.

    Make the artifact in the same unit of work, after `hold_input`: StaleLease, when the file is not wanted any more or
    somebody else fetches it by now, then takes it back.
    """
    held = hold_input(tx, input_id=input_id, holder=holder)
    if tx.one(sql.store_input, input_id=input_id, holder=holder, artifact_id=artifact_id) is None:
        raise _stale()
    missing = tx.one(sql.missing_inputs, task_id=held["task_id"])
    if missing is None or missing["total"] == 0:
        _prepared(tx, workspace_id=held["workspace_id"], task_id=held["task_id"], now=now)
    changed(tx, held["task_id"])


def fail_input(tx: Tx, *, input_id: int, holder: str, reason: str, retry_at: int | None, now: int) -> None:
    """Note why a file could not be fetched, in the task's log too; without `retry_at` its task ends as failed.

    Raises StaleLease when the file is not wanted any more or somebody else fetches it by now.
    """
    held = hold_input(tx, input_id=input_id, holder=holder)
    reason = reason.replace("\0", "\ufffd")[:_MAX_REASON]
    if tx.one(sql.postpone_input, input_id=input_id, holder=holder, retry_at=retry_at, reason=reason) is None:
        raise _stale()
    place = {"workspace_id": held["workspace_id"], "task_id": held["task_id"]}
    message = f'The file of parameter "{held["parameter"]}" could not be fetched: {reason}'
    if retry_at is None:
        _fail(tx, **place, message=message, now=now)
    else:
        seconds = max(round((retry_at - now) / 1_000_000), 0)
        _log(tx, **place, level="WARN", text=f"{message} Trying again in {seconds} s.", now=now)
        changed(tx, held["task_id"])


def give_input(tx: Tx, *, workspace_id: int, task_id: int, parameter: str, position: int, artifact_id: int) -> None:
    """Note a file that came with the task itself, as an artifact of it; nothing is to be fetched for it.

    Call it in the unit that makes the task, so that no runner gets the task without the file. Raises NotFound for an
    artifact of another task.
    """
    given = tx.one(
        sql.give_input,
        workspace_id=workspace_id,
        task_id=task_id,
        parameter=parameter,
        position=position,
        artifact_id=artifact_id,
    )
    if given is None:
        raise NotFound(f"File {artifact_id} of task {task_id} does not exist.", hint="Send it again.")


def inputs_of(tx: Tx, *, workspace_id: int, task_id: int) -> list[InputFile]:
    """Return the files that a task was given as links, in the order of its parameters; none for an unknown task."""
    rows = tx.all(sql.inputs_of, workspace_id=workspace_id, task_id=task_id, limit=MAX_FILES)
    return [InputFile(**row) for row in rows]


def input_of_attempt(tx: Tx, *, runner_id: str, attempt_id: str, artifact_id: int) -> Row:
    """Return name, digest, size and media type of a file for the runner that holds the attempt. Raises StaleLease."""
    row = tx.one(sql.input_of_attempt, runner_id=runner_id, attempt_id=attempt_id, artifact_id=artifact_id)
    if row is None:
        raise StaleLease(
            f"Attempt {attempt_id[:64]} does not hold a task with this file.", hint="Stop: the lease is gone."
        )
    return row


def insert_inputs(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the files of new tasks; each row holds `id`, `workspace_id`, `links`, `policy` and `now`."""
    inputs = [
        [row["workspace_id"], row["id"], link.parameter, link.position, link.url, row["policy"], row["now"]]
        for row in rows
        for link in row["links"]
    ]
    if inputs:
        tx.run(sql.insert_inputs, rows=jsontext.encode(inputs))
        tx.wake(INPUTS)


def reopen_inputs(tx: Tx, *, task_id: int, now: int) -> bool:
    """Have the files fetched that a task lacks; return whether it lacks any."""
    if not tx.all(sql.reopen_inputs, task_id=task_id, now=now):
        return False
    tx.wake(INPUTS)
    return True


def end_stuck(tx: Tx, *, now: int, limit: int) -> int:
    """Move on the tasks that prepare although nothing is left to fetch; return how many that were."""
    rows = tx.all(sql.stuck_preparing, limit=limit)
    for row in rows:
        missing = tx.one(sql.missing_inputs, task_id=row["id"])
        if missing is None or missing["total"] == 0:
            _prepared(tx, workspace_id=row["workspace_id"], task_id=row["id"], now=now)
        else:
            message = "Its input files were given up before all of them had been fetched."
            _fail(tx, workspace_id=row["workspace_id"], task_id=row["id"], message=message, now=now)
        changed(tx, row["id"])
    return len(rows)


def _prepared(tx: Tx, *, workspace_id: int, task_id: int, now: int) -> None:
    ready = tx.one(sql.is_runnable, task_id=task_id, now=now) is not None
    if tx.one(sql.prepared, task_id=task_id, ready=int(ready), now=now) is None:
        return
    told = event("task.prepared", workspace_id=workspace_id, task_id=task_id, actor=ACTOR)
    events.record_many(tx, [told], now=now)
    if ready:
        leasable(tx, workspace_id)


def _fail(tx: Tx, *, workspace_id: int, task_id: int, message: str, now: int) -> None:
    if tx.one(sql.fail_preparing, task_id=task_id, message=message, now=now) is None:
        return
    tx.run(sql.close_inputs, task_id=task_id)
    data = {"message": message[:500]}
    told = event("task.failed", workspace_id=workspace_id, task_id=task_id, actor=ACTOR, data=data)
    events.record_many(tx, [told], now=now)
    _log(tx, workspace_id=workspace_id, task_id=task_id, level="ERROR", text=message, now=now)
    changed(tx, task_id)


def _log(tx: Tx, *, workspace_id: int, task_id: int, level: str, text: str, now: int) -> None:
    note = logs.Note(workspace_id=workspace_id, task_id=task_id, epoch=0, level=level, text=text)
    logs.note_many(tx, [note], now=now)


def _input(row: Row) -> TaskInput:
    policy = row["policy"]
    return TaskInput(**{**row, "policy": None if policy is None else jsontext.decode(policy)})


def _stale() -> StaleLease:
    return StaleLease(
        "This file is not wanted any more, or somebody else fetches it by now; nothing was changed.",
        hint="Forget it: its task was cancelled, has ended, or the claim had run out.",
    )
