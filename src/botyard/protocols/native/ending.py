"""What ends: tasks that are finished or deleted, and runners that are gone."""

from __future__ import annotations

from botyard.core import access, runners, tasks
from botyard.core.runners import Runner
from botyard.core.tasks import Finish
from botyard.protocols.native import asking, views
from botyard.protocols.native.auth import attempt_of
from botyard.storage import Tx
from botyard.web.request import Request
from botyard.web.response import Response, json_response, no_content
from botyard.web.secrets import hidden
from botyard.wire import native as wire


async def finish_task(request: Request) -> Response:
    """Say how a task ended; said again, it replaces what was said before."""
    call = await hidden(request, await request.json(wire.FinishTask), "message")
    done = await asking.noted(
        request,
        tasks.finish,
        workspace_id=request.caller.workspace_id,
        task_id=asking.writable_task(request),
        report=_report(call),
        attempt=attempt_of(request.caller),
        **asking.by(request),
    )
    return json_response(views.task(done))


def _report(call: wire.FinishTask) -> Finish:
    return Finish(
        outcome=call.outcome,
        message=call.message,
        total=call.total_items,
        processed=call.processed_items,
        failed=call.failed_items,
        output=call.output,
    )


async def delete_task(request: Request) -> Response:
    """Delete a test task with all that belongs to it; other tasks stay in the history."""
    task_id = asking.writable_task(request)
    await request.change(
        tasks.delete,
        audit_target=str(task_id),
        workspace_id=request.caller.workspace_id,
        task_id=task_id,
        **asking.by(request),
    )
    return no_content()


async def get_runner(request: Request) -> Response:
    """Read one runner."""
    found = await request.db.read(
        runners.get, workspace_id=request.caller.workspace_id, runner_id=request.path["runner"].replace("\0", "")
    )
    return json_response(views.runner(found, now=request.now))


async def delete_runner(request: Request) -> Response:
    """Remove a runner that holds no task; its token is worth nothing from now on."""
    await request.change(
        _forget,
        audit_action="runners.forget",
        audit_target=lambda runner: runner.id,
        workspace_id=request.caller.workspace_id,
        runner_id=request.path["runner"].replace("\0", ""),
        **asking.by(request),
    )
    return no_content()


def _forget(tx: Tx, *, workspace_id: int, runner_id: str, actor: str, now: int) -> Runner:
    """Remove a runner with its token, and return what it was. Raises what `runners.forget` raises."""
    runner = runners.get(tx, workspace_id=workspace_id, runner_id=runner_id)
    runners.forget(tx, workspace_id=workspace_id, runner_id=runner_id, actor=actor, now=now)
    access.revoke_owned(tx, workspace_id=workspace_id, owner=f"runner:{runner_id}", now=now)
    return runner
