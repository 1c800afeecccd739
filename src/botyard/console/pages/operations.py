"""The Operations page: how the yard is right now."""

from __future__ import annotations

from botyard.console import overview
from botyard.console.frame import page
from botyard.web import Request, Response


async def show(request: Request) -> Response:
    """Show the numbers, the latest tasks and what needs a person."""
    context = await request.db.read(overview.context, workspace_id=request.caller.workspace_id, now=request.now)
    return page(request, "pages/operations.html", section="/", **context)
