"""The list of queues."""

from __future__ import annotations

from typing import Any

from botyard.console import queueview
from botyard.console.filters import address
from botyard.console.frame import page
from botyard.core import queues
from botyard.storage import Tx
from botyard.web import Request, Response

_PAGE = 30
_MAX_QUERY = 200


async def show(request: Request) -> Response:
    """Show queues with their depth, oldest item, pace and failures."""
    context = await request.db.read(
        _context,
        workspace_id=request.caller.workspace_id,
        query=request.query.get("q", "").replace("\0", "").strip()[:_MAX_QUERY],
        after=request.query.get("after", "").replace("\0", "") or None,
        now=request.now,
    )
    return page(request, "pages/queues.html", section="/queues", **context)


def _context(tx: Tx, *, workspace_id: int, query: str, after: str | None, now: int) -> dict[str, Any]:
    found = queues.search(tx, workspace_id=workspace_id, text=query or None, after=after, limit=_PAGE + 1)
    rows = queueview.rows_of(tx, found[:_PAGE], now=now)
    more = len(found) > _PAGE
    return {
        "rows": rows,
        "query": query,
        "answer": queueview.list_answer(rows, more=more or after is not None, now=now),
        "here": address("/queues", q=query, after=after),
        "start": address("/queues", q=query) if after else None,
        "after": address("/queues", q=query, after=rows[-1].it.label) if more else None,
    }
