"""Datapools: queues as this dialect's clients make, change, switch and look at them."""

from __future__ import annotations

from botyard.base.exceptions import Invalid
from botyard.core import queues
from botyard.core.queues import Queue, Summary
from botyard.protocols.botcity import wire_datapools as wire
from botyard.protocols.botcity.paging import Page, Paging
from botyard.storage import Tx
from botyard.web.request import Request
from botyard.web.response import Response, json_response, no_content


async def create(request: Request) -> Response:
    """Make a datapool."""
    call = await request.json(wire.DatapoolSent)
    if not call.label:
        raise Invalid('"label" is missing.', hint="Give the datapool a label.", field="label")
    caller = request.caller
    made = await request.change(
        queues.create,
        workspace_id=caller.workspace_id,
        label=call.label,
        actor=caller.actor,
        now=request.now,
        **call.fields(),
    )
    return json_response(wire.DatapoolView.of(made, caller.workspace_label, 0))


async def page(request: Request) -> Response:
    """List datapools by label."""
    paging, caller = Paging.asked(request), request.caller
    found, total = await request.db.read(
        _page, workspace_id=caller.workspace_id, offset=paging.offset, limit=paging.size
    )
    rows = [wire.DatapoolView.of(one.queue, caller.workspace_label, one.total) for one in found]
    return json_response(Page.of(rows, total, paging))


def _page(tx: Tx, *, workspace_id: int, offset: int, limit: int) -> tuple[list[Summary], int]:
    """Return a page of queues with their numbers, and how many queues there are."""
    found, total = queues.page(tx, workspace_id=workspace_id, offset=offset, limit=limit)
    return queues.summaries(tx, queues=found), total


async def get(request: Request) -> Response:
    """Describe one datapool."""
    found = await _read(request)
    return json_response(wire.DatapoolView.of(found.queue, request.caller.workspace_label, found.total))


async def update(request: Request) -> Response:
    """Change a datapool; clients send the whole of it, with `active` turned to switch it on or off."""
    call = await request.json(wire.DatapoolSent)
    caller = request.caller
    changed: Queue = await request.change(
        queues.update,
        workspace_id=caller.workspace_id,
        label=request.path["label"],
        actor=caller.actor,
        now=request.now,
        **call.fields(),
    )
    return json_response(wire.DatapoolView.of(changed, caller.workspace_label))


async def delete(request: Request) -> Response:
    """Delete a datapool; its label is never used again."""
    caller, label = request.caller, request.path["label"]
    await request.change(
        queues.delete,
        audit_target=label,
        workspace_id=caller.workspace_id,
        label=label,
        actor=caller.actor,
        now=request.now,
    )
    return no_content()


async def summary(request: Request) -> Response:
    """Tell how many entries are in which state."""
    return json_response(wire.SummaryView.of(await _read(request)))


async def _read(request: Request) -> Summary:
    return await request.db.read(queues.summary, workspace_id=request.caller.workspace_id, label=request.path["label"])
