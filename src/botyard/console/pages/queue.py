"""The page of one queue: how it does, its items, pausing it, getting items in and out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import quote

from botyard.base.exceptions import Invalid
from botyard.console import pushing, queueview
from botyard.console.frame import back, done, is_fragment, page
from botyard.console.wording import count_of
from botyard.core import queues
from botyard.core.queues import Queue
from botyard.storage import Database, Tx
from botyard.web import Form, Request, Response, StreamResponse
from botyard.web.response import disposition

MAX_CSV = 20 * 1024 * 1024


async def show(request: Request) -> Response:
    """Show a queue; a script gets the part that it asks for."""
    part = request.query.get("part", "") if is_fragment(request) else ""
    context = await request.db.read(
        _context,
        workspace_id=request.caller.workspace_id,
        label=request.path["label"],
        query=request.query.get("q", ""),
        before=request.query_int("before", default=0, low=0, high=2**62) or None,
        top=request.query_int("top", default=0, low=0, high=2**62) or None,
        part=part,
        now=request.now,
    )
    return _shown(request, part, context)


def _shown(request: Request, part: str, context: dict[str, Any]) -> Response:
    block = "rows" if part == "items" else "live"
    answer = page(request, "pages/queue.html", section="/queues", block=block, **context)
    if part == "items" and "top" not in request.query:
        # What is typed into the filter becomes the address of the whole page.
        answer.headers = (*answer.headers, (b"hx-replace-url", quote(context["here"], safe="/?&=%+").encode()))
    return answer


async def pause(request: Request) -> Response:
    """Hand out no more items."""
    return await _switch(request, queues.deactivate, "is paused; items may still be pushed.")


async def resume(request: Request) -> Response:
    """Hand out items again."""
    return await _switch(request, queues.activate, "hands out items again.")


async def push_form(request: Request) -> Response:
    """Show the form that pushes one item, and the one that imports many."""
    context = await request.db.read(_push_context, **_place(request))
    return page(request, "pages/push.html", section="/queues", block="main", **context)


async def push(request: Request) -> Response:
    """Push the item that the form describes."""
    form, place = await request.form(), _place(request)
    try:
        item = await request.change(pushing.push, audit_action="queues.push", form=form, **place, **_who(request))
    except Invalid as error:
        context = await request.db.read(_push_context, form=form, error=error, **place)
        return page(request, "pages/push.html", section="/queues", block="main", status=400, **context)
    return done(queueview.page_of(item.queue), f"Item {item.id} is in the queue.")


async def import_csv(request: Request) -> Response:
    """Push one item for each row of a CSV file."""
    form = await request.form()
    items = await request.change(
        queues.import_text,
        audit_target=lambda made: f"{request.path['label'][:100]}: {len(made)} items",
        text=await pushing.table_of(form),
        keep_existing=bool(form.text("keep_existing")),
        **_place(request),
        **_who(request),
    )
    return done(queueview.page_of(request.path["label"]), f"{count_of(len(items), 'item')} came from the file.")


async def export_csv(request: Request) -> Response:
    """Download every item as CSV."""
    place = _place(request)
    queue = await request.db.read(queues.get, **place)
    return StreamResponse(
        _all_rows(request.db, **place),
        media_type=b"text/csv; charset=utf-8",
        headers=[(b"content-disposition", disposition(f"{queue.label}.csv"))],
    )


async def _all_rows(db: Database, *, workspace_id: int, label: str) -> AsyncIterator[bytes]:
    after: int | None = 0
    while after is not None:
        text, after = await db.read(queues.export_rows, workspace_id=workspace_id, label=label, after_id=after)
        yield text.encode("utf-8", "replace")


async def _switch(request: Request, operation: Callable[..., Queue], words: str) -> Response:
    queue = await request.change(operation, **_place(request), **_who(request))
    return done(back(request, queueview.page_of(queue.label)), f"{queue.name} {words}")


def _place(request: Request) -> dict[str, Any]:
    return {"workspace_id": request.caller.workspace_id, "label": request.path["label"]}


def _who(request: Request) -> dict[str, Any]:
    return {"actor": request.caller.actor, "now": request.now}


def _context(
    tx: Tx,
    *,
    workspace_id: int,
    label: str,
    query: str,
    before: int | None,
    top: int | None,
    part: str,
    now: int,
) -> dict[str, Any]:
    place: dict[str, Any] = {"workspace_id": workspace_id, "label": label}
    items = queueview.items_context(tx, query=query, before=before, top=top, **place)
    if part == "items":
        return {**items, "queue": queues.get(tx, **place), "href": queueview.page_of(label)}
    return {**items, **queueview.now_context(tx, now=now, **place)}


def _push_context(
    tx: Tx, *, workspace_id: int, label: str, form: Form | None = None, error: Invalid | None = None
) -> dict[str, Any]:
    queue = queues.get(tx, workspace_id=workspace_id, label=label)
    return {
        "queue": queue,
        "href": queueview.page_of(label),
        "push": pushing.form_of(queue, form, error),
        "answer": "One item by hand, or one for each row of a table. A runner gets them as soon as it asks.",
    }
