"""What a table looks like: its fields and constraints, changing them, and going back."""

from __future__ import annotations

from typing import Any

from botyard.base.exceptions import AlreadyExists, BotyardError, IllegalTransition, Invalid
from botyard.console import schemaform
from botyard.console.frame import done, page
from botyard.console.schemaform import SchemaForm
from botyard.console.tableview import known, page_of
from botyard.core import tables
from botyard.core.tables import Definition, Table
from botyard.storage import Tx
from botyard.web import Request, Response
from botyard.web.tables import in_app

_VERSIONS = 50


async def new(request: Request) -> Response:
    """Show the form for a new table."""
    return await _new(request, schemaform.empty())


async def create(request: Request) -> Response:
    """Make a table."""
    form = schemaform.sent(await request.form())
    try:
        made = await request.change(
            in_app,
            audit_action="tables.create",
            audit_target=_target,
            operation=_create,
            form=form,
            **_app(request),
            **_who(request),
        )
    except (Invalid, AlreadyExists) as error:
        return await _new(request, form, error)
    return done(page_of(request.path["app"], made.name), f"The table {made.name} is there.")


async def show(request: Request) -> Response:
    """Show the fields of a table and its versions."""
    return await _show(request)


async def save(request: Request) -> Response:
    """Give a table other fields, unless somebody else was faster."""
    form = schemaform.sent(await request.form())
    try:
        changed = await request.change(
            in_app,
            audit_action="tables.change",
            audit_target=_target,
            operation=_save,
            form=form,
            **_table(request),
            **_who(request),
        )
    except (Invalid, IllegalTransition, AlreadyExists) as error:
        return await _show(request, form, error)
    return done(f"{_here(request)}/schema", f"The table is at version {changed.version}.")


async def revert(request: Request) -> Response:
    """Go back to a version."""
    form = await request.form()
    changed = await request.change(
        in_app,
        audit_action="tables.revert",
        audit_target=_target,
        operation=tables.revert,
        to=_number(form.text("to")),
        **_table(request),
        **_who(request),
    )
    return done(f"{_here(request)}/schema", f"The table is at version {changed.version}.")


async def drop(request: Request) -> Response:
    """Drop a table with its rows."""
    await request.change(
        in_app,
        audit_action="tables.drop",
        audit_target=request.path["table"][:100],
        operation=tables.drop,
        **_table(request),
        **_who(request),
    )
    return done(f"/apps/{request.path['app']}/tables", "The table is gone.")


async def _new(request: Request, form: SchemaForm, error: BotyardError | None = None) -> Response:
    context = await request.db.read(in_app, operation=_new_context, **_app(request))
    said = {"form": form, "error": error, "table": None, "answer": "Real columns, with their types and rules."}
    status = 400 if error else 200
    return page(request, "pages/table_schema.html", section="/tables", block="main", status=status, **context, **said)


async def _show(request: Request, form: SchemaForm | None = None, error: BotyardError | None = None) -> Response:
    context = await request.db.read(in_app, operation=_context, **_table(request))
    table = context["table"]
    form = form or schemaform.of_definition(table.definition, title=table.title, version=table.version)
    status = 200 if error is None else 409 if isinstance(error, IllegalTransition) else 400
    said = {"form": form, "error": error}
    return page(request, "pages/table_schema.html", section="/tables", block="main", status=status, **context, **said)


def _new_context(tx: Tx, *, workspace_id: int, app_id: int) -> dict[str, Any]:
    schema = tables.load(tx, workspace_id=workspace_id, app_id=app_id)
    return {**_words(), "action": f"/apps/{app_id}/tables", "others": sorted(schema.tables), "versions": []}


def _context(tx: Tx, *, workspace_id: int, app_id: int, name: str) -> dict[str, Any]:
    schema, table = known(tx, workspace_id=workspace_id, app_id=app_id, name=name)
    href = page_of(app_id, table.name)
    return {
        **_words(),
        "table": table,
        "href": href,
        "action": f"{href}/schema",
        "others": sorted(schema.tables),
        "versions": tables.versions(tx, table_id=table.id, limit=_VERSIONS),
        "answer": f"Version {table.version}. What is taken away keeps its values out of sight, and can come back.",
    }


def _words() -> dict[str, Any]:
    return {"types": schemaform.TYPES, "numbers": schemaform.NUMBERS, "on_delete": schemaform.ON_DELETE}


def _create(tx: Tx, *, workspace_id: int, app_id: int, form: SchemaForm, actor: str, now: int) -> Table:
    definition, _ = schemaform.definition_of(form, Definition())
    return tables.create(
        tx,
        workspace_id=workspace_id,
        app_id=app_id,
        name=form.name,
        title=form.title or None,
        definition=definition,
        actor=actor,
        now=now,
    )


def _save(tx: Tx, *, workspace_id: int, app_id: int, name: str, form: SchemaForm, actor: str, now: int) -> Table:
    present = tables.get(tx, workspace_id=workspace_id, app_id=app_id, name=name)
    version = _number(form.version)
    if version != present.version:
        raise IllegalTransition(
            f"Somebody else changed the table: it is at version {present.version}, and this page showed {version}.",
            hint="What you typed is still below. Load the page again to see theirs.",
        )
    definition, renames = schemaform.definition_of(form, present.definition)
    return tables.change(
        tx,
        workspace_id=workspace_id,
        app_id=app_id,
        name=name,
        title=form.title or None,
        definition=definition,
        renames=renames,
        version=version,
        actor=actor,
        now=now,
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _target(table: Table) -> str:
    return table.full_name


def _here(request: Request) -> str:
    return page_of(request.path["app"], request.path["table"])


def _app(request: Request) -> dict[str, Any]:
    return {"workspace_id": request.caller.workspace_id, "app": request.path["app"]}


def _table(request: Request) -> dict[str, Any]:
    return {**_app(request), "name": request.path["table"]}


def _who(request: Request) -> dict[str, Any]:
    return {"actor": request.caller.actor, "now": request.now}
