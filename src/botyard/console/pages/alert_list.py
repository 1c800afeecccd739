"""The alerts that bots raised."""

from __future__ import annotations

from typing import Any

from botyard.console.filters import address
from botyard.console.frame import page
from botyard.console.listing import Chip
from botyard.console.wording import ago, state_word
from botyard.core import alerts
from botyard.core.alerts import Alert, Level
from botyard.storage import Tx
from botyard.web import Request, Response

_PAGE = 50


async def show(request: Request) -> Response:
    """Show alerts, newest first."""
    level = request.query.get("level", "")
    context = await request.db.read(
        _context,
        workspace_id=request.caller.workspace_id,
        level=Level(level) if level in set(Level) else None,
        automation=request.query.get("automation", "").replace("\0", "")[:200],
        query=request.query.get("q", "").replace("\0", "").strip()[:200],
        before=request.query_int("before", default=0, low=0, high=2**62) or None,
        now=request.now,
    )
    return page(request, "pages/alerts.html", section="/alerts", **context)


def _context(
    tx: Tx, *, workspace_id: int, level: Level | None, automation: str, query: str, before: int | None, now: int
) -> dict[str, Any]:
    found = alerts.search(
        tx,
        workspace_id=workspace_id,
        level=level,
        automation=automation or None,
        text=query or None,
        before_id=before,
        limit=_PAGE + 1,
    )
    shown = found[:_PAGE]
    said = {"level": level or "", "automation": automation, "q": query}
    return {
        "alerts": shown,
        "query": query,
        "level": level or "",
        "automation": automation,
        "window": alerts.WINDOW if any(said.values()) else 0,
        "answer": answer(shown, filtered=any(said.values()), now=now),
        "chips": _chips(said),
        "here": address("/alerts", **said, before=before),
        "start": address("/alerts", **said) if before else None,
        "after": address("/alerts", **said, before=shown[-1].id) if len(found) > _PAGE else None,
    }


def _chips(said: dict[str, str]) -> list[Chip]:
    made = [Chip(address("/alerts", **{**said, "level": ""}), "all", None, "", not said["level"])]
    for level in Level:
        word = state_word(level)
        chosen = said["level"] == level
        made.append(Chip(address("/alerts", **{**said, "level": level}), word.word, word.tone, "", chosen))
    return made


def answer(shown: list[Alert], *, filtered: bool, now: int) -> str:
    """Return what was raised last, in a sentence."""
    if not shown:
        return "No alert fits." if filtered else "No bot has raised an alert."
    last = shown[0]
    grave = next((each for each in shown if each.level is Level.ERROR), None)
    said = f"The latest came {ago(last.created_at, now)} from {last.automation_name}: {last.title[:120]}"
    said += "" if said[-1] in ".!?" else "."
    if grave is not None and grave is not last:
        said += f" The latest error came {ago(grave.created_at, now)} from {grave.automation_name}."
    return said
