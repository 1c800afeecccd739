"""The sets of secrets: their names, versions and last readers, and whether the vault is open. Never a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from botyard.console.filters import address
from botyard.console.frame import done, page
from botyard.console.wording import count_of
from botyard.core import credentials, vault
from botyard.core.credentials import Credential
from botyard.core.vault import RootKeys
from botyard.storage import Tx
from botyard.web import Request, Response

_PAGE = 50


async def show(request: Request) -> Response:
    """Show the sets by label."""
    context = await request.db.read(
        _context,
        workspace_id=request.caller.workspace_id,
        root_keys=request.tools.root_keys,
        after=request.query.get("after", "").replace("\0", "") or None,
    )
    return page(request, "pages/credentials.html", section="/credentials", **context)


async def create(request: Request) -> Response:
    """Make a set with its first key."""
    form = await request.form()
    made = await request.change(
        credentials.create,
        root_keys=request.tools.root_keys,
        workspace_id=request.caller.workspace_id,
        label=form.text("label"),
        secrets=credentials.checked_secrets([(form.text("key"), form.text("value"))]),
        actor=request.caller.actor,
        now=request.now,
    )
    return done(address_of(made.label), f"The credential {made.label} is kept in the vault.")


def _context(tx: Tx, *, workspace_id: int, root_keys: RootKeys, after: str | None) -> dict[str, Any]:
    found = credentials.search(tx, workspace_id=workspace_id, after=after, limit=_PAGE + 1)
    shown = found[:_PAGE]
    state = vault.state(tx, root_keys=root_keys)
    return {
        "credentials": [(each, address_of(each.label), last_read(each)) for each in shown],
        "vault": state,
        "answer": answer(shown, state),
        "start": "/credentials" if after else None,
        "after": address("/credentials", after=shown[-1].label) if len(found) > _PAGE else None,
    }


def answer(shown: Sequence[Credential], state: str) -> str:
    """Return what is kept and whether it can be read, in a sentence."""
    sealed = "The vault is sealed: bots that need a secret fail until the server has its key file. "
    said = sealed if state == "sealed" else ""
    if not shown:
        return f"{said}No secret is kept yet."
    keys = sum(len(each.keys) for each in shown)
    unread = sum(all(key.read_at is None for key in each.keys) for each in shown)
    said += f"{count_of(len(shown), 'credential')} with {count_of(keys, 'key')}."
    return said + (
        f" {count_of(unread, 'credential')} {'was' if unread == 1 else 'were'} never read." if unread else ""
    )


def last_read(credential: Credential) -> tuple[int, str] | None:
    """Return when one of the keys was read last, and by whom."""
    read = [(key.read_at, key.read_by or "") for key in credential.keys if key.read_at is not None]
    return max(read, default=None)


def address_of(label: str) -> str:
    """Return the address of a set's page."""
    return f"/credentials/{quote(label, safe='')}"
