"""The task queue: create, look at, cancel (contract 3)."""

from __future__ import annotations

from botyard.core import systems
from botyard.core.systems import Submission
from botyard.protocols.elma import outgoing, sent, views
from botyard.protocols.elma.auth import caller_of
from botyard.web.request import Request
from botyard.web.response import Response, json_response


async def create(request: Request) -> Response:
    """Start a process with the values of its input context."""
    caller, task = caller_of(request), await sent.new_task(request)
    submission = Submission(
        system=caller.system,
        process=task.process,
        version=task.version,
        values=task.values,
        priority=task.priority,
        callback=outgoing.checked(task.callback, caller.system, request.tools.settings),
        policy=outgoing.file_policy(caller.system),
        callback_policy=outgoing.callback_policy(caller.system),
        now=request.now,
    )
    made = await request.db.write_set(systems.submit_many, submission)
    return json_response(views.created(made, system=caller.token))


async def status(request: Request) -> Response:
    """Tell what a task is now."""
    caller, task_id = caller_of(request), await sent.task_id(request, "id")
    report = await request.db.read(systems.report, system=caller.system, task_id=task_id)
    system = views.system_of(report, own=caller.id, token=caller.token)
    return json_response(views.answer(report, system=system))


async def cancel(request: Request) -> Response:
    """Cancel a task that waits; one that a bot has taken goes on, and the answer says so."""
    caller, task_id = caller_of(request), await sent.task_id(request, "id")
    report = await request.change(
        systems.cancel,
        audit_target=f"task:{task_id}",
        system=caller.system,
        task_id=task_id,
        now=request.now,
    )
    return json_response(views.answer(report, system=caller.token, status=409 if report.conflict else 200))
