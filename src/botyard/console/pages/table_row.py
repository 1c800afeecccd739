"""One row: its fields, what leads to it, what was done to it, and undoing that."""

from __future__ import annotations

from typing import Any

from botyard.base.exceptions import BotyardError, IllegalTransition, Invalid, NotFound
from botyard.console import rowform
from botyard.console.frame import back, done, page
from botyard.console.tableview import display, in_history, known, labels, leading_here, page_of, relation
from botyard.core import rows
from botyard.storage import Tx
from botyard.web import Form, Request, Response
from botyard.web.tables import in_app

_CHANGES = 50
_CHOICES = 20


async def new(request: Request) -> Response:
    """Show the form for a new row."""
    return await _new(request)


async def create(request: Request) -> Response:
    """Add a row."""
    form = await request.form()
    try:
        made = await request.change(
            in_app,
            audit_action="rows.insert",
            audit_target=lambda row: _target(request, row["id"]),
            operation=rowform.insert,
            form=form,
            **_table(request),
            **_who(request),
        )
    except Invalid as error:
        return await _new(request, form, error)
    return done(_here(request), f"The row {made['id'][-8:]} is there.")


async def show(request: Request) -> Response:
    """Show a row."""
    return await _show(request)


async def save(request: Request) -> Response:
    """Change a row; whoever was faster is not overwritten."""
    form = await request.form()
    try:
        await request.change(
            in_app,
            audit_action="rows.update",
            audit_target=_target(request, request.path["row"]),
            operation=rowform.update,
            form=form,
            **_row(request),
            **_who(request),
        )
    except (Invalid, IllegalTransition) as error:
        return await _show(request, form, error)
    return done(f"{_here(request)}/rows/{request.path['row']}", "The row is changed.")


async def relate(request: Request) -> Response:
    """Link a row with others, or take links away."""
    form = await request.form()
    try:
        await request.change(
            in_app,
            audit_action="rows.links",
            audit_target=_target(request, request.path["row"]),
            operation=rowform.relate,
            form=form,
            **_row(request),
            **_who(request),
        )
    except (Invalid, IllegalTransition) as error:
        return await _show(request, None, error)
    return done(f"{_here(request)}/rows/{request.path['row']}", "The links are changed.")


async def choices(request: Request) -> Response:
    """Show rows that a foreign key or a link can lead to, by what was typed."""
    column, typed = request.query.get("column", "")[:100], request.query.get("typed", "")
    context = await request.db.read(in_app, operation=_choices, column=column, typed=typed, **_table(request))
    return page(request, "parts/table_choices.html", section="/tables", block="choices", **context)


async def delete(request: Request) -> Response:
    """Delete a row."""
    await request.change(
        in_app,
        audit_action="rows.delete",
        audit_target=_target(request, request.path["row"]),
        operation=_delete,
        **_row(request),
        **_who(request),
    )
    return done(_here(request), "The row is gone.", "Undo that on the page of changes.")


async def changes(request: Request) -> Response:
    """Show what was changed by hand in the whole table."""
    before = request.query_int("before", default=2**62, low=1, high=2**62)
    context = await request.db.read(in_app, operation=_changes, before=before, **_table(request))
    return page(request, "pages/table_changes.html", section="/tables", block="main", **context)


async def undo(request: Request) -> Response:
    """Take a change back."""
    await request.change(
        in_app,
        audit_action="rows.undo",
        audit_target=_target(request, request.path["id"]),
        operation=_undo,
        change_id=request.path_id("id"),
        **_table(request),
        **_who(request),
    )
    return done(back(request, _here(request)), "Undone.")


async def _new(request: Request, form: Form | None = None, error: BotyardError | None = None) -> Response:
    typed = rowform.typed_in(form) if form else {k[2:]: v for k, v in request.query.items() if k.startswith("v.")}
    context = await request.db.read(in_app, operation=_new_context, typed=typed, error=error, **_table(request))
    status = 400 if error else 200
    return page(request, "pages/table_row.html", section="/tables", block="main", status=status, **context)


async def _show(request: Request, form: Form | None = None, error: BotyardError | None = None) -> Response:
    typed = rowform.typed_in(form) if form else None
    context = await request.db.read(in_app, operation=_context, typed=typed, error=error, **_row(request))
    status = 200 if error is None else 409 if isinstance(error, IllegalTransition) else 400
    return page(request, "pages/table_row.html", section="/tables", block="main", status=status, **context)


def _new_context(
    tx: Tx, *, workspace_id: int, app_id: int, name: str, typed: dict[str, str], error: BotyardError | None
) -> dict[str, Any]:
    schema, table = known(tx, workspace_id=workspace_id, app_id=app_id, name=name)
    defaults = {field.column.name: rows.as_text(field.default) for field in table.definition.fields if field.column}
    href = page_of(app_id, table.name)
    given = {**defaults, **typed}
    names = rowform.Names(href=href, called=labels(tx, schema, table, [rowform.keys_in(table, given)]))
    return {
        "table": table,
        "href": href,
        "row": None,
        "error": error,
        "controls": rowform.controls(table, given, names, error),
        "answer": f"A new row of {table.title}. What is left empty gets its default.",
    }


