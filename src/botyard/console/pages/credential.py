"""One set of secrets: its keys, replacing a value, deleting. No value ever comes out again."""

from __future__ import annotations

from typing import Any

from botyard.console.frame import done, page
from botyard.console.pages.credential_list import address_of, last_read
from botyard.console.wording import actor, ago, count_of
from botyard.core import credentials, vault
from botyard.core.credentials import Credential
from botyard.core.vault import RootKeys
from botyard.storage import Tx
from botyard.web import Request, Response


async def show(request: Request) -> Response:
    """Show a set."""
    context = await request.db.read(_context, root_keys=request.tools.root_keys, now=request.now, **_place(request))
    return page(request, "pages/credential.html", section="/credentials", **context)


async def put_key(request: Request) -> Response:
    """Set one key, new or not."""
    form = await request.form()
    key = form.text("key")
    changed = await request.change(
        credentials.put_key,
        audit_target=f"{request.path['label'][:100]}/{key[:80]}",
        root_keys=request.tools.root_keys,
        key=key,
        secret=credentials.text_of(form.text("value")),
        actor=request.caller.actor,
        now=request.now,
        **_place(request),
    )
    return done(address_of(changed.label), f"The key {key.strip()} is set. Bots get the new value from now on.")


async def delete_key(request: Request) -> Response:
    """Remove one key with its value."""
    key = (await request.form()).text("key")
    changed = await request.change(
        credentials.delete_key,
        audit_target=f"{request.path['label'][:100]}/{key[:80]}",
        key=key,
        actor=request.caller.actor,
        now=request.now,
        **_place(request),
    )
    return done(address_of(changed.label), f"The key {key} is gone.")


async def delete(request: Request) -> Response:
    """Remove the set with all its values."""
    gone = await request.change(credentials.delete, actor=request.caller.actor, now=request.now, **_place(request))
    return done("/credentials", f"The credential {gone.label} is gone.")


def _place(request: Request) -> dict[str, Any]:
    return {"workspace_id": request.caller.workspace_id, "label": request.path["label"]}


def _context(tx: Tx, *, workspace_id: int, label: str, root_keys: RootKeys, now: int) -> dict[str, Any]:
    credential = credentials.get(tx, workspace_id=workspace_id, label=label)
    return {
        "credential": credential,
        "href": address_of(credential.label),
        "vault": vault.state(tx, root_keys=root_keys),
        "answer": answer(credential, now=now),
    }


def answer(credential: Credential, *, now: int) -> str:
    """Return how many keys a set has and who read it last, in a sentence."""
    said = f"{count_of(len(credential.keys), 'key')}; values go to bots only."
    read = last_read(credential)
    if read is None:
        return f"{said} Never read so far."
    at, by = read
    task = by.removeprefix("attempt:").partition("/")[0]
    return f"{said} Last read {ago(at, now)} by {f'task {task}' if by.startswith('attempt:') else actor(by)}."
