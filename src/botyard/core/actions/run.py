"""Run actions, find their runs, stop them."""

from __future__ import annotations

import hashlib

from botyard.base import jsontext
from botyard.base.exceptions import AlreadyExists, Invalid, NotFound
from botyard.core import integrations, tasks
from botyard.core.actions.model import Action, Run, RunRequest
from botyard.core.actions.read import get, sql
from botyard.core.tasks import Task
from botyard.storage import Tx
from botyard.wire.execution import task_of_uuid

_MAX_KEY = 255
_MAX_OPTIONS = 1024 * 1024


def run(tx: Tx, *, request: RunRequest) -> Run:
    """Start a run of an action, or return the one that was started with the same request key.

    Raises NotFound for an unknown action, AlreadyExists (code "request_key_reused") when the key was used with other
    inputs, and NotFound (code "run_deleted") when its run is there no more. Raises NotFound for a connection that the
    workspace does not have, Denied for one that the app may not use, and Invalid.
    """
    action = get(tx, workspace_id=request.workspace_id, app_id=request.app_id, named=request.action)
    key, options = _checked_key(request.request_key), _options(request)
    if key is not None:
        earlier = _claim(tx, action, request, key)
        if earlier is not None:
            return earlier
    if request.connection_id is not None:
        integrations.check_usable(
            tx, workspace_id=request.workspace_id, app_id=request.app_id, connection_id=request.connection_id
        )
    task = tasks.create(
        tx,
        workspace_id=request.workspace_id,
        automation=action.automation,
        actor=request.actor,
        now=request.now,
        parameters=request.user_input,
    )
    row = tx.one(
        sql.describe_run,
        task_id=task.id,
        user_id=request.user_id,
        connection_id=request.connection_id,
        options=options,
        cause=request.cause,
        depth=request.depth,
    )
    made = Run(task_id=task.id, action_id=action.id, number=row["number"] if row else 0)
    if key is not None:
        tx.run(sql.keep_request, action_id=action.id, request_key=key, task_id=task.id, number=made.number)
    return made


def find_request(tx: Tx, *, workspace_id: int, app_id: int, named: str, request_key: str) -> Run:
    """Return the run that was started with a request key. Raises NotFound, with code "run_deleted" when it is gone."""
    action = get(tx, workspace_id=workspace_id, app_id=app_id, named=named)
    row = tx.one(sql.found_request, action_id=action.id, request_key=request_key.replace("\0", ""))
    if row is None:
        raise NotFound("No run was requested with this key.", hint="Check the key, or run the action.")
    return _still_there(action, row)


def get_run(tx: Tx, *, workspace_id: int, app_id: int, named: str) -> Run:
    """Return the run of an app's action that a run id or the UUID of its task stands for. Raises NotFound."""
    number = int(named) if named.isascii() and named.isdigit() and len(named) <= 18 else task_of_uuid(named)
    row = tx.one(sql.get_run, workspace_id=workspace_id, app_id=app_id, task_id=number) if number else None
    if row is None:
        raise NotFound(f'The run "{named[:80]}" does not exist.', hint="Check its id.", code="unknown_run")
    return Run(**row)


def stop(tx: Tx, *, workspace_id: int, app_id: int, named: str, actor: str, now: int) -> tuple[Task, bool]:
    """Stop a run; return its task, and whether its process is known to be gone. Raises NotFound."""
    found = get_run(tx, workspace_id=workspace_id, app_id=app_id, named=named)
    task = tasks.cancel(tx, workspace_id=workspace_id, task_id=found.task_id, actor=actor, now=now)
    attempts = tasks.attempts_of(tx, workspace_id=workspace_id, task_id=found.task_id, limit=1)
    return task, all(attempt.ended_at is not None for attempt in attempts)


def depth_of(tx: Tx, *, task_id: int | None) -> int:
    """Return how many runs of triggers led to a task, itself included; 0 for what is no run of an action."""
    row = tx.one(sql.depth_of, task_id=task_id) if task_id else None
    return int(row["depth"]) if row else 0


def prune_requests(tx: Tx, *, before: int, limit: int = 1000) -> int:
    """Forget up to `limit` request keys from before a moment; return how many went."""
    return tx.run(sql.prune_requests, before=before, limit=limit)


def _claim(tx: Tx, action: Action, request: RunRequest, key: str) -> Run | None:
    """Take the key for this request and return None, or return the run of the request that had it first."""
    fingerprint = _fingerprint(request)
    claimed = tx.one(
        sql.request,
        workspace_id=request.workspace_id,
        action_id=action.id,
        request_key=key,
        fingerprint=fingerprint,
        now=request.now,
    )
    if claimed is not None:
        return None
    row = tx.one(sql.found_request, action_id=action.id, request_key=key)
    if row is None or row["fingerprint"] != fingerprint:
        raise AlreadyExists(
            "This key belongs to a run with other inputs.",
            hint="Send the same inputs, or another key.",
            code="request_key_reused",
        )
    return _still_there(action, row)


def _still_there(action: Action, row: dict[str, object]) -> Run:
    if row["deleted"]:
        raise NotFound(
            "The run of this key was deleted.", hint="Use another key to run the action again.", code="run_deleted"
        )
    return Run(task_id=int(str(row["task_id"])), action_id=action.id, number=int(str(row["number"])))


def _fingerprint(request: RunRequest) -> str:
    inputs = [request.user_input, request.options, request.connection_id]
    return hashlib.sha256(_sorted(inputs).encode()).hexdigest()


def _sorted(value: object) -> str:
    """Return JSON that does not depend on the order of keys."""
    if isinstance(value, dict):
        pairs = (f"{jsontext.encode(name)}:{_sorted(item)}" for name, item in sorted(value.items()))
        return f"{{{','.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{','.join(map(_sorted, value))}]"
    return jsontext.encode(value)


def _options(request: RunRequest) -> str:
    encoded = jsontext.encode(request.options)
    if len(encoded) > _MAX_OPTIONS:
        raise Invalid(
            f"The options take {len(encoded)} bytes.",
            hint=f"Keep them under {_MAX_OPTIONS} bytes.",
            code="too_large",
        )
    jsontext.check(encoded.encode())
    return encoded


def _checked_key(key: str | None) -> str | None:
    if key is None or key == "":
        return None
    if len(key) > _MAX_KEY or not key.isprintable():
        raise Invalid(
            "The key of the request cannot be used.", hint=f"Send up to {_MAX_KEY} visible characters.", field="key"
        )
    return key
