"""The rows of a table: filtered, sorted, page by page; and all of them as CSV."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from botyard.base.exceptions import Invalid
from botyard.console import csvfile
from botyard.console.frame import page
from botyard.console.tableview import Asked, asked_of, display, known, labels, links_shown, page_of, shown_columns
from botyard.console.wording import count_of
from botyard.core import actions, rows
from botyard.core.rows import Sort
from botyard.storage import Database, Tx
from botyard.web import Request, Response, StreamResponse
from botyard.web.response import disposition
from botyard.web.tables import in_app

_PAGE = 50


async def show(request: Request) -> Response:
    """Show some rows of a table."""
    asked = asked_of(request.query)
    context = await request.db.read(in_app, operation=_context, asked=asked, **_place(request))
    status = 400 if context["problem"] else 200
    return page(request, "pages/table.html", section="/tables", block="main", status=status, **context)


async def export_csv(request: Request) -> Response:
    """Download the rows that the filter shows as CSV."""
    asked = asked_of(request.query)
    place = _place(request)
    first = await request.db.read(in_app, operation=_some, asked=asked, after=None, **place)
    return StreamResponse(
        _all_rows(request.db, first, asked, place),
        media_type=b"text/csv; charset=utf-8",
        headers=[(b"content-disposition", disposition(f"{first.table.name}.csv"))],
    )


async def _all_rows(db: Database, first: rows.Page, asked: Asked, place: dict[str, Any]) -> AsyncIterator[bytes]:
    columns = [name for name in first.table.columns if name != "organization_id"]
    yield csvfile.line(columns)
    found = first
    while True:
        yield b"".join(csvfile.line([row.get(name) for name in columns]) for row in found.rows)
        if found.after is None:
            return
        found = await db.read(in_app, operation=_some, asked=asked, after=found.after, **place)


def _some(tx: Tx, *, workspace_id: int, app_id: int, name: str, asked: Asked, after: str | None) -> rows.Page:
    return rows.search(
        tx,
        workspace_id=workspace_id,
        app_id=app_id,
        table=name,
        conditions=asked.conditions,
        sort=asked.sort,
        after=after,
        limit=rows.MAX_PAGE,
    )


def _place(request: Request) -> dict[str, Any]:
    return {
        "workspace_id": request.caller.workspace_id,
        "app": request.path["app"],
        "name": request.path["table"],
    }


def _context(tx: Tx, *, workspace_id: int, app_id: int, name: str, asked: Asked) -> dict[str, Any]:
    schema, table = known(tx, workspace_id=workspace_id, app_id=app_id, name=name)
    place: dict[str, Any] = {"workspace_id": workspace_id, "app_id": app_id, "table": table.name}
    said: dict[str, Any] = {"conditions": asked.conditions, "sort": asked.sort, "after": asked.after}
    problem = None
    try:
        found = rows.search(tx, **place, **said, limit=_PAGE)
    except Invalid as error:
        problem = error
        found = rows.search(tx, **place, sort=Sort(), limit=_PAGE)
    href = page_of(app_id, table.name)
    here = asked.query()
    return {
        "table": table,
        "app_id": app_id,
        "href": href,
        "columns": shown_columns(table, asked),
        "rows": found.rows,
        "names": labels(tx, schema, table, found.rows),
        "actions": actions.list_for_rows(tx, workspace_id=workspace_id, app_id=app_id, table=table.name),
        "linked": links_shown(tx, schema, table, [row["id"] for row in found.rows]),
        "links": {
            # Said from where the grid is: fifty rows have many of them.
            field.column.name: field.to
            for field in table.definition.fields
            if field.to and field.column
        },
        "display": display,
        "problem": problem,
        "filtered": bool(asked.conditions),
        "here": f"{href}?{here}" if here else href,
        "sort": asked.sort,
        "answer": _answer(found, asked),
        "start": f"{href}?{here}" if asked.after else None,
        "after": f"{href}?{asked.query(after=found.after)}" if found.after and not problem else None,
        "csv": f"{href}/rows.csv?{here}" if here else f"{href}/rows.csv",
    }


def _answer(found: rows.Page, asked: Asked) -> str:
    if not found.rows:
        return "No row fits." if asked.conditions else "No row yet."
    more = " and more" if found.after else ""
    if asked.sort == Sort():
        return f"{count_of(len(found.rows), 'row')}{more}, the newest first."
    order = f"{asked.sort.column}{', from the end' if asked.sort.descending else ''}"
    return f"{count_of(len(found.rows), 'row')}{more}, by {order}."
