"""The calls of an integration: what was asked, what came back, how long it took; with secrets masked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botyard.base.clock import SECOND
from botyard.console.filters import address
from botyard.console.frame import page
from botyard.console.listing import Chip
from botyard.console.pages.integration import address_of
from botyard.console.wording import count_of, duration
from botyard.core import integrations
from botyard.core.integrations import WINDOW, Call
from botyard.storage import Tx
from botyard.web import Request, Response

_PAGE = 50
#: What the log can be narrowed to: a word, the colour of its dot, and the statuses from and to.
_GROUPS = {
    "good": ("taken", "succeeded", (0, 399)),
    "refused": ("refused (4xx)", "partial", (400, 499)),
    "failed": ("failed (5xx)", "failed", (500, 999)),
}


async def show(request: Request) -> Response:
    """Show the latest calls."""
    chosen = request.query.get("status", "")
    context = await request.db.read(
        _context,
        workspace_id=request.caller.workspace_id,
        key=request.path["integration"],
        status=chosen if chosen in _GROUPS else "",
        connection_id=request.query_int("connection", default=0, low=0, high=2**62),
        before=request.query_int("before", default=0, low=0, high=2**62),
    )
    return page(request, "pages/integration_calls.html", section="/integrations", **context)


async def look(request: Request) -> Response:
    """Show one call, as a sheet beside the log or as a page of its own."""
    context = await request.db.read(
        _one,
        workspace_id=request.caller.workspace_id,
        key=request.path["integration"],
        call_id=request.path_id("id"),
    )
    return page(request, "pages/integration_call.html", section="/integrations", block="sheet", **context)


def tone(status: int) -> str:
    """Return the colour of an answer's status."""
    return next(tone for _, tone, (low, high) in _GROUPS.values() if low <= status <= high)


def _context(tx: Tx, *, workspace_id: int, key: str, status: str, connection_id: int, before: int) -> dict[str, Any]:
    found = integrations.get(tx, workspace_id=workspace_id, key=key)
    calls = integrations.calls_of(
        tx,
        integration=found,
        before=before or None,
        limit=_PAGE + 1,
        connection_id=connection_id or None,
        statuses=_GROUPS[status][2] if status else None,
    )
    shown = calls[:_PAGE]
    path = f"{address_of(found.key)}/calls"
    said: dict[str, Any] = {"status": status, "connection": connection_id or None}
    held = integrations.connections_of(tx, integration=found, limit=500)
    return {
        "it": found,
        "href": path,
        "calls": shown,
        "tone": tone,
        "names": {each.id: each.name for each in held},
        "connections": [("", "every account"), *((str(each.id), each.name) for each in held)],
        "connection": str(connection_id or ""),
        "chosen": status,
        "window": WINDOW if status or connection_id else None,
        "answer": answer(shown, filtered=bool(status or connection_id)),
        "chips": _chips(path, said),
        "here": address(path, **said, before=before or None),
        "start": address(path, **said) if before else None,
        "after": address(path, **said, before=shown[-1].id) if len(calls) > _PAGE else None,
    }


def _one(tx: Tx, *, workspace_id: int, key: str, call_id: int) -> dict[str, Any]:
    found = integrations.get(tx, workspace_id=workspace_id, key=key)
    held = {each.id: each.name for each in integrations.connections_of(tx, integration=found, limit=500)}
    call = integrations.get_call(tx, integration=found, call_id=call_id)
    return {
        "it": found,
        "call": call,
        "href": f"{address_of(found.key)}/calls",
        "tone": tone(call.status),
        "account": held.get(call.connection_id or 0),
    }


def _chips(path: str, said: dict[str, Any]) -> list[Chip]:
    made = [Chip(address(path, **{**said, "status": ""}), "all", None, "", not said["status"])]
    for name, (word, colour, _) in _GROUPS.items():
        made.append(Chip(address(path, **{**said, "status": name}), word, colour, "", said["status"] == name))
    return made


def answer(shown: Sequence[Call], *, filtered: bool) -> str:
    """Return how the shown calls went and how long they took, in a sentence."""
    if not shown:
        return "No call fits." if filtered else "Nothing was called yet, or it is older than what is kept."
    bad = sum(call.status >= 400 for call in shown)
    times = sorted(call.duration for call in shown)
    middle = f"half of them took under {_span(times[len(times) // 2])}, the slowest {_span(times[-1])}"
    went = f"{bad} of them {'was' if bad == 1 else 'were'} refused or failed" if bad else "all were taken"
    return f"{count_of(len(shown), 'call')} shown: {went}; {middle}."


def _span(micros: int) -> str:
    """Return how long a call took at most; none takes no time at all."""
    return duration(max(micros, SECOND // 1000))
