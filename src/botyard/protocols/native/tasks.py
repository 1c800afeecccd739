"""Tasks for people, scripts and bots: create, read, list, and change the course of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from botyard.base import clock
from botyard.base.exceptions import BotyardError, Invalid
from botyard.core import alerts, artifacts, events, tasks
from botyard.core.access import Caller
from botyard.protocols.native import views
from botyard.protocols.native.runners import MAX_WAIT
from botyard.storage import Tx
from botyard.web.longpoll import hold
from botyard.web.request import Request
from botyard.web.response import Response, file_response, json_response
from botyard.wire import native as wire

MAX_LIMIT = 500
_MAX_BULK = 1000
_MAX_ID = 2**63 - 1


async def create(request: Request) -> Response:
    """Create a task."""
    call = await request.json(wire.CreateTask)
    new = tasks.NewTask(
        workspace_id=request.caller.workspace_id,
        automation=call.automation,
        parameters=call.parameters,
        priority=call.priority,
        not_before=None if call.not_before is None else clock.parse(call.not_before),
        test=call.test,
        actor=request.caller.actor,
        now=request.now,
    )
    return json_response(views.task(await request.db.write_set(tasks.create_many, new)), status=201)


async def search(request: Request) -> Response:
    """List tasks, newest first."""
    limit = request.query_int("limit", default=50, low=1, high=MAX_LIMIT)
    found = await request.db.read(
        tasks.search,
        workspace_id=request.caller.workspace_id,
        states=_states(request.query.get("state")),
        automation=request.query.get("automation") or None,
        text=request.query.get("text") or None,
        before_id=request.query_int("before", default=0, low=0, high=_MAX_ID) or None,
        only_id=request.caller.task_id if request.caller.ended else None,
        limit=limit,
    )
    last = views.next_of(found, limit)
    return json_response(wire.TaskPage(tasks=[views.task(task) for task in found], next=last and last.id))


async def get(request: Request) -> Response:
    """Read one task; with `wait`, as soon as it is settled or the wait is over."""
    task_id = readable(request)
    wait = request.query_float("wait", default=0.0, low=0.0, high=MAX_WAIT)
    end = asyncio.get_running_loop().time() + wait
    async with request.db.wakeups.subscribe(f"task:{task_id}") as changes:
        while True:
            view = await request.db.read(
                _read, workspace_id=request.caller.workspace_id, task_id=task_id, now=request.now
            )
            left = end - asyncio.get_running_loop().time()
            if view.settled or left <= 0 or not await _held(request, changes.wait(left)):
                return json_response(view)


async def _held(request: Request, waiting: Any) -> bool:
    # Only an answer that waits needs the body read first, so that the client's leaving can be heard.
    await request.body()
    return await hold(request, waiting)


def _read(tx: Tx, *, workspace_id: int, task_id: int, now: int) -> wire.TaskView:
    """Return a task with what only the page of a single one tells."""
    task = tasks.get(tx, workspace_id=workspace_id, task_id=task_id)
    attempts = tasks.attempts_of(tx, workspace_id=workspace_id, task_id=task_id, limit=1)
    reasons = tasks.why_waiting(tx, workspace_id=workspace_id, task_id=task_id, now=now)
    waiting = [f"{reason.text} {reason.hint}".strip() for reason in reasons]
    files = tasks.inputs_of(tx, workspace_id=workspace_id, task_id=task_id)
    return views.task(task, settled=tasks.is_settled(task, attempts), waiting=waiting, inputs=files)


async def cancel(request: Request) -> Response:
    """Cancel a task; a process that runs is stopped."""
    return await _act(request, tasks.cancel)


async def restart(request: Request) -> Response:
    """Put a task back into the queue for a new attempt."""
    return await _act(request, tasks.restart)


async def interrupt(request: Request) -> Response:
    """Ask the bot to stop by itself."""
    return await _act(request, tasks.interrupt)


async def kill(request: Request) -> Response:
    """Stop the process without asking; the task fails."""
    return await _act(request, tasks.kill)


async def rotate_token(request: Request) -> Response:
    """Have the token of the running attempt replaced, where its bot can be given another."""
    return await _act(request, tasks.ask_rotation)


async def _act(request: Request, operation: Callable[..., tasks.Task]) -> Response:
    task_id, caller = request.path_id("id"), request.caller
    caller.check_writes_to(task_id)
    task = await request.change(
        operation, workspace_id=caller.workspace_id, task_id=task_id, actor=caller.actor, now=request.now
    )
    return json_response(views.task(task))


_BULK = {"cancel": tasks.cancel_many, "restart": tasks.restart_many}


async def bulk(request: Request) -> Response:
    """Cancel or restart many tasks; each gets its own verdict."""
    call, caller = await request.json(wire.BulkCall), request.caller
    _check_ids(call.ids, caller)
    verdicts = await request.change(
        _BULK[call.action],
        audit_target=f"{len(call.ids)} tasks",
        workspace_id=caller.workspace_id,
        task_ids=call.ids,
        actor=caller.actor,
        now=request.now,
    )
    return json_response(wire.BulkReply(verdicts=[verdict(one) for one in verdicts]))


def _check_ids(ids: Sequence[int], caller: Caller) -> None:
    if not 1 <= len(ids) <= _MAX_BULK:
        raise Invalid(f"Send 1 to {_MAX_BULK} ids, not {len(ids)}.", hint="Send several calls.", field="ids")
    if not all(0 < task_id <= _MAX_ID for task_id in ids):
        raise Invalid("An id is not a positive number.", hint="Use ids from the list of tasks.", field="ids")
    for task_id in ids:
        caller.check_writes_to(task_id)


def verdict(found: tasks.Verdict) -> wire.Verdict:
    """Return what became of one task of a bulk call."""
    state = found.task.state.value if found.task else None
    if not isinstance(found.error, BotyardError):
        return wire.Verdict(id=found.task_id, state=state)
    return wire.Verdict(id=found.task_id, state=state, code=found.error.code, detail=found.error.message)


async def list_attempts(request: Request) -> Response:
    """List the attempts of a task, first to last."""
    found = await request.db.read(_attempts, workspace_id=request.caller.workspace_id, task_id=readable(request))
    return json_response(wire.AttemptList(attempts=[views.attempt(attempt) for attempt in reversed(found)]))


def _attempts(tx: Tx, *, workspace_id: int, task_id: int) -> list[tasks.Attempt]:
    """Return the attempts of a task that exists. Raises NotFound."""
    tasks.get(tx, workspace_id=workspace_id, task_id=task_id)
    return tasks.attempts_of(tx, workspace_id=workspace_id, task_id=task_id)


async def list_artifacts(request: Request) -> Response:
    """List the files of a task, newest first."""
    limit, found = await _listed(request, artifacts.search, "before", "before_id")
    last = views.next_of(found, limit)
    return json_response(
        wire.ArtifactList(artifacts=[views.artifact(artifact) for artifact in found], next=last and last.id)
    )


async def list_alerts(request: Request) -> Response:
    """List the alerts of a task, newest first."""
    limit, found = await _listed(request, alerts.search, "before", "before_id")
    last = views.next_of(found, limit)
    return json_response(wire.AlertList(alerts=[views.alert(alert) for alert in found], next=last and last.id))


async def list_events(request: Request) -> Response:
    """List what happened to a task, oldest first."""
    limit, found = await _listed(request, _events, "after", "after_id")
    last = views.next_of(found, limit)
    return json_response(wire.EventList(events=[views.event(event) for event in found], next=last and last.id))


async def _listed(request: Request, operation: Any, name: str, position: str) -> tuple[int, list[Any]]:
    limit = request.query_int("limit", default=100, low=1, high=MAX_LIMIT)
    at = request.query_int(name, default=0, low=0, high=_MAX_ID)
    found = await request.db.read(
        _of_task,
        operation=operation,
        workspace_id=request.caller.workspace_id,
        task_id=readable(request),
        limit=limit,
        **({position: at} if at else {}),
    )
    return limit, found


def _of_task(tx: Tx, /, *, operation: Any, workspace_id: int, task_id: int, **paging: Any) -> list[Any]:
    """Return what `operation` finds for a task that exists. Raises NotFound."""
    tasks.get(tx, workspace_id=workspace_id, task_id=task_id)
    found: list[Any] = operation(tx, workspace_id=workspace_id, task_id=task_id, **paging)
    return found


def _events(tx: Tx, *, workspace_id: int, task_id: int, limit: int, after_id: int = 0) -> list[events.Event]:
    return events.list_for(
        tx, workspace_id=workspace_id, entity="task", entity_id=str(task_id), after_id=after_id, limit=limit
    )


async def artifact_content(request: Request) -> Response:
    """Send the bytes of a file."""
    artifact = await request.db.read(
        artifacts.get, workspace_id=request.caller.workspace_id, artifact_id=request.path_id("id")
    )
    request.caller.check_reads(artifact.task_id)
    chunks = await request.blobs.read(str(artifact.digest))
    return file_response(chunks, name=artifact.file_name, size=artifact.size, media_type=artifact.media_type)


def readable(request: Request) -> int:
    """Return the id of the task in the path. Raises NotFound when it can be none, or none of the caller's."""
    task_id = request.path_id("id")
    request.caller.check_reads(task_id)
    return task_id


def _states(text: str | None) -> list[str] | None:
    return checked_states(text.split(",")) if text else None


def checked_states(wanted: list[str]) -> list[str]:
    """Return states of tasks. Raises Invalid for a word that is none."""
    for state in wanted:
        if state not in set(tasks.State):
            names = ", ".join(tasks.State)
            raise Invalid(f'"{state[:40]}" is not a state.', hint=f"Use some of {names}.", field="state")
    return wanted
