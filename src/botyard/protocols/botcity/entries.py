"""Entries of a datapool: pushed, pulled, saved with what became of them, cancelled and deleted."""

from __future__ import annotations

from botyard.base.exceptions import Denied
from botyard.core import queues
from botyard.core.access import Caller
from botyard.core.queues import Holder, Item, NewItem, Pull, Push, Report, Reports, State
from botyard.protocols.botcity import enums
from botyard.protocols.botcity import wire_datapools as wire
from botyard.protocols.botcity.enums import EntryState
from botyard.protocols.botcity.paging import Page, Paging
from botyard.protocols.botcity.wire import entry_id_of
from botyard.web.request import Request
from botyard.web.response import Response, json_response, no_content
from botyard.web.secrets import hidden
from botyard.web.takings import take


async def push(request: Request) -> Response:
    """Add an entry."""
    call = await request.json(wire.EntrySent)
    caller = request.caller
    new = NewItem(values={} if call.values is None else call.values, priority=call.priority or 0)
    (item,) = await request.db.write_set(
        queues.push_many,
        Push(
            workspace_id=caller.workspace_id,
            queue=request.path["label"],
            items=[new],
            actor=caller.actor,
            now=request.now,
            attempt_id=caller.attempt_id,
        ),
    )
    return json_response(wire.EntryView.of(item))


async def pull(request: Request) -> Response:
    """Take the entry that is first in line; 204 when there is none."""
    caller = request.caller
    pull = Pull(
        workspace_id=caller.workspace_id, queue=request.path["label"], holder=Holder.of(caller), now=request.now
    )
    items = await take(request, pull)
    return json_response(wire.EntryView.of(items[0])) if items else no_content()


async def view(request: Request) -> Response:
    """List entries, newest first."""
    paging = Paging.asked(request)
    found, total = await request.db.read(
        queues.view,
        workspace_id=request.caller.workspace_id,
        label=request.path["label"],
        offset=paging.offset,
        limit=paging.size,
        newest_first=True,
    )
    return json_response(Page.of([wire.EntryView.of(item) for item in found], total, paging))


async def get(request: Request) -> Response:
    """Describe one entry."""
    item = await request.db.read(
        queues.get_item,
        workspace_id=request.caller.workspace_id,
        item_id=entry_id_of(request.path["id"]),
        queue=request.path["label"],
    )
    return json_response(wire.EntryView.of(item))


async def save(request: Request) -> Response:
    """Take over an entry as its client has it: the state that was sent says whether it is a report or an edit."""
    call = await hidden(request, await request.json(wire.EntrySent), "message")
    wanted, item_id = call.wanted, entry_id_of(request.path["id"])
    if wanted in (EntryState.DONE, EntryState.ERROR):
        item = await _report(request, item_id, call, wanted)
    elif wanted is EntryState.CANCELED:
        item = await _cancel(request, item_id, call.message)
    else:
        item = await _edit(request, item_id, call, wanted)
    return json_response(wire.EntryView.of(item))


async def cancel(request: Request) -> Response:
    """Cancel an entry that nobody has taken yet."""
    sent = await request.json(wire.EntrySent) if await request.body() else wire.EntrySent()
    call = await hidden(request, sent, "message")
    return json_response(wire.EntryView.of(await _cancel(request, entry_id_of(request.path["id"]), call.message)))


async def delete(request: Request) -> Response:
    """Delete an entry that nobody works on."""
    caller, item_id = request.caller, entry_id_of(request.path["id"])
    await request.change(
        queues.delete_item,
        audit_target=f"item:{item_id}",
        workspace_id=caller.workspace_id,
        item_id=item_id,
        queue=request.path["label"],
        actor=caller.actor,
        now=request.now,
    )
    return no_content()


async def _report(request: Request, item_id: int, call: wire.EntrySent, wanted: EntryState) -> Item:
    caller = request.caller
    report = Report(
        item_id=item_id,
        outcome="done" if wanted is EntryState.DONE else "error",
        error_kind=call.error_kind if wanted is EntryState.ERROR else None,
        message=call.message,
        queue=request.path["label"],
        values=call.values,
        priority=call.priority,
        task_id=call.task,
        any_task=True,
    )
    reports = Reports(
        workspace_id=caller.workspace_id,
        holder=Holder.of(caller),
        reports=[report],
        actor=caller.actor,
        now=request.now,
    )
    (verdict,) = await request.db.write_set(queues.report_many, reports)
    if isinstance(verdict, Exception):
        raise verdict
    return verdict


async def _edit(request: Request, item_id: int, call: wire.EntrySent, wanted: EntryState | None) -> Item:
    caller = request.caller
    return await request.db.write(
        queues.save,
        workspace_id=caller.workspace_id,
        item_id=item_id,
        holder=Holder.of(caller),
        queue=request.path["label"],
        values=call.values,
        priority=call.priority,
        message=call.message,
        task_id=call.task,
        any_task=True,
        expected=_editable(caller, wanted),
        actor=caller.actor,
        now=request.now,
    )


def _editable(caller: Caller, wanted: EntryState | None) -> frozenset[State]:
    """Return the states in which an entry is changed; what waits is no more for an attempt that has ended."""
    states = frozenset(State) if wanted is None else enums.EDITABLE[wanted]
    return states - {State.PENDING} if caller.ended else states


async def _cancel(request: Request, item_id: int, message: str | None) -> Item:
    caller = request.caller
    if caller.ended:
        raise Denied("This attempt has ended and cancels nothing any more.", hint="Cancel before the task ends.")
    item: Item = await request.change(
        queues.cancel,
        workspace_id=caller.workspace_id,
        item_id=item_id,
        queue=request.path["label"],
        message=message or None,
        actor=caller.actor,
        now=request.now,
    )
    return item
