"""Messages: mail to addresses, users and groups."""

from __future__ import annotations

from botyard.core import messages
from botyard.protocols.botcity import enums, wire_records
from botyard.protocols.botcity.auth import attempt_of
from botyard.web.request import Request
from botyard.web.response import Response, text_response
from botyard.web.secrets import hidden


async def create(request: Request) -> Response:
    """Put a mail into the outbox."""
    call = await hidden(request, await request.json(wire_records.SendMessage), "subject", "body")
    caller = request.caller
    await request.db.write(
        messages.create,
        workspace_id=caller.workspace_id,
        subject=call.subject or "",
        body=call.body or "",
        format=enums.FORMATS[enums.read(enums.MessageType, wire_records.message_type(call.type), field="type")],
        recipients=call.recipients,
        actor=caller.actor,
        now=request.now,
        attempt=attempt_of(caller),
    )
    return text_response("The message is in the outbox.")
