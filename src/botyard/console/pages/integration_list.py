"""The APIs of other systems that bots call through this server, and whether their accounts still work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from botyard.console.filters import address
from botyard.console.frame import page
from botyard.console.wording import count_of
from botyard.core import integrations
from botyard.core.integrations import KINDS, Integration, Tally
from botyard.storage import Tx
from botyard.web import Request, Response

_PAGE = 50
_NONE = Tally(0, 0)


async def show(request: Request) -> Response:
    """Show integrations, the oldest first."""
    context = await request.db.read(
        _context,
        workspace_id=request.caller.workspace_id,
        query=request.query.get("q", "").replace("\0", "").strip()[:200],
        after=request.query_int("after", default=0, low=0, high=2**62),
    )
    return page(request, "pages/integrations.html", section="/integrations", **context)


def _context(tx: Tx, *, workspace_id: int, query: str, after: int) -> dict[str, Any]:
    found, total = integrations.search(tx, workspace_id=workspace_id, text=query or None, after=after, limit=_PAGE + 1)
    shown = found[:_PAGE]
    tallies = integrations.tallies(tx, workspace_id=workspace_id, integrations=shown)
    return {
        "rows": [(each, tallies.get(each.id, _NONE), host_of(each)) for each in shown],
        "kinds": KINDS,
        "query": query,
        "answer": answer(shown, tallies, filtered=bool(query), total=total),
        "here": address("/integrations", q=query, after=after or None),
        "start": address("/integrations", q=query) if after else None,
        "after": address("/integrations", q=query, after=shown[-1].id) if len(found) > _PAGE else None,
    }


def host_of(found: Integration) -> str:
    """Return where its API is, in a word."""
    try:
        return urlsplit(found.base_url or found.details.wsdl_document_url or "").netloc
    except ValueError:
        return ""


def answer(shown: Sequence[Integration], tallies: Mapping[int, Tally], *, filtered: bool, total: int) -> str:
    """Return which of them no longer work, or how many there are, in a sentence."""
    if not shown:
        return "No integration fits." if filtered else "No integration yet: bots call no API through this server."
    broken = [each.name for each in shown if tallies.get(each.id, _NONE).broken]
    if len(broken) == 1:
        return f"An account at {broken[0]} no longer works; connect it again."
    if broken:
        return f"Accounts at {count_of(len(broken), 'integration')} no longer work; connect them again."
    accounts = sum(tally.total for tally in tallies.values())
    return f"{count_of(total, 'integration')}, {count_of(accounts, 'account')} on this page; none is broken."
