"""Rows of app tables: found, added, changed, deleted, and what was done to them undone."""

from __future__ import annotations

from typing import Any

from botyard.base.clock import iso
from botyard.base.exceptions import Invalid
from botyard.core import rows
from botyard.core.rows import Change, Condition, Sort
from botyard.web.request import Request
from botyard.web.response import Response, json_response, no_content
from botyard.web.tables import in_app
from botyard.wire import tables as wire


async def search(request: Request) -> Response:
    """List rows for which every `filter` (`column:operator:value`) holds, by `sort` (`column`, or `-column`)."""
    found = await request.db.read(
        in_app,
        operation=rows.search,
        conditions=[_condition(text) for text in request.query_all("filter")],
        sort=_sort(request.query.get("sort", "")),
        after=request.query.get("after") or None,
        limit=request.query_int("limit", default=50, low=1, high=rows.MAX_PAGE),
        **_table(request),
    )
    return json_response(wire.RowPage(rows=found.rows, next=found.after))


async def insert(request: Request) -> Response:
    """Add a row."""
    call = await request.json(wire.RowSent)
    made = await request.change(
        in_app,
        audit_action="rows.insert",
        audit_target=lambda row: _target(request, row["id"]),
        operation=rows.insert,
        values=call.values,
        **_table(request),
        **_who(request),
    )
    return json_response(wire.RowView(row=made), status=201)


async def get(request: Request) -> Response:
    """Return a row."""
    return json_response(wire.RowView(row=await request.db.read(in_app, operation=rows.get, **_row(request))))


async def update(request: Request) -> Response:
    """Change the fields of a row that were sent."""
    call = await request.json(wire.RowSent)
    changed = await request.change(
        in_app,
        audit_action="rows.update",
        audit_target=_target(request, request.path["row"]),
        operation=rows.update,
        values=call.values,
        seen=call.seen,
        **_row(request),
        **_who(request),
    )
    return json_response(wire.RowView(row=changed))


async def delete(request: Request) -> Response:
    """Delete a row."""
    await request.change(
        in_app,
        audit_action="rows.delete",
        audit_target=_target(request, request.path["row"]),
        operation=rows.delete,
        **_row(request),
        **_who(request),
    )
    return no_content()


async def relate(request: Request) -> Response:
    """Link a row with others by a relationship of many to many, or take links away."""
    call = await request.json(wire.LinksSent)
    change = await request.change(
        in_app,
        audit_action="rows.links",
        audit_target=_target(request, request.path["row"]),
        operation=rows.relate,
        relationship=request.path["relationship"],
        add=call.add,
        remove=call.remove,
        **_row(request),
        **_who(request),
    )
    return json_response(wire.LinksChanged(change=change))


async def list_changes(request: Request) -> Response:
    """List what was changed by hand, in the table or in the row `row`, the newest first."""
    limit = request.query_int("limit", default=50, low=1, high=500)
    found = await request.db.read(
        in_app,
        operation=rows.history,
        row_id=request.query.get("row") or None,
        before=request.query_int("before", default=2**62, low=1, high=2**62),
        limit=limit,
        **_table(request),
    )
    last = found[-1].id if len(found) == limit else None
    return json_response(wire.RowHistory(changes=[_change(one) for one in found], next=last))


async def undo(request: Request) -> Response:
    """Take a change back, if the row is still as that change left it."""
    row = await request.change(
        in_app,
        audit_action="rows.undo",
        audit_target=_target(request, request.path["id"]),
        operation=rows.undo,
        change_id=request.path_id("id"),
        **_table(request),
        **_who(request),
    )
    return json_response(wire.RowView(row=row))


def _condition(text: str) -> Condition:
    column, _, rest = text.partition(":")
    operator, _, value = rest.partition(":")
    if not operator:
        raise Invalid(
            f'The filter "{text[:80]}" cannot be read.', hint="Write it as column:operator:value.", field="filter"
        )
    return Condition(column=column, operator=operator, value=value)


def _sort(text: str) -> Sort | None:
    return Sort(column=text.removeprefix("-"), descending=text.startswith("-")) if text else None


def _change(found: Change) -> wire.RowChangeView:
    return wire.RowChangeView(
        id=found.id,
        row_id=found.row_id,
        kind=found.kind,
        before=found.before,
        after=found.after,
        at=iso(found.at),
        actor=found.actor,
        undoes=found.undoes,
        undone_by=found.undone_by,
    )


def _target(request: Request, what: str) -> str:
    return f"{request.path['table'][:100]}/{what[:40]}"


def _table(request: Request) -> dict[str, Any]:
    path = request.path
    return {"workspace_id": request.caller.workspace_id, "app": path["app"], "table": path["table"]}


def _row(request: Request) -> dict[str, Any]:
    return {**_table(request), "row_id": request.path["row"]}


def _who(request: Request) -> dict[str, Any]:
    return {"actor": request.caller.actor, "now": request.now}
