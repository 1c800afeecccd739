"""Messages: what was mailed and what became of it; send one, and try what failed again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botyard.base.clock import iso
from botyard.core import messages
from botyard.core.messages import Delivery, Format, Message, Recipients, State
from botyard.protocols.native import asking, views
from botyard.protocols.native.auth import attempt_of
from botyard.web.request import Request
from botyard.web.response import Response, json_response
from botyard.web.secrets import hidden
from botyard.wire import native as wire

STATES = tuple(state.value for state in State)


async def search(request: Request) -> Response:
    """List messages newest first: of a task, with a delivery in a state, or all."""
    limit = asking.limit_of(request)
    state = asking.one_of(request, "state", STATES)
    found = await request.db.read(
        messages.search,
        workspace_id=request.caller.workspace_id,
        state=None if state is None else State(state),
        task_id=asking.own_task(request, asking.id_of(request, "task")),
        before_id=asking.id_of(request, "before"),
        limit=limit,
    )
    last = views.next_of(found, limit)
    return json_response(wire.MessagePage(messages=[_view(message) for message in found], next=last and last.id))


async def get(request: Request) -> Response:
    """Read one message with what became of it, recipient by recipient."""
    message = await _found(request)
    deliveries = await request.db.read(messages.deliveries_of, **_named(request))
    return json_response(_view(message, deliveries))


async def create(request: Request) -> Response:
    """Put a mail into the outbox, to be sent soon."""
    call = await hidden(request, await request.json(wire.SendMessage), "subject", "body")
    made = await asking.noted(
        request,
        messages.create,
        workspace_id=request.caller.workspace_id,
        subject=call.subject,
        body=call.body,
        format=Format(call.format),
        recipients=Recipients(addresses=tuple(call.addresses), users=tuple(call.users), groups=tuple(call.groups)),
        attempt=attempt_of(request.caller),
        **asking.by(request),
    )
    return json_response(_view(made), status=201)


async def repeat(request: Request) -> Response:
    """Try the failed deliveries of a message again, at the addresses that members have now."""
    asking.check_not_bot(request)
    changed = await request.change(messages.repeat, **_named(request), **asking.by(request))
    return json_response(_view(changed))


async def _found(request: Request) -> Message:
    message = await request.db.read(messages.get, **_named(request))
    if request.caller.ended:
        request.caller.check_reads(message.task_id or 0)
    return message


def _named(request: Request) -> dict[str, Any]:
    return {"workspace_id": request.caller.workspace_id, "message_id": request.path_id("id")}


def _view(found: Message, deliveries: Sequence[Delivery] = ()) -> wire.MessageView:
    return wire.MessageView(
        id=found.id,
        task=found.task_id,
        alert=found.alert_id,
        subject=found.subject,
        body=found.body,
        format=found.format.value,
        addresses=list(found.recipients.addresses),
        users=list(found.recipients.users),
        groups=list(found.recipients.groups),
        state=found.state.value,
        queued=found.queued,
        sent=found.sent,
        failed=found.failed,
        held=found.held,
        error=found.error,
        created_at=iso(found.created_at),
        created_by=found.created_by,
        deliveries=[_delivery(delivery) for delivery in deliveries],
    )


def _delivery(found: Delivery) -> wire.DeliveryView:
    return wire.DeliveryView(
        login=found.login,
        address=found.address,
        state=found.state.value,
        attempts=found.attempts,
        due_at=iso(found.due_at),
        updated_at=iso(found.updated_at),
        error=found.error,
    )
