"""The faults that bots reported, each once, with how often and since when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botyard.base import clock
from botyard.console import charts
from botyard.console.filters import address
from botyard.console.frame import page
from botyard.console.listing import Chip
from botyard.console.wording import ago, count_of, number
from botyard.core import errors
from botyard.core.errors import ErrorGroup
from botyard.storage import Tx
from botyard.web import Request, Response

_PAGE = 25
DAYS = 14
_SHOWN = {"open": False, "resolved": True, "all": None}


async def show(request: Request) -> Response:
    """Show faults, the one that was seen last first."""
    wanted = request.query.get("show", "open")
    context = await request.db.read(
        _context,
        workspace_id=request.caller.workspace_id,
        shown=wanted if wanted in _SHOWN else "open",
        automation=request.query.get("automation", "").replace("\0", "")[:200],
        query=request.query.get("q", "").replace("\0", "").strip()[:200],
        before=_before(request.query.get("before", "")),
        now=request.now,
    )
    return page(request, "pages/errors.html", section="/errors", **context)


def _before(text: str) -> tuple[int, int] | None:
    seen, _, number = text.partition("-")
    if not all(part.isascii() and part.isdigit() and len(part) < 19 for part in (seen, number)):
        return None
    return int(seen), int(number)


def _context(
    tx: Tx,
    *,
    workspace_id: int,
    shown: str,
    automation: str,
    query: str,
    before: tuple[int, int] | None,
    now: int,
) -> dict[str, Any]:
    found = errors.search_groups(
        tx,
        workspace_id=workspace_id,
        resolved=_SHOWN[shown],
        automation=automation or None,
        text=query or None,
        before=before,
        limit=_PAGE + 1,
    )
    groups = found[:_PAGE]
    said: dict[str, Any] = {"show": "" if shown == "open" else shown, "automation": automation, "q": query}
    last = groups[-1] if groups else None
    return {
        "groups": [(group, spark_of(tx, group, now=now)) for group in groups],
        "query": query,
        "shown": shown,
        "automation": automation,
        "answer": answer(groups, shown, more=len(found) > _PAGE, now=now),
        "chips": [
            Chip(address("/errors", **{**said, "show": "" if name == "open" else name}), name, None, "", name == shown)
            for name in _SHOWN
        ],
        "here": address("/errors", **said),
        "start": address("/errors", **said) if before else None,
        "after": address("/errors", **said, before=f"{last.last_seen}-{last.id}")
        if last and len(found) > _PAGE
        else None,
    }


def spark_of(tx: Tx, group: ErrorGroup, *, now: int) -> str:
    """Return a sparkline of how often a fault came in each of the last days."""
    since = now // clock.DAY * clock.DAY - (DAYS - 1) * clock.DAY
    if group.last_seen < since:
        return ""
    return charts.sparkline(errors.recent(tx, group_id=group.id, since=since, bucket=clock.DAY, count=DAYS))


def answer(groups: Sequence[ErrorGroup], shown: str, *, more: bool, now: int) -> str:
    """Return which fault matters most, in a sentence."""
    if not groups:
        return {"open": "No open fault.", "resolved": "No fault was resolved yet."}.get(shown, "No error was reported.")
    most = max(groups, key=lambda group: group.total)
    said = f"{number(len(groups))}{'+' if more else ''} {'' if shown == 'all' else shown + ' '}"
    said += f"{'fault' if len(groups) == 1 else 'faults'}; the latest came {ago(groups[0].last_seen, now)}"
    said += f" in {groups[0].automation_name}."
    if most.total > 1:
        said += f" Most often: {most.type[:80]} in {most.automation_name}, {count_of(most.total, 'time')}."
    return said
