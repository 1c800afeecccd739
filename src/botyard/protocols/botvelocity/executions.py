"""What an execution sends of itself: messages for its log, and spans."""

from __future__ import annotations

from botyard.core import logs, traces
from botyard.core.logs import LogEntry
from botyard.core.traces import SpanBatch
from botyard.protocols.botvelocity import wire
from botyard.protocols.botvelocity.auth import DIALECT, execution_of
from botyard.web.request import Request
from botyard.web.response import Response, json_response
from botyard.web.secrets import mask_of


async def log(request: Request) -> Response:
    """Write a message into the log of the execution's task."""
    call, attempt = await request.json(wire.MessageSent), execution_of(request)
    entry = LogEntry(
        attempt_id=attempt.id,
        at=wire.moment(call.timestamp) or request.now,
        level=call.level,
        text=call.message,
        max_lines=request.tools.settings.log_lines_per_attempt,
        max_bytes=request.tools.settings.log_bytes_per_attempt,
        mask=await mask_of(request, attempt.id),
    )
    written = await request.db.write_set(logs.write_many, entry)
    return json_response({"accepted": written.accepted, "dropped": written.dropped}, status=201)


async def spans(request: Request) -> Response:
    """Store spans of the execution, those sent before anew."""
    call, attempt = await request.json(wire.SpansSent), execution_of(request)
    batch = SpanBatch(
        workspace_id=request.caller.workspace_id,
        task_id=attempt.task_id,
        epoch=attempt.epoch,
        spans=[span.span() for span in call.spans],
        source=DIALECT,
        now=request.now,
        mask=await mask_of(request, attempt.id),
    )
    received = await request.db.write_set(traces.append_many, batch)
    return json_response({"accepted": received.accepted, "dropped": received.dropped}, status=201)
