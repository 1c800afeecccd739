"""The outbox, and the groups that mail goes to."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from botyard.console.filters import address
from botyard.console.frame import page
from botyard.console.listing import Chip
from botyard.console.wording import count_of, state_word
from botyard.core import messages
from botyard.core.messages import Message, State
from botyard.storage import Tx
from botyard.web import Request, Response

_PAGE = 50
_GROUPS = 200
_CHIPS = (State.QUEUED, State.SENT, State.FAILED, State.HELD)


async def show(request: Request) -> Response:
    """Show messages, newest first, with what became of them."""
    state = request.query.get("state", "")
    context = await request.db.read(
        _context,
        workspace_id=request.caller.workspace_id,
        state=State(state) if state in set(State) else None,
        before=request.query_int("before", default=0, low=0, high=2**62) or None,
    )
    return page(request, "pages/messages.html", section="/messages", **context)


def _context(tx: Tx, *, workspace_id: int, state: State | None, before: int | None) -> dict[str, Any]:
    found = messages.search(tx, workspace_id=workspace_id, state=state, before_id=before, limit=_PAGE + 1)
    shown = found[:_PAGE]
    failed = messages.search(tx, workspace_id=workspace_id, state=State.FAILED, limit=1)
    held = messages.search(tx, workspace_id=workspace_id, state=State.HELD, limit=1)
    groups = messages.list_groups(tx, workspace_id=workspace_id, limit=_GROUPS)
    return {
        "messages": [(each, recipients_of(each)) for each in shown],
        "groups": [(group, group_address(group.name)) for group in groups],
        "state": state or "",
        "answer": answer(shown, failed=failed, held=held),
        "chips": [Chip("/messages", "all", None, "", state is None)]
        + [
            Chip(address("/messages", state=each), state_word(each).word, state_word(each).tone, "", state is each)
            for each in _CHIPS
        ],
        "here": address("/messages", state=state, before=before),
        "start": address("/messages", state=state) if before else None,
        "after": address("/messages", state=state, before=shown[-1].id) if len(found) > _PAGE else None,
    }


def recipients_of(message: Message) -> str:
    """Return who a message was meant for, in words."""
    to = message.recipients
    named = [*to.users, *(f"group {name}" for name in to.groups), *to.addresses]
    return ", ".join(named[:4]) + (f" and {len(named) - 4} more" if len(named) > 4 else "")


def group_address(name: str) -> str:
    """Return the address of a group's page."""
    return f"/groups/{quote(name, safe='')}"


def answer(shown: list[Message], *, failed: list[Message], held: list[Message]) -> str:
    """Return whether mail gets through, in a sentence."""
    if held:
        return "Mail is held: no mail server is configured. See BOTYARD_SMTP_HOST."
    if failed:
        return f"The latest that failed: {(failed[0].subject or 'no subject')[:80]}. {(failed[0].error or '')[:200]}"
    if not shown:
        return "Nothing was mailed yet."
    waiting = sum(each.queued > 0 for each in shown)
    if waiting:
        return f"{count_of(waiting, 'message')} {'is' if waiting == 1 else 'are'} on the way."
    return "Everything was sent."
