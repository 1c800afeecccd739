"""The console's routes about tables of apps."""

from __future__ import annotations

from botyard.console import csvfile
from botyard.console.pages import (
    table_cell,
    table_explorer,
    table_grid,
    table_import,
    table_list,
    table_row,
    table_schema,
)
from botyard.core.access import Permission
from botyard.web import Route

_READ, _EDIT, _WRITE = Permission.TABLES_READ, Permission.TABLES_EDIT, Permission.TABLES_WRITE
_APP = "/apps/{app}"
_ONE = "/apps/{app}/tables/{table}"
_ROW = f"{_ONE}/rows/{{row}}"
_SMALL = 64 * 1024
_FORM = 4 * 1024 * 1024


def table_routes() -> list[Route]:
    """Return the pages of tables, their rows, imports, fields and GraphQL."""
    return [
        Route("GET", "/tables", table_list.show_all, _READ),
        Route("GET", f"{_APP}/tables", table_list.show, _READ),
        Route("GET", f"{_APP}/new-table", table_schema.new, _WRITE),
        Route("POST", f"{_APP}/tables", table_schema.create, _WRITE, body_limit=_FORM),
        Route("GET", f"{_APP}/graphql", table_explorer.show, _READ),
        Route("POST", f"{_APP}/graphql", table_explorer.run, _READ, body_limit=_FORM),
        Route("GET", _ONE, table_grid.show, _READ),
        Route("GET", f"{_ONE}/rows.csv", table_grid.export_csv, _READ),
        Route("GET", f"{_ONE}/choices", table_row.choices, _EDIT),
        Route("GET", f"{_ONE}/new", table_row.new, _EDIT),
        Route("POST", f"{_ONE}/rows", table_row.create, _EDIT, body_limit=_FORM),
        Route("GET", _ROW, table_row.show, _READ),
        Route("POST", _ROW, table_row.save, _EDIT, body_limit=_FORM),
        Route("POST", f"{_ROW}/links", table_row.relate, _EDIT, body_limit=_FORM),
        Route("POST", f"{_ROW}/delete", table_row.delete, _EDIT, body_limit=_SMALL),
        Route("GET", f"{_ROW}/cell", table_cell.show, _EDIT),
        Route("POST", f"{_ROW}/cell", table_cell.save, _EDIT, body_limit=_FORM),
        Route("POST", f"{_ROW}/cell/undo", table_cell.undo, _EDIT, body_limit=_SMALL),
        Route("GET", f"{_ONE}/changes", table_row.changes, _READ),
        Route("POST", f"{_ONE}/changes/{{id}}/undo", table_row.undo, _EDIT, body_limit=_SMALL),
        Route("GET", f"{_ONE}/import", table_import.form, _EDIT),
        Route("POST", f"{_ONE}/import", table_import.look, _EDIT, body_limit=csvfile.MAX_FILE + _FORM),
        Route("POST", f"{_ONE}/import/run", table_import.run, _EDIT, body_limit=_FORM),
        Route("GET", f"{_ONE}/schema", table_schema.show, _READ),
        Route("POST", f"{_ONE}/schema", table_schema.save, _WRITE, body_limit=_FORM),
        Route("POST", f"{_ONE}/revert", table_schema.revert, _WRITE, body_limit=_SMALL),
        Route("POST", f"{_ONE}/drop", table_schema.drop, _WRITE, body_limit=_SMALL),
    ]
