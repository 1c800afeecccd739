"""One span of a trace: its payloads, and what the log says in its time."""

from __future__ import annotations

from botyard.console import waterfall
from botyard.console.frame import page
from botyard.web import Request, Response


async def show(request: Request) -> Response:
    """Show a span, as a sheet beside its trace or as a page of its own."""
    attempt = request.query.get("attempt", "")
    task_id = request.path_id("id")
    seen = await request.db.read(
        waterfall.look,
        workspace_id=request.caller.workspace_id,
        task_id=task_id,
        epoch=int(attempt) if attempt.isascii() and attempt.isdigit() and len(attempt) < 10 else 0,
        span_id=request.query.get("span", ""),
    )
    return page(request, "pages/span.html", section="/tasks", block="sheet", task_id=task_id, seen=seen, span=seen.span)
