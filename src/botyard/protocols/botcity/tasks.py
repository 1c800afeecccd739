"""Tasks: create, look at, list, delete; and one route that finishes, restarts, cancels, interrupts and kills."""

from __future__ import annotations

from typing import Any

from botyard.base.exceptions import Invalid
from botyard.core import tasks
from botyard.core.tasks import Finish, NewTask, Task
from botyard.protocols.botcity import enums, wire
from botyard.protocols.botcity.auth import attempt_of, check_lists_tasks
from botyard.protocols.botcity.enums import FinishStatus, TaskState
from botyard.protocols.botcity.paging import Page, Paging, since
from botyard.web import body
from botyard.web.request import Request
from botyard.web.response import Response, json_response
from botyard.web.secrets import hidden


async def create(request: Request) -> Response:
    """Create a task."""
    call = await request.json(wire.CreateTask)
    caller = request.caller
    new = NewTask(
        workspace_id=caller.workspace_id,
        automation=call.automation,
        parameters=call.inputs,
        priority=call.priority,
        not_before=call.not_before,
        test=bool(call.test),
        actor=caller.actor,
        now=request.now,
    )
    return _answer(request, await request.db.write_set(tasks.create_many, new))


async def get(request: Request) -> Response:
    """Describe one task."""
    task_id = wire.task_id_of(request.path["id"])
    request.caller.check_reads(task_id)
    return _answer(request, await _find(request, task_id))


async def page(request: Request) -> Response:
    """List tasks, newest first."""
    paging, query, caller = Paging.asked(request), request.query, request.caller
    check_lists_tasks(caller)
    state = query.get("stateFilter") or query.get("state")
    found, total = await request.db.read(
        tasks.page,
        workspace_id=caller.workspace_id,
        states=enums.states_of(state) if state else None,
        automation=query.get("activityLabel") or query.get("automationLabel") or None,
        runner=query.get("machineId") or None,
        since=since(query, None, request.now) or None,
        offset=paging.offset,
        limit=paging.size,
    )
    return json_response(Page.of([wire.TaskView.of(task, caller.workspace_label) for task in found], total, paging))


async def update(request: Request) -> Response:
    """Change a task: finish, cancel, kill, interrupt or restart it, whichever the body asks for."""
    task_id = await writable(request, wire.task_id_of(request.path["id"]))
    return _answer(request, await _apply(request, task_id, await request.json(wire.UpdateTask)))


async def delete(request: Request) -> Response:
    """Delete a test task; others stay in the history."""
    caller, task_id = request.caller, await writable(request, wire.task_id_of(request.path["id"]))
    await request.change(
        tasks.delete,
        audit_target=f"task:{task_id}",
        workspace_id=caller.workspace_id,
        task_id=task_id,
        actor=caller.actor,
        now=request.now,
    )
    return json_response({"message": "The task was deleted."})


async def cancel(request: Request) -> Response:
    """Cancel a task; one client has a route of its own for it."""
    return await _shortcut(request, wire.UpdateTask(state=TaskState.CANCELED))


async def restart(request: Request) -> Response:
    """Restart a task; one client has a route of its own for it."""
    return await _shortcut(request, wire.UpdateTask(state=TaskState.START))


async def finish(request: Request) -> Response:
    """Finish a task, as a success unless the body says otherwise; one client has a route of its own for it."""
    raw = await request.body()
    call = body.decode_json(raw, wire.UpdateTask) if raw else wire.UpdateTask()
    status = next((sent for sent in (call.finish_status, call.status) if sent is not None), FinishStatus.SUCCESS)
    return await _shortcut(
        request,
        wire.UpdateTask(
            state=TaskState.FINISHED,
            finish_status=status,
            finish_message=call.finish_message if call.finish_message is not None else call.message,
            total_items=call.total_items,
            processed_items=call.processed_items,
            failed_items=call.failed_items,
        ),
    )


async def writable(request: Request, task_id: int) -> int:
    """Return `task_id` when the caller may change that task.

    Raises NotFound, also for tasks of others, and Denied when an attempt names a task that is not its own.
    """
    if request.caller.task_id not in (None, task_id):
        await _find(request, task_id)
        request.caller.check_writes_to(task_id)
    return task_id


async def _shortcut(request: Request, call: wire.UpdateTask) -> Response:
    task_id = await writable(request, wire.task_id_of(request.path["id"]))
    return _answer(request, await _apply(request, task_id, call))


async def _apply(request: Request, task_id: int, call: wire.UpdateTask) -> Task:
    state = None if call.state is None else enums.read(TaskState, call.state, field="state")
    if state is TaskState.FINISHED:
        return await _finish(request, task_id, call)
    operation = _operation(state, call)
    if operation is None:
        return await _find(request, task_id)
    caller = request.caller
    task: Task = await request.change(
        operation, workspace_id=caller.workspace_id, task_id=task_id, actor=caller.actor, now=request.now
    )
    return task


def _operation(state: TaskState | None, call: wire.UpdateTask) -> Any:
    # Some clients send the whole task back with one field changed: a state that merely repeats is no wish.
    if state is TaskState.CANCELED:
        return tasks.cancel
    if call.killed:
        return tasks.kill
    if call.interrupted:
        return tasks.interrupt
    return tasks.restart if state is TaskState.START else None


async def _finish(request: Request, task_id: int, call: wire.UpdateTask) -> Task:
    call = await hidden(request, call, "finish_message")
    if call.finish_status is None:
        names = ", ".join(FinishStatus)
        raise Invalid('"finishStatus" is missing.', hint=f"Send one of {names}.", field="finishStatus")
    caller = request.caller
    report = Finish(
        outcome=enums.OUTCOMES[enums.read(FinishStatus, call.finish_status, field="finishStatus")],
        message=call.finish_message or "",
        total=call.total_items,
        processed=call.processed_items,
        failed=call.failed_items,
    )
    return await request.db.write(
        tasks.finish,
        workspace_id=caller.workspace_id,
        task_id=task_id,
        report=report,
        attempt=attempt_of(caller),
        actor=caller.actor,
        now=request.now,
    )


async def _find(request: Request, task_id: int) -> Task:
    return await request.db.read(tasks.get, workspace_id=request.caller.workspace_id, task_id=task_id)


def _answer(request: Request, task: Task) -> Response:
    return json_response(wire.TaskView.of(task, request.caller.workspace_label))
