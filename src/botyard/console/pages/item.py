"""The page of one item: what it holds, who has it, its chain of attempts, its history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botyard.console import queueview
from botyard.console.frame import done, page
from botyard.console.wording import actor, ago, duration, lowered
from botyard.core import events, queues
from botyard.core.queues import Item, State, Verdict
from botyard.storage import Tx
from botyard.web import Request, Response

_EVENTS = 200
RETRYABLE = frozenset({State.ERROR, State.ABANDONED, State.TIMEOUT})


async def show(request: Request) -> Response:
    """Show an item."""
    context = await request.db.read(
        _context, workspace_id=request.caller.workspace_id, item_id=request.path_id("id"), now=request.now
    )
    return page(request, "pages/item.html", section="/queues", **context)


async def retry(request: Request) -> Response:
    """Put a failed item back into its queue, as a new one."""
    item = await _act(request, queues.retry_many)
    return done(f"/items/{item.id}", f"It is tried again as item {item.id}.")


async def cancel(request: Request) -> Response:
    """Cancel a pending item."""
    item = await _act(request, queues.cancel_many)
    return done(f"/items/{item.id}", f"Item {item.id} is cancelled.")


async def _act(request: Request, operation: Callable[..., list[Verdict]]) -> Item:
    item_id = request.path_id("id")
    return await request.change(
        _one,
        audit_action=f"queues.{operation.__name__.removesuffix('_many')}",
        audit_target=str(item_id),
        operation=operation,
        item_id=item_id,
        workspace_id=request.caller.workspace_id,
        actor=request.caller.actor,
        now=request.now,
    )


def _one(tx: Tx, *, operation: Callable[..., list[Verdict]], item_id: int, **scope: Any) -> Item:
    (verdict,) = operation(tx, item_ids=[item_id], **scope)
    if verdict.error is not None:
        raise verdict.error
    return queues.get_item(
        tx, workspace_id=scope["workspace_id"], item_id=(verdict.item and verdict.item.id) or item_id
    )


def _context(tx: Tx, *, workspace_id: int, item_id: int, now: int) -> dict[str, Any]:
    item = queues.get_item(tx, workspace_id=workspace_id, item_id=item_id)
    history = events.list_for(tx, workspace_id=workspace_id, entity="item", entity_id=str(item_id), limit=_EVENTS)
    return {
        "item": item,
        "title": queueview.said_of(item)[:120],
        "queue_href": queueview.page_of(item.queue),
        "chain": queues.chain(tx, workspace_id=workspace_id, item_id=item_id),
        "events": list(reversed(history)),
        "may_retry": item.state in RETRYABLE and item.child_id is None,
        "may_cancel": item.state is State.PENDING,
        "answer": answer(item, now=now),
    }


def answer(item: Item, *, now: int) -> str:
    """Return what has become of an item, in a sentence."""
    holder = f" by task {item.task_id}" if item.task_id else (f" by {actor(item.holder)}" if item.holder else "")
    if item.state is State.PENDING:
        if item.available_at > now:
            return f"Waits; it is handed out {ago(item.available_at, now)} at the earliest."
        return f"Waits since it came {ago(item.created_at, now)}."
    if item.state is State.PROCESSING:
        return f"Taken{holder} {ago(item.started_at, now)}."
    took = duration(item.finished_at - item.started_at) if item.finished_at and item.started_at else None
    after = f" after {took}" if took else ""
    words = {
        State.DONE: "Done",
        State.ERROR: f"Failed with {'an application' if item.error_kind != 'business' else 'a business'} error",
        State.ABANDONED: "Abandoned",
        State.TIMEOUT: "Not finished in time",
        State.CANCELLED: "Cancelled",
    }
    by = f",{holder}" if holder and item.started_at else ""
    end = f"{words[item.state]} {ago(item.finished_at, now)}{after}{by}."
    if item.child_id is not None:
        end += f" It was tried again as item {item.child_id}."
    said = (item.message or "").strip()[:300]
    if not said or item.state is State.CANCELLED:
        return end
    return (
        f"{said}{'' if said[-1] in '.!?' else '.'} {end}" if item.state is not State.DONE else f"{end} {lowered(said)}"
    )