def _context(
    tx: Tx,
    *,
    workspace_id: int,
    app_id: int,
    name: str,
    row_id: str,
    typed: dict[str, str] | None,
    error: BotyardError | None,
) -> dict[str, Any]:
    schema, table = known(tx, workspace_id=workspace_id, app_id=app_id, name=name)
    place: dict[str, Any] = {"workspace_id": workspace_id, "app_id": app_id, "table": table.name}
    row = rows.get(tx, row_id=row_id, **place)
    history = rows.history(tx, row_id=row["id"], limit=_CHANGES, **place)
    href = page_of(app_id, table.name)
    texts = typed or rowform.texts_of(row)
    names = rowform.Names(href=href, called=labels(tx, schema, table, [rowform.keys_in(table, texts)]))
    return {
        "table": table,
        "href": href,
        "row": row,
        "error": error,
        "controls": rowform.controls(table, texts, names, error),
        "related": leading_here(schema, table, row["id"]),
        "above": _above(tx, table, schema, row),
        "relations": [relation(tx, schema, table, row["id"], each) for each in rows.ways(schema, table)],
        "changes": history,
        "display": in_history(tx, schema, table, history),
        "answer": f"Made {display(row['created_at'])}, changed {display(row['updated_at'])} (UTC).",
    }


def _choices(tx: Tx, *, workspace_id: int, app_id: int, name: str, column: str, typed: str) -> dict[str, Any]:
    schema, table = known(tx, workspace_id=workspace_id, app_id=app_id, name=name)
    found = rows.ways(schema, table).get(column)
    keys = {f"{each.name}_id": each for each in table.definition.fields if each.type == "foreign_key"}
    field = keys.get(column) or table.definition.find(column)
    other = found[1] if found else schema.tables[keys[column].to] if column in keys else None
    if other is None:
        raise Invalid(f'"{column}" does not lead to rows.', hint="Load the page again.", field="column")
    by = field.display_field if field else ""
    shown = rows.choose(tx, table=other, typed=typed, by=by, limit=_CHOICES)
    return {"choices": shown, "cut": len(shown) == _CHOICES, "typed": typed.strip(), "other": other}


def _above(tx: Tx, table: Any, schema: Any, row: dict[str, Any]) -> list[tuple[str, str, str]]:
    named = labels(tx, schema, table, [row])
    found = []
    for field in table.definition.fields:
        value = row.get(f"{field.name}_id")
        if field.type == "foreign_key" and value:
            name = named.get(f"{field.name}_id", {}).get(value, value)
            found.append((field.name, name, f"{page_of(table.app_id, field.to)}/rows/{value}"))
    return found


def _changes(tx: Tx, *, workspace_id: int, app_id: int, name: str, before: int) -> dict[str, Any]:
    schema, table = known(tx, workspace_id=workspace_id, app_id=app_id, name=name)
    place: dict[str, Any] = {"workspace_id": workspace_id, "app_id": app_id, "table": table.name}
    found = rows.history(tx, before=before, limit=_CHANGES + 1, **place)
    shown = found[:_CHANGES]
    href = page_of(app_id, table.name)
    return {
        "table": table,
        "href": href,
        "changes": shown,
        "display": in_history(tx, schema, table, shown),
        "answer": "What people changed by hand, the newest first." if shown else "Nobody changed a row by hand yet.",
        "after": f"{href}/changes?before={shown[-1].id}" if len(found) > _CHANGES else None,
    }


def _delete(tx: Tx, *, workspace_id: int, app_id: int, name: str, row_id: str, actor: str, now: int) -> None:
    rows.delete(tx, workspace_id=workspace_id, app_id=app_id, table=name, row_id=row_id, actor=actor, now=now)


def _undo(tx: Tx, *, workspace_id: int, app_id: int, name: str, change_id: int, actor: str, now: int) -> None:
    try:
        rows.undo(tx, workspace_id=workspace_id, app_id=app_id, table=name, change_id=change_id, actor=actor, now=now)
    except NotFound as error:
        raise IllegalTransition(error.message, hint=error.hint) from None


def _target(request: Request, what: str) -> str:
    return f"{request.path['table'][:100]}/{what[:40]}"


def _here(request: Request) -> str:
    return page_of(request.path["app"], request.path["table"])


def _table(request: Request) -> dict[str, Any]:
    path = request.path
    return {"workspace_id": request.caller.workspace_id, "app": path["app"], "name": path["table"]}


def _row(request: Request) -> dict[str, Any]:
    return {**_table(request), "row_id": request.path["row"]}


def _who(request: Request) -> dict[str, Any]:
    return {"actor": request.caller.actor, "now": request.now}
