"""The routes of native v1 about tables of apps and their rows."""

from __future__ import annotations

from botyard.core.access import Permission
from botyard.protocols.native import rows, tables
from botyard.web.routing import Route

_READ, _EDIT, _WRITE = Permission.TABLES_READ, Permission.TABLES_EDIT, Permission.TABLES_WRITE
_ALL = "/apps/{app}/tables"
_ONE = "/apps/{app}/tables/{table}"
_BODY = 2 * 1024 * 1024

TABLE_ROUTES = [
    Route("GET", _ALL, tables.list_all, _READ),
    Route("POST", _ALL, tables.create, _WRITE, body_limit=_BODY),
    Route("GET", _ONE, tables.get, _READ),
    Route("PUT", _ONE, tables.change, _WRITE, body_limit=_BODY),
    Route("DELETE", _ONE, tables.drop, _WRITE),
    Route("GET", f"{_ONE}/versions", tables.list_versions, _READ, query=("before", "limit")),
    Route("POST", f"{_ONE}/revert", tables.revert, _WRITE),
    Route("GET", f"{_ONE}/rows", rows.search, _READ, query=("filter", "sort", "after", "limit")),
    Route("POST", f"{_ONE}/rows", rows.insert, _EDIT, body_limit=_BODY),
    Route("GET", f"{_ONE}/rows/{{row}}", rows.get, _READ),
    Route("PATCH", f"{_ONE}/rows/{{row}}", rows.update, _EDIT, body_limit=_BODY),
    Route("DELETE", f"{_ONE}/rows/{{row}}", rows.delete, _EDIT),
    Route("GET", f"{_ONE}/history", rows.list_changes, _READ, query=("row", "before", "limit")),
    Route("POST", f"{_ONE}/history/{{id}}/undo", rows.undo, _EDIT),
]
