"""Actions and their runs: list, run, look after, stop (contract b.11 to b.13, b.18)."""

from __future__ import annotations

from typing import Any

from botyard.core import actions, apps, logs, progress, tasks
from botyard.core.actions import Run, RunRequest
from botyard.core.tasks import Task
from botyard.protocols.automio import wire
from botyard.protocols.automio.auth import app_of
from botyard.storage import Tx
from botyard.web.body import decode_json
from botyard.web.request import Request
from botyard.web.response import Response, json_response

#: How much of a log a status carries.
_LOG_LINES = 2000
_LOG_CHARACTERS = 256 * 1024
#: What the process wrote itself; the runner's own words are for the console.
WRITTEN = frozenset({"stdout", "stderr", "log"})


async def list_all(request: Request) -> Response:
    """List the actions of the token's app, as a bare list."""
    caller = request.caller
    app, found = await request.db.read(_listed, workspace_id=caller.workspace_id, app_id=app_of(caller))
    mine = app.owner_id is not None and app.owner_id == caller.user_id
    wanted = request.query.get("action_type") or None
    listed = [action for action in found if wanted in (None, action.type)]
    return json_response(wire.actions(listed, organization=caller.workspace_id, mine=mine))


def _listed(tx: Tx, *, workspace_id: int, app_id: int) -> tuple[apps.App, list[actions.Action]]:
    app = apps.get(tx, workspace_id=workspace_id, app_id=app_id)
    return app, actions.list_all(tx, workspace_id=workspace_id, app_id=app_id)


async def run(request: Request) -> Response:
    """Run an action; the same Idempotency-Key with the same inputs is the same run."""
    raw = await request.body()
    sent = decode_json(raw, wire.RunSent) if raw.strip() else wire.RunSent()
    wanted = RunRequest(
        **_scope(request),
        action=request.path["action"],
        actor=request.caller.actor,
        now=request.now,
        user_id=request.caller.user_id,
        user_input=sent.user_input or {},
        options=sent.options(),
        connection_id=wire.connection_of(sent.connection_id),
        request_key=request.header("idempotency-key"),
        cause=request.caller.task_id,
    )
    return json_response(wire.run(await request.db.write(actions.run, request=wanted)))


async def status(request: Request) -> Response:
    """Tell where a run is: its state, progress, result and the end of its log."""
    found = await request.db.read(_status, **_scope(request), run=request.path["run"])
    return json_response(found)


def _status(tx: Tx, *, workspace_id: int, app_id: int, run: str) -> dict[str, Any]:
    made = actions.get_run(tx, workspace_id=workspace_id, app_id=app_id, named=run)
    task = tasks.get(tx, workspace_id=workspace_id, task_id=made.task_id)
    told = progress.of_tasks(tx, workspace_id=workspace_id, task_ids=[made.task_id])
    lines = logs.tail(tx, workspace_id=workspace_id, task_id=made.task_id, limit=_LOG_LINES)
    log = "\n".join(line.text for line in lines if line.stream in WRITTEN)
    return wire.status(task, progress=told.get(made.task_id), log=log[-_LOG_CHARACTERS:])


async def stop(request: Request) -> Response:
    """Stop a run: 200 when its process is gone, 202 while it is being ended."""
    made, task, confirmed = await request.db.write(
        _stop, **_scope(request), run=request.path["run"], actor=request.caller.actor, now=request.now
    )
    return json_response(wire.stopped(made, task, confirmed=confirmed), status=200 if confirmed else 202)


def _stop(tx: Tx, *, workspace_id: int, app_id: int, run: str, actor: str, now: int) -> tuple[Run, Task, bool]:
    made = actions.get_run(tx, workspace_id=workspace_id, app_id=app_id, named=run)
    stopped = actions.stop(tx, workspace_id=workspace_id, app_id=app_id, named=run, actor=actor, now=now)
    return made, *stopped


async def find_request(request: Request) -> Response:
    """Find the run that was started with a request key."""
    found = await request.db.read(
        actions.find_request,
        **_scope(request),
        named=request.path["action"],
        request_key=request.query.get("request_key", ""),
    )
    return json_response(wire.run(found))


def _scope(request: Request) -> dict[str, int]:
    return {"workspace_id": request.caller.workspace_id, "app_id": app_of(request.caller)}
