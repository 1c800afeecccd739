"""What a bot sends of itself while it works: messages for its log, and how far it is."""

from __future__ import annotations

from typing import Any

from botyard.base.clock import iso
from botyard.core import logs, progress
from botyard.core.logs import MessageBatch
from botyard.protocols.native.traces import attempt_meant
from botyard.web.request import Request
from botyard.web.response import Response, json_response
from botyard.web.secrets import hidden, mask_of
from botyard.wire import native as wire


async def send_messages(request: Request) -> Response:
    """Add messages to the log of a task, each once although it is sent again."""
    call = await request.json(wire.SendMessages)
    attempt = await attempt_meant(request, call.epoch)
    batch = MessageBatch(
        attempt_id=attempt.id,
        writer=call.writer,
        messages=[(each.seq, each.at, each.level, each.text) for each in call.messages],
        mask=await mask_of(request, attempt.id),
        **_limits(request),
    )
    taken = await request.db.write_set(logs.send_many, batch)
    reply = wire.MessagesTaken(accepted=taken.accepted, dropped=taken.dropped, limit_reached=taken.limit_reached)
    return json_response(reply)


def _limits(request: Request) -> dict[str, Any]:
    settings = request.tools.settings
    return {"max_lines": settings.log_lines_per_attempt, "max_bytes": settings.log_bytes_per_attempt}


async def tell_progress(request: Request) -> Response:
    """Say how far a task is; what an earlier attempt says late counts no more."""
    call = await hidden(request, await request.json(wire.TellProgress), "info")
    attempt = await attempt_meant(request, call.epoch)
    told = await request.db.write(
        progress.tell,
        workspace_id=request.caller.workspace_id,
        task_id=attempt.task_id,
        epoch=attempt.epoch,
        percent=call.percent,
        info=call.info,
        status=call.status,
        now=request.now,
    )
    view = wire.ProgressView(percent=told.percent, info=told.info, status=told.status, updated_at=iso(told.updated_at))
    return json_response(view)
