"""Running a plugin for a program that has no modules of plugins (contract b.17)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from botyard.base.exceptions import Busy, Invalid
from botyard.core import actions, logs, plugins, tasks
from botyard.core.actions import Run
from botyard.core.plugins import Invocation
from botyard.core.tasks import State, Task
from botyard.protocols.automio import wire_plugins as wire
from botyard.protocols.automio.auth import app_of
from botyard.storage import Tx
from botyard.web.longpoll import hold
from botyard.web.request import Request
from botyard.web.response import Response, json_response

#: How much of the end of a log is looked through for the reason of a failure.
_LAST_LINES = 20
_MAX_REASON = 500


async def invoke(request: Request) -> Response:
    """Run a capability by a runner, as a task of the app, and answer with what it returned."""
    sent, caller = await request.json(wire.InvokeSent), request.caller
    seconds = sent.timeout()
    wanted = Invocation(
        workspace_id=caller.workspace_id,
        app_id=app_of(caller),
        plugin_id=request.path_id("plugin"),
        capability=sent.capability,
        connection_ids=sent.connection_ids,
        payload=sent.payload,
        actor=caller.actor,
        user_id=caller.user_id,
        now=request.now,
    )
    return json_response({"result": await _result(request, wanted, seconds)})


async def _result(request: Request, wanted: Invocation, seconds: float) -> object:
    """Return what a capability returns. Its task is cancelled when nobody waits for it any longer."""
    await request.blobs.put(_archive(), limit=request.tools.settings.max_package_bytes)
    run = await request.db.write(plugins.invoke, call=wanted)
    settled = False
    try:
        task = await _ended(request, run, seconds)
        settled = True
    finally:
        if not settled:
            # Also when the caller left: its request is cancelled, and this has to be done nevertheless.
            await asyncio.shield(
                request.db.write(
                    actions.stop,
                    workspace_id=wanted.workspace_id,
                    app_id=wanted.app_id,
                    named=str(run.task_id),
                    actor=wanted.actor,
                    now=request.now,
                )
            )
    if task.state is not State.SUCCEEDED or not isinstance(task.output, dict):
        raise await _failed(request, task)
    return task.output.get("result")


async def _archive() -> AsyncIterator[bytes]:
    yield plugins.invoker().content


async def _ended(request: Request, run: Run, seconds: float) -> Task:
    """Return the task once nothing can follow. Raises Busy (code "plugin_timeout") after so many seconds."""
    end = asyncio.get_running_loop().time() + seconds
    async with request.db.wakeups.subscribe(f"task:{run.task_id}") as changes:
        while True:
            task, settled = await request.db.read(_state, workspace_id=request.caller.workspace_id, task_id=run.task_id)
            if settled:
                return task
            left = end - asyncio.get_running_loop().time()
            if left <= 0:
                raise Busy(
                    f"The plugin did not answer within {seconds:g} seconds; its task {run.task_id} was cancelled.",
                    hint="Look whether a runner is free, or allow more time.",
                    code="plugin_timeout",
                )
            if not await hold(request, changes.wait(left)) and request.tools.drain.started:
                raise Busy("The server is stopping.", hint="Call the plugin again in a moment.")


def _state(tx: Tx, *, workspace_id: int, task_id: int) -> tuple[Task, bool]:
    task = tasks.get(tx, workspace_id=workspace_id, task_id=task_id)
    attempts = tasks.attempts_of(tx, workspace_id=workspace_id, task_id=task_id, limit=1)
    # Only a failure needs the log, which arrives a moment later.
    return task, task.state is State.SUCCEEDED or tasks.is_settled(task, attempts)


async def _failed(request: Request, task: Task) -> Invalid:
    lines = await request.db.read(
        logs.tail, workspace_id=request.caller.workspace_id, task_id=task.id, limit=_LAST_LINES
    )
    said = [line.text.strip() for line in lines if line.stream == "stderr" and line.text.strip()]
    # The runner quotes the exception after a colon.
    cause = (task.message or "").partition(": ")[2]
    reason = cause or (said[-1] if said else task.message or "its task gave no result")
    return Invalid(
        f"The plugin failed: {reason[:_MAX_REASON]}", hint=f"Task {task.id} has its log.", code="plugin_failed"
    )
