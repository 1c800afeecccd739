"""The list of schedules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botyard.console.filters import address
from botyard.console.frame import page
from botyard.console.wording import ago, count_of
from botyard.core import schedules
from botyard.core.schedules import Schedule
from botyard.storage import Tx
from botyard.web import Request, Response

_PAGE = 50


async def show(request: Request) -> Response:
    """Show schedules, newest first."""
    context = await request.db.read(
        _context,
        workspace_id=request.caller.workspace_id,
        automation=request.query.get("automation", "").replace("\0", "")[:200],
        before=request.query_int("before", default=0, low=0, high=2**62) or None,
        now=request.now,
    )
    return page(request, "pages/schedules.html", section="/schedules", **context)


def _context(tx: Tx, *, workspace_id: int, automation: str, before: int | None, now: int) -> dict[str, Any]:
    found = schedules.search(
        tx, workspace_id=workspace_id, automation=automation or None, before_id=before, limit=_PAGE + 1
    )
    shown = found[:_PAGE]
    here = address("/schedules", automation=automation)
    return {
        "schedules": shown,
        "automation": automation,
        "answer": answer(shown, now=now),
        "here": address("/schedules", automation=automation, before=before),
        "start": here if before else None,
        "after": address("/schedules", automation=automation, before=shown[-1].id) if len(found) > _PAGE else None,
    }


def answer(shown: Sequence[Schedule], *, now: int) -> str:
    """Return what fires next, in a sentence."""
    if not shown:
        return "Nothing starts by itself yet."
    coming = min((each for each in shown if each.next_at is not None), key=lambda each: each.next_at or 0, default=None)
    said = f"Next is {coming.automation_name}, {ago(coming.next_at, now)}." if coming else "Nothing will fire."
    paused = sum(not each.active for each in shown)
    stopped = [each for each in shown if each.error]
    if paused:
        said += f" {count_of(paused, 'schedule')} {'is' if paused == 1 else 'are'} paused"
        said += f", {len(stopped)} by the server because it could not fire." if stopped else "."
    return said
