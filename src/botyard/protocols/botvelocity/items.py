"""Queues and their items: added, taken one at a time, reported on, listed."""

from __future__ import annotations

from botyard.base.exceptions import Invalid
from botyard.core import folders, queues
from botyard.core.queues import Holder, Item, NewItem, Pull, Push, Reports, State
from botyard.protocols.botvelocity import wire
from botyard.protocols.botvelocity.auth import folder_of
from botyard.web.request import Request
from botyard.web.response import Response, json_response, no_content
from botyard.web.secrets import hidden
from botyard.web.takings import take

_MOST = 1000


async def add(request: Request) -> Response:
    """Add an item; only its id is told."""
    return json_response({"id": queues.uuid_of((await _push(request)).id)}, status=201)


async def put(request: Request) -> Response:
    """Add an item; all of it is told."""
    return json_response(wire.ItemView.of(await _push(request)), status=201)


async def take_next(request: Request) -> Response:
    """Take the item that is first in line; 204 when there is none."""
    await _check_folder(request)
    caller = request.caller
    pull = Pull(workspace_id=caller.workspace_id, queue=_queue_name(request), holder=Holder.of(caller), now=request.now)
    items = await take(request, pull)
    return json_response(wire.ItemView.of(items[0])) if items else no_content()


async def set_status(request: Request) -> Response:
    """Report what became of an item."""
    call = await hidden(request, await request.json(wire.StatusSent), "error_message")
    caller = request.caller
    reports = Reports(
        workspace_id=caller.workspace_id,
        holder=Holder.of(caller),
        reports=[call.report(queues.id_of(request.path["id"]))],
        actor=caller.actor,
        now=request.now,
    )
    (verdict,) = await request.db.write_set(queues.report_many, reports)
    if isinstance(verdict, Exception):
        raise verdict
    return json_response(wire.ItemView.of(verdict))


async def waiting(request: Request) -> Response:
    """List items that wait in a queue, newest first, and take none."""
    await _check_folder(request)
    found = await request.db.read(
        queues.search_items,
        workspace_id=request.caller.workspace_id,
        label=_queue_name(request),
        states=[State.PENDING],
        limit=request.query_int("limit", default=50, low=1, high=_MOST),
    )
    return json_response([wire.ItemView.of(item) for item in found])


async def list_queues(request: Request) -> Response:
    """List the queues by name."""
    await _check_folder(request)
    found = await request.db.read(queues.search, workspace_id=request.caller.workspace_id, limit=_MOST)
    return json_response([{"name": queue.label, "folder": queue.folder, "active": queue.active} for queue in found])


async def _push(request: Request) -> Item:
    call = await request.json(wire.ItemSent)
    await _check_folder(request)
    caller = request.caller
    priority = wire.NORMAL if call.priority is None else call.priority
    push = Push(
        workspace_id=caller.workspace_id,
        queue=call.queue_name,
        items=[NewItem(values=call.payload, priority=priority, reference=call.reference)],
        actor=caller.actor,
        now=request.now,
        attempt_id=caller.attempt_id,
    )
    (item,) = await request.db.write_set(queues.push_many, push)
    return item


async def _check_folder(request: Request) -> None:
    """Raise NotFound for a folder that does not exist; a queue is found from every folder of its workspace."""
    folder = folder_of(request)
    if folder is not None:
        await request.db.read(folders.get, workspace_id=request.caller.workspace_id, folder=folder)


def _queue_name(request: Request) -> str:
    name = request.query.get("queue_name")
    if not name:
        raise Invalid("The query names no queue.", hint="Send ?queue_name=NAME.", field="queue_name")
    return name
