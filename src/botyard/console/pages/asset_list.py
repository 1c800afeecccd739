"""The assets that bots are configured with, by name and folder; what is secret in them is never shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botyard.console.filters import address
from botyard.console.frame import page
from botyard.console.listing import Chip
from botyard.console.wording import count_of
from botyard.core import assets, folders, vault
from botyard.core.assets import Asset
from botyard.core.vault import RootKeys
from botyard.storage import Tx
from botyard.web import Request, Response

_PAGE = 50
_FOLDERS = 30


async def show(request: Request) -> Response:
    """Show assets, of one folder or of all."""
    asked = {name: request.query.get(name, "").replace("\0", "").strip()[:200] for name in ("q", "folder", "after")}
    context = await request.db.read(
        _context, workspace_id=request.caller.workspace_id, root_keys=request.tools.root_keys, **asked
    )
    return page(request, "pages/assets.html", section="/assets", **context)


def _context(tx: Tx, *, workspace_id: int, root_keys: RootKeys, q: str, folder: str, after: str) -> dict[str, Any]:
    name, slash, place = after.partition("/")
    found = assets.search(
        tx,
        workspace_id=workspace_id,
        text=q or None,
        folder=folder or None,
        after=(name, place) if slash else None,
        limit=_PAGE + 1,
    )
    shown = found[:_PAGE]
    said = {"q": q, "folder": folder}
    on = f"{shown[-1].name}/{shown[-1].folder}" if len(found) > _PAGE else None
    state = vault.state(tx, root_keys=root_keys)
    return {
        "assets": shown,
        "query": q,
        "folder": folder,
        "vault": state,
        "answer": answer(shown, state, filtered=bool(q or folder), more=on is not None),
        "chips": _chips(tx, workspace_id=workspace_id, said=said),
        "start": address("/assets", **said) if after else None,
        "after": address("/assets", **said, after=on) if on else None,
    }


def _chips(tx: Tx, *, workspace_id: int, said: dict[str, str]) -> list[Chip]:
    held = folders.contents(tx, workspace_id=workspace_id)
    names = [name for name in sorted(held) if held[name].assets or name == said["folder"]][:_FOLDERS]
    if len(names) < 2 and not said["folder"]:
        return []
    made = [Chip(address("/assets", q=said["q"]), "all folders", None, "", not said["folder"])]
    for name in names:
        href = address("/assets", q=said["q"], folder=name)
        made.append(Chip(href, name, None, str(held[name].assets), name == said["folder"]))
    return made


def answer(shown: Sequence[Asset], state: str, *, filtered: bool, more: bool) -> str:
    """Return what is there and whether bots can read it, in a sentence."""
    sealed = "The vault is sealed: bots that need a secret fail until the server has its key file. "
    said = sealed if state == "sealed" else ""
    if not shown:
        return f"{said}{'No asset fits.' if filtered else 'No asset yet.'}"
    secrets = [each for each in shown if each.is_secret]
    unread = sum(each.read_at is None for each in secrets)
    count = f"The first {len(shown)} assets" if more else count_of(len(shown), "asset")
    hidden = f", {len(secrets)} of them secret" if secrets else ""
    never = f" {count_of(unread, 'secret')} {'was' if unread == 1 else 'were'} never read." if unread else ""
    return f"{said}{count}{hidden}.{never}"
