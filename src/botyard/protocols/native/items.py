"""Items of queues: pushed, pulled and reported on in sets, listed, and acted on in bulk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from botyard.base.exceptions import Invalid
from botyard.core import queues
from botyard.core.queues import Holder, Item, Pull, Push, Release, ReportAndPull, Verdict
from botyard.protocols.native import item_views as views
from botyard.protocols.native.runners import MAX_WAIT
from botyard.web.request import Request
from botyard.web.response import Response, json_response, no_content
from botyard.web.secrets import hidden, hidden_each
from botyard.web.takings import deliver, take
from botyard.wire import native as wire

_MAX_ID = 2**63 - 1
_BATCH = 500
_MAX_CLAIM = 100
_ACTIONS: dict[str, Callable[..., list[Verdict]]] = {"cancel": queues.cancel_many, "retry": queues.retry_many}
#: What an action on a filter without states is about.
_STATES = {"cancel": ["pending"], "retry": ["error", "abandoned", "timeout"]}


async def push(request: Request) -> Response:
    """Push items, all or none."""
    call, caller = await request.json(wire.PushCall), request.caller
    items = await request.db.write_set(
        queues.push_many,
        Push(
            workspace_id=caller.workspace_id,
            queue=request.path["label"],
            items=[views.new_item(one) for one in call.items],
            keep_existing=call.keep_existing,
            actor=caller.actor,
            now=request.now,
            attempt_id=caller.attempt_id,
        ),
    )
    pushed = [wire.PushedItem(id=item.id, state=item.state.value, unique_key=item.unique_key) for item in items]
    return json_response(wire.PushReply(items=pushed), status=201)


async def pull(request: Request) -> Response:
    """Take the items that are first in line; with `wait`, as soon as there are any."""
    call = await request.json(wire.PullCall)
    if not 0 <= call.wait <= MAX_WAIT:
        raise Invalid(f'"wait" must be from 0 to {MAX_WAIT:g} seconds.', hint="Ask again after that.", field="wait")
    items = await take(request, _pull(request, call.count, call.claim), wait=call.wait)
    return json_response(wire.PullReply(items=[views.item(item) for item in items]))


async def report(request: Request) -> Response:
    """Say what became of items; each gets its own verdict."""
    call = await request.json(wire.ReportCall)
    sent = await hidden_each(request, call.reports, "message")
    told = views.reports(sent, request.caller, queue=request.path["label"], now=request.now)
    answers = await request.db.write_set(queues.report_many, told)
    return json_response(wire.ReportReply(verdicts=_verdicts(call.reports, answers)))


async def report_and_pull(request: Request) -> Response:
    """Say what became of items and take the next ones, in one transaction."""
    call = await request.json(wire.ReportAndPullCall)
    sent = await hidden_each(request, call.reports, "message")
    told = views.reports(sent, request.caller, queue=request.path["label"], now=request.now)
    both = ReportAndPull(reports=told, pull=_pull(request, call.count, call.claim))
    answers, items = await request.db.write_set(queues.report_and_pull, both)
    if isinstance(items, Exception):
        raise items
    items = await deliver(request, items, both.pull.holder)
    reply = wire.ReportAndPullReply(
        verdicts=_verdicts(call.reports, answers), items=[views.item(item) for item in items]
    )
    return json_response(reply)


async def release(request: Request) -> Response:
    """Put items that the caller holds back into their place in line."""
    call, caller = await request.json(wire.GiveBackCall), request.caller
    if len(call.items) > views.MAX_ITEMS:
        raise Invalid("There are too many items.", hint=f"Send at most {views.MAX_ITEMS}.", field="items")
    ids = [views.checked_id(item_id) for item_id in call.items]
    asked = Release(workspace_id=caller.workspace_id, holder=Holder.of(caller), item_ids=ids, now=request.now)
    answers = await request.db.write_set(queues.release_many, asked)
    verdicts = [views.verdict(sent, answer) for sent, answer in zip(call.items, answers, strict=True)]
    return json_response(wire.ReportReply(verdicts=verdicts))


async def search(request: Request) -> Response:
    """List items of a queue that match, newest first."""
    limit = request.query_int("limit", default=50, low=1, high=500)
    states = request.query.get("state")
    found = await request.db.read(
        queues.search_items,
        workspace_id=request.caller.workspace_id,
        label=request.path["label"],
        states=_states(states.split(",")) if states else None,
        text=request.query.get("text") or None,
        key=request.query.get("key") or None,
        error_kind=request.query.get("error_kind") or None,
        before_id=request.query_int("before", default=0, low=0, high=_MAX_ID) or None,
        limit=limit,
    )
    after = found[-1].id if len(found) == limit else None
    return json_response(wire.ItemPage(items=[views.item(item) for item in found], next=after))


async def bulk(request: Request) -> Response:
    """Cancel or retry many items."""
    call = await request.json(wire.ItemBulkCall)
    if len(call.ids) > _BATCH:
        raise Invalid(f"{len(call.ids)} ids are too many.", hint=f"Send at most {_BATCH}, or a filter.", field="ids")
    return await _act(request, call.action, [views.checked_id(one) for one in call.ids])


async def bulk_matching(request: Request) -> Response:
    """Cancel or retry the items of a queue that match; with `dry_run` only tell which they would be."""
    call = await request.json(wire.ItemMatchCall)
    ids = await request.db.read(queues.matching, **_wanted(request, call))
    following = ids[-1] if len(ids) == call.limit else None
    if call.dry_run:
        told = wire.ItemBulkReply(matched=len(ids), done=0, refused=[], ids=ids, next=following, dry_run=True)
        return json_response(told)
    return await _act(request, call.action, ids, following)


def _wanted(request: Request, call: wire.ItemMatchCall) -> dict[str, Any]:
    """Return a filter of items. Raises Invalid for more than one call may be for."""
    if not 1 <= call.limit <= queues.MAX_MATCHING:
        most = queues.MAX_MATCHING
        raise Invalid(f'"limit" must be from 1 to {most}.', hint="Go on in another call.", field="limit")
    return {
        "workspace_id": request.caller.workspace_id,
        "label": request.path["label"],
        "states": _STATES[call.action] if call.states is None else _states(call.states),
        "text": call.text or None,
        "key": call.key or None,
        "error_kind": call.error_kind or None,
        "up_to": None if call.before is None else max(1, min(call.before, _MAX_ID)) - 1,
        "limit": call.limit,
    }


async def _act(request: Request, action: str, ids: Sequence[int], following: int | None = None) -> Response:
    done, refused = 0, list[wire.ItemVerdict]()
    for start in range(0, len(ids), _BATCH):
        # One transaction a batch: other writers get their turn in between.
        batch = ids[start : start + _BATCH]
        verdicts = await request.change(
            _ACTIONS[action],
            audit_target=f"{len(batch)} items",
            workspace_id=request.caller.workspace_id,
            item_ids=batch,
            actor=request.caller.actor,
            now=request.now,
        )
        refused += [views.refused(one) for one in verdicts if one.error is not None]
        done += sum(one.error is None for one in verdicts)
    reply = wire.ItemBulkReply(matched=len(ids), done=done, refused=refused, ids=list(ids), next=following)
    return json_response(reply)


async def get(request: Request) -> Response:
    """Describe one item."""
    item = await request.db.read(
        queues.get_item, workspace_id=request.caller.workspace_id, item_id=request.path_id("id")
    )
    return json_response(views.item(item))


async def chain(request: Request) -> Response:
    """List an item with what it retries and what retries it, oldest first."""
    found = await request.db.read(queues.chain, workspace_id=request.caller.workspace_id, item_id=request.path_id("id"))
    return json_response(wire.ItemChain(items=[views.item(item) for item in found]))


async def update(request: Request) -> Response:
    """Change an item without ending it: one that waits, or one that the caller holds."""
    call, caller = await hidden(request, await request.json(wire.UpdateItem), "message"), request.caller
    item = await request.db.write(
        queues.save,
        workspace_id=caller.workspace_id,
        item_id=request.path_id("id"),
        holder=Holder.of(caller),
        values=call.values,
        priority=call.priority,
        message=call.message,
        task_id=call.task,
        actor=caller.actor,
        now=request.now,
    )
    return json_response(views.item(item))


async def cancel(request: Request) -> Response:
    """Cancel an item that nobody has taken."""
    call = await request.json(wire.CancelItem) if await request.body() else wire.CancelItem()
    return await _change(request, queues.cancel, message=call.message)


async def retry(request: Request) -> Response:
    """Try an item that failed again, whatever its queue allows; answers with the new item."""
    return await _change(request, queues.retry)


async def delete(request: Request) -> Response:
    """Delete an item that nobody works on."""
    item_id = request.path_id("id")
    await request.change(
        queues.delete_item,
        audit_target=f"item:{item_id}",
        workspace_id=request.caller.workspace_id,
        item_id=item_id,
        actor=request.caller.actor,
        now=request.now,
    )
    return no_content()


async def _change(request: Request, operation: Callable[..., Item], **fields: Any) -> Response:
    item = await request.change(
        operation,
        workspace_id=request.caller.workspace_id,
        item_id=request.path_id("id"),
        actor=request.caller.actor,
        now=request.now,
        **fields,
    )
    return json_response(views.item(item))


def _pull(request: Request, count: int, claim: str | None) -> Pull:
    if not 1 <= count <= views.MAX_ITEMS:
        raise Invalid(
            f"{count} items cannot be pulled at once.", hint=f"Ask for 1 to {views.MAX_ITEMS}.", field="count"
        )
    if claim is not None and (not claim or len(claim) > _MAX_CLAIM or not claim.isprintable()):
        raise Invalid("The claim is no id.", hint=f"Send up to {_MAX_CLAIM} random letters.", field="claim")
    return Pull(
        workspace_id=request.caller.workspace_id,
        queue=request.path["label"],
        holder=Holder.of(request.caller),
        count=count,
        claim=claim,
        now=request.now,
    )


def _verdicts(sent: Sequence[wire.ItemReport], answers: Sequence[Item | Exception]) -> list[wire.ItemVerdict]:
    return [views.verdict(one.item, answer) for one, answer in zip(sent, answers, strict=True)]


def _states(wanted: Sequence[str]) -> list[str]:
    for state in wanted:
        if state not in set(queues.State):
            names = ", ".join(queues.State)
            raise Invalid(f'"{state[:40]}" is not a state.', hint=f"Use some of {names}.", field="state")
    return list(wanted)
