"""The Operations page: how the yard is right now."""

from __future__ import annotations

from typing import Any

from botyard.console import attention, overview
from botyard.console.frame import page
from botyard.core.access import Caller
from botyard.storage import Tx
from botyard.web import Request, Response


async def show(request: Request) -> Response:
    """Show what runs, what waits, what failed and what needs a person."""
    context = await request.db.read(_context, caller=request.caller, now=request.now)
    return page(request, "pages/operations.html", section="/", **context)


def _context(tx: Tx, *, caller: Caller, now: int) -> dict[str, Any]:
    tasks = overview.context(tx, workspace_id=caller.workspace_id, now=now)
    return {**tasks, **attention.context(tx, caller=caller, now=now)}
