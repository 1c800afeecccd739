"""The tables of an app, or of every app of the workspace."""

from __future__ import annotations

from typing import Any

from botyard.console.frame import page
from botyard.console.tableview import page_of
from botyard.console.wording import count_of
from botyard.core import apps, tables
from botyard.storage import Tx
from botyard.web import Request, Response

_APPS = 100


async def show_all(request: Request) -> Response:
    """Show the tables of every app."""
    context = await request.db.read(_context, workspace_id=request.caller.workspace_id, named=None)
    return page(request, "pages/tables.html", section="/tables", block="main", **context)


async def show(request: Request) -> Response:
    """Show the tables of an app."""
    context = await request.db.read(_context, workspace_id=request.caller.workspace_id, named=request.path["app"])
    return page(request, "pages/tables.html", section="/tables", block="main", **context)


def _context(tx: Tx, *, workspace_id: int, named: str | None) -> dict[str, Any]:
    if named is None:
        homes = apps.list_all(tx, workspace_id=workspace_id, limit=_APPS)
    else:
        one = apps.only(tx, workspace_id=workspace_id, named=named)
        homes = [one] if one else []
    found = [
        (app, [(table, page_of(app.id, table.name)) for table in schema.tables.values()])
        for app in homes
        if (schema := tables.load(tx, workspace_id=workspace_id, app_id=app.id)).tables or named
    ]
    total = sum(len(known) for _, known in found)
    return {
        "homes": found,
        "app": homes[0] if named or len(homes) == 1 else None,
        "named": named,
        "total": total,
        "answer": f"{count_of(total, 'table')} in {count_of(len(found), 'app')}." if total else "No table yet.",
    }
