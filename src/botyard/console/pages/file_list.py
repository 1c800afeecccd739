"""The files that tasks left behind."""

from __future__ import annotations

from typing import Any

from botyard.console.filters import address
from botyard.console.frame import page
from botyard.console.wording import ago, count_of, size
from botyard.core import artifacts
from botyard.core.artifacts import Artifact
from botyard.storage import Tx
from botyard.web import Request, Response

_PAGE = 50


async def show(request: Request) -> Response:
    """Show files, newest first."""
    context = await request.db.read(
        _context,
        workspace_id=request.caller.workspace_id,
        automation=request.query.get("automation", "").replace("\0", "")[:200],
        query=request.query.get("q", "").replace("\0", "").strip()[:200],
        before=request.query_int("before", default=0, low=0, high=2**62) or None,
        now=request.now,
    )
    return page(request, "pages/files.html", section="/files", **context)


def _context(tx: Tx, *, workspace_id: int, automation: str, query: str, before: int | None, now: int) -> dict[str, Any]:
    found = artifacts.search(
        tx,
        workspace_id=workspace_id,
        automation=automation or None,
        text=query or None,
        before_id=before,
        limit=_PAGE + 1,
    )
    shown = found[:_PAGE]
    said = {"automation": automation, "q": query}
    return {
        "files": shown,
        "query": query,
        "automation": automation,
        "window": artifacts.WINDOW if any(said.values()) else 0,
        "answer": answer(shown, filtered=any(said.values()), now=now),
        "here": address("/files", **said, before=before),
        "start": address("/files", **said) if before else None,
        "after": address("/files", **said, before=shown[-1].id) if len(found) > _PAGE else None,
    }


def answer(shown: list[Artifact], *, filtered: bool, now: int) -> str:
    """Return what was left last, in a sentence."""
    if not shown:
        return "No file fits." if filtered else "No task has left a file."
    last = shown[0]
    total = size(sum(each.size or 0 for each in shown))
    return (
        f"The latest is {last.name[:120]}, left by {last.automation_name} {ago(last.created_at, now)}. "
        f"{count_of(len(shown), 'file')} on this page, {total}."
    )
