"""The list of automations."""

from __future__ import annotations

from typing import Any

from botyard.console.filters import address
from botyard.console.frame import page
from botyard.console.rows import with_counts
from botyard.console.wording import UNFINISHED, count_of
from botyard.core import automations, tasks
from botyard.storage import Tx
from botyard.web import Request, Response

_PAGE = 30
_RECENT = 14
_UNFINISHED_SHOWN = 300
_MAX_QUERY = 200


async def show(request: Request) -> Response:
    """Show automations with their versions, latest results and what of them waits and runs."""
    context = await request.db.read(
        _context,
        workspace_id=request.caller.workspace_id,
        query=request.query.get("q", "").replace("\0", "").strip()[:_MAX_QUERY],
        after=request.query.get("after", "").replace("\0", "") or None,
    )
    return page(request, "pages/automations.html", section="/automations", **context)


def _context(tx: Tx, *, workspace_id: int, query: str, after: str | None) -> dict[str, Any]:
    found = automations.search(tx, workspace_id=workspace_id, text=query or None, after=after, limit=_PAGE + 1)
    shown = found[:_PAGE]
    unfinished = tasks.search(tx, workspace_id=workspace_id, states=UNFINISHED, limit=_UNFINISHED_SHOWN)
    recent = [(it, tasks.search(tx, workspace_id=workspace_id, automation=it.label, limit=_RECENT)) for it in shown]
    rows = with_counts(recent, unfinished, cap=_UNFINISHED_SHOWN)
    return {
        "rows": rows,
        "query": query,
        "answer": answer([row.it.name for row in rows if row.last and row.last.state == "failed"], len(shown), after),
        "here": address("/automations", q=query, after=after),
        "older": address("/automations", q=query, after=shown[-1].label) if len(found) > _PAGE else None,
    }


def answer(failing: list[str], shown: int, after: str | None) -> str:
    """Return how the shown automations do, in a sentence."""
    if not shown:
        return "Nothing is deployed here yet." if after is None else "There are no more."
    more = " on this page" if shown == _PAGE or after else ""
    if not failing:
        return f"{count_of(shown, 'automation')}{more}; none failed in its latest task."
    names = ", ".join(failing[:3]) + (f" and {len(failing) - 3} more" if len(failing) > 3 else "")
    return f"{count_of(shown, 'automation')}{more}; the latest task failed of {names}."
