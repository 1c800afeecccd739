"""One cell of the grid: edited in its place, and taken back in its place."""

from __future__ import annotations

from typing import Any

from botyard.base.exceptions import BotyardError, IllegalTransition, Invalid, NotFound
from botyard.console import rowform
from botyard.console.frame import done, is_fragment, page
from botyard.console.tableview import display, known, labels, page_of, relation
from botyard.core import rows
from botyard.storage import Tx
from botyard.web import Form, Request, Response
from botyard.web.tables import in_app


async def show(request: Request) -> Response:
    """Show a cell, or the form that changes it."""
    return await _cell(request, column=request.query.get("column", ""), editing="edit" in request.query)


async def save(request: Request) -> Response:
    """Change one cell."""
    form = await request.form()
    column = form.text("column")
    try:
        change = await _changed(request, form)
    except (Invalid, IllegalTransition) as error:
        return await _cell(request, column=column, editing=True, form=form, error=error)
    return await _cell(request, column=column, change=change, word="saved" if change else "as it was")


async def _changed(request: Request, form: Form) -> int | None:
    links = bool(form.text("links"))
    return await request.change(
        in_app,
        audit_action="rows.links" if links else "rows.update",
        audit_target=f"{request.path['table'][:100]}/{request.path['row'][:40]}",
        operation=rowform.relate if links else _save,
        form=form,
        **_row(request),
        **_who(request),
    )


async def undo(request: Request) -> Response:
    """Take the last change of a cell back."""
    form = await request.form()
    try:
        await request.change(
            in_app,
            audit_action="rows.undo",
            audit_target=f"{request.path['table'][:100]}/{request.path['row'][:40]}",
            operation=_undo,
            text=form.text("change"),
            **_table(request),
            **_who(request),
        )
    except (Invalid, IllegalTransition, NotFound) as error:
        return await _cell(request, column=form.text("column"), error=error)
    return await _cell(request, column=form.text("column"), word="undone")


async def _cell(
    request: Request,
    *,
    column: str,
    editing: bool = False,
    form: Form | None = None,
    error: BotyardError | None = None,
    change: int | None = None,
    word: str = "",
) -> Response:
    if not is_fragment(request):
        return done(f"{page_of(request.path['app'], request.path['table'])}/rows/{request.path['row']}", word or "Row")
    context = await request.db.read(
        in_app,
        operation=_context,
        column=column,
        typed=rowform.typed_in(form) if form else None,
        error=error,
        **_row(request),
    )
    said: dict[str, Any] = {"editing": editing, "error": error, "change": change, "word": word}
    # Answers that htmx takes in are always good ones; what was wrong is said in the cell.
    return page(request, "parts/table_cell.html", block="cell", **context, **said)


def _context(
    tx: Tx,
    *,
    workspace_id: int,
    app_id: int,
    name: str,
    row_id: str,
    column: str,
    typed: dict[str, str] | None,
    error: BotyardError | None,
) -> dict[str, Any]:
    schema, table = known(tx, workspace_id=workspace_id, app_id=app_id, name=name)
    named = {each.column.name if each.column else each.name: each for each in table.definition.fields}
    field = named.get(column)
    if field is None:
        raise Invalid(f'The table has no field "{column[:80]}".', hint="Load the page again.", field="column")
    row = rows.get(tx, workspace_id=workspace_id, app_id=app_id, table=table.name, row_id=row_id)
    href = page_of(app_id, table.name)
    names = labels(tx, schema, table, [row])
    form = rowform.Names(href=href, called=names)
    return {
        "href": href,
        "row": row,
        "column": column,
        "field": field,
        "control": rowform.control(field, typed or rowform.texts_of(row), form, error) if field.column else None,
        "relation": None if field.column else relation(tx, schema, table, row["id"], column),
        "names": names,
        "to": field.to,
        "display": display,
    }


def _save(tx: Tx, **said: Any) -> int | None:
    return rowform.update(tx, **said)[1]


def _undo(tx: Tx, *, workspace_id: int, app_id: int, name: str, text: str, actor: str, now: int) -> None:
    change = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
    rows.undo(tx, workspace_id=workspace_id, app_id=app_id, table=name, change_id=change, actor=actor, now=now)


def _table(request: Request) -> dict[str, Any]:
    path = request.path
    return {"workspace_id": request.caller.workspace_id, "app": path["app"], "name": path["table"]}


def _row(request: Request) -> dict[str, Any]:
    return {**_table(request), "row_id": request.path["row"]}


def _who(request: Request) -> dict[str, Any]:
    return {"actor": request.caller.actor, "now": request.now}
