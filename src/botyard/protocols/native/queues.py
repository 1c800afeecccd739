"""Queues: made, described, changed, switched on and off, and their items as a table."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from functools import partial
from typing import Any

import msgspec

from botyard.base.exceptions import Invalid
from botyard.core import queues
from botyard.core.queues import Queue, Summary
from botyard.protocols.native import item_views as views
from botyard.storage import Tx
from botyard.web.etags import tag_of
from botyard.web.request import Request
from botyard.web.response import Response, StreamResponse, disposition, json_response, no_content
from botyard.wire import native as wire


async def search(request: Request) -> Response:
    """List queues by label, with their numbers."""
    limit = request.query_int("limit", default=50, low=1, high=500)
    found = await request.db.read(
        _search,
        workspace_id=request.caller.workspace_id,
        text=request.query.get("text") or None,
        after=request.query.get("after") or None,
        limit=limit,
    )
    after = found[-1].queue.label if len(found) == limit else None
    return json_response(wire.QueuePage(queues=[views.queue(one) for one in found], next=after))


def _search(tx: Tx, /, **wanted: Any) -> list[Summary]:
    """Return queues with their numbers."""
    return queues.summaries(tx, queues=queues.search(tx, **wanted))


async def create(request: Request) -> Response:
    """Make a queue."""
    call = await request.json(wire.CreateQueue)
    made = await request.change(
        _then_summary,
        audit_action="queues.create",
        audit_target=call.label,
        operation=queues.create,
        workspace_id=request.caller.workspace_id,
        label=call.label,
        actor=request.caller.actor,
        now=request.now,
        **_fields(call),
    )
    return json_response(views.queue(made), status=201)


async def get(request: Request) -> Response:
    """Describe a queue with its numbers."""
    found = await request.db.read(queues.summary, workspace_id=request.caller.workspace_id, label=request.path["label"])
    return json_response(views.queue(found), headers=tag_of(found.queue))


async def update(request: Request) -> Response:
    """Change the rules of a queue; what is in it follows them at once."""
    return await _change(request, queues.update, "queues.update", **_fields(await request.json(wire.UpdateQueue)))


async def pause(request: Request) -> Response:
    """Stop handing out items; they may still be pushed and reported on."""
    return await _change(request, queues.deactivate, "queues.deactivate")


async def resume(request: Request) -> Response:
    """Hand out items again, and count errors in a row anew."""
    return await _change(request, queues.activate, "queues.activate")


async def delete(request: Request) -> Response:
    """Delete a queue with its items; the label is never used again."""
    label = request.path["label"]
    await request.change(
        queues.delete,
        current=_current(request),
        audit_target=label,
        workspace_id=request.caller.workspace_id,
        label=label,
        actor=request.caller.actor,
        now=request.now,
    )
    return no_content()


async def import_items(request: Request) -> Response:
    """Push one item per row of a CSV file, all or none; the first row names the values."""
    items = await request.change(
        queues.import_text,
        audit_target=lambda made: f"{request.path['label']}: {len(made)} items",
        workspace_id=request.caller.workspace_id,
        label=request.path["label"],
        text=await _text(request),
        keep_existing=request.query.get("keep_existing") == "true",
        actor=request.caller.actor,
        now=request.now,
    )
    ids = [item.id for item in items]
    reply = wire.ImportReply(items=len(ids), first=min(ids, default=None), last=max(ids, default=None))
    return json_response(reply, status=201)


async def _text(request: Request) -> str:
    try:
        return (await request.body()).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("The file is not valid UTF-8.", hint="Save it as CSV in UTF-8.") from None


async def export_items(request: Request) -> Response:
    """Send the items of a queue as CSV, oldest first."""
    return StreamResponse(
        _rows(request),
        media_type=b"text/csv; charset=utf-8",
        headers=((b"content-disposition", disposition(f"{request.path['label']}.csv")),),
    )


async def _rows(request: Request) -> AsyncGenerator[bytes]:
    # One batch in memory at a time, however many items there are.
    after: int | None = 0
    while after is not None:
        text, after = await request.db.read(
            queues.export_rows, workspace_id=request.caller.workspace_id, label=request.path["label"], after_id=after
        )
        yield text.encode()


async def _change(request: Request, operation: Callable[..., Queue], action: str, **fields: Any) -> Response:
    label = request.path["label"]
    changed = await request.change(
        _then_summary,
        current=_current(request),
        audit_action=action,
        audit_target=label,
        operation=operation,
        workspace_id=request.caller.workspace_id,
        label=label,
        actor=request.caller.actor,
        now=request.now,
        **fields,
    )
    return json_response(views.queue(changed), headers=tag_of(changed.queue))


def _current(request: Request) -> Callable[[Tx], Queue]:
    """Return what finds the queue of the path."""
    return partial(queues.get, workspace_id=request.caller.workspace_id, label=request.path["label"])


def _then_summary(tx: Tx, /, *, operation: Callable[..., Queue], **parameters: Any) -> Summary:
    """Make or change a queue and return it with its numbers."""
    return queues.summaries(tx, queues=[operation(tx, **parameters)])[0]


def _fields(call: wire.UpdateQueue) -> dict[str, Any]:
    fields = msgspec.structs.asdict(call)
    fields.pop("label", None)
    if call.schema is not msgspec.UNSET:
        fields["schema"] = [msgspec.structs.asdict(one) for one in call.schema]
    return {name: value for name, value in fields.items() if value is not msgspec.UNSET}
