"""The systems that start automations from outside: which are asked for, allowed and locked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botyard.console.filters import address
from botyard.console.frame import page
from botyard.console.listing import Chip
from botyard.console.wording import actor, ago, count_of, state_word
from botyard.core import systems
from botyard.core.systems import State, System
from botyard.storage import Tx
from botyard.web import Request, Response

_PAGE = 50
_WAITING = 20


async def show(request: Request) -> Response:
    """Show systems by name."""
    state = request.query.get("state", "")
    context = await request.db.read(
        _context,
        workspace_id=request.caller.workspace_id,
        state=State(state) if state in set(State) else None,
        query=request.query.get("q", "").replace("\0", "").strip()[:200],
        after=request.query.get("after", "").replace("\0", "")[:200],
        now=request.now,
    )
    return page(request, "pages/systems.html", section="/systems", **context)


def _context(tx: Tx, *, workspace_id: int, state: State | None, query: str, after: str, now: int) -> dict[str, Any]:
    found = systems.search(
        tx, workspace_id=workspace_id, state=state, text=query or None, after=after or None, limit=_PAGE + 1
    )
    asked = systems.search(tx, workspace_id=workspace_id, state=State.REQUEST, limit=_WAITING)
    shown, said = found[:_PAGE], {"state": state or "", "q": query}
    return {
        "systems": shown,
        "query": query,
        "state": state or "",
        "answer": answer(shown, asked, filtered=bool(state or query), now=now),
        "chips": _chips(said, len(asked)),
        "here": address("/systems", **said, after=after),
        "start": address("/systems", **said) if after else None,
        "after": address("/systems", **said, after=shown[-1].name) if len(found) > _PAGE else None,
    }


def _chips(said: dict[str, str], asked: int) -> list[Chip]:
    made = [Chip(address("/systems", **{**said, "state": ""}), "all", None, "", not said["state"])]
    for state in State:
        word = state_word(state)
        total = str(asked) if state is State.REQUEST and asked else ""
        href = address("/systems", **{**said, "state": state})
        made.append(Chip(href, word.word, word.tone, total, said["state"] == state))
    return made


def answer(shown: Sequence[System], asked: Sequence[System], *, filtered: bool, now: int) -> str:
    """Return which systems wait for a decision, or how many there are, in a sentence."""
    if len(asked) == 1:
        one = asked[0]
        return f"{one.name} waits to be allowed; {actor(one.created_by)} asked for it {ago(one.created_at, now)}."
    if asked:
        return f"{count_of(len(asked), 'system')}{'+' if len(asked) == _WAITING else ''} wait to be allowed."
    if not shown:
        return "No system fits." if filtered else "No system starts anything from outside."
    locked = sum(system.state is State.LOCKED for system in shown)
    return count_of(len(shown), "system") + (f", {locked} of them locked." if locked else ", none waits to be allowed.")
