"""The keys and tokens in force: making a key, which is shown once, and revoking."""

from __future__ import annotations

from typing import Any

from botyard.base.clock import DAY
from botyard.base.exceptions import Invalid
from botyard.console.frame import done, page
from botyard.console.wording import count_of
from botyard.core import access
from botyard.core.access import NewToken, Role
from botyard.storage import Tx
from botyard.web import Form, Request, Response

_TOKENS = 200
_KINDS = ("key", "app", "join", "local")
#: Who a key is for, in words; its clients log in with it, or send it as it is.
_FOR = {
    "native": "scripts and the command line",
    "botcity": "BotCity bots",
    "maestro-client": "botcity-maestro-client",
    "botvelocity": "Bot Velocity developers",
}
_LIVES = {"": "until it is revoked", "30": "for 30 days", "90": "for 90 days", "365": "for a year"}


async def show(request: Request) -> Response:
    """Show the keys and tokens that are in force."""
    return await _show(request)


async def create(request: Request) -> Response:
    """Make a key, and show it once."""
    form = await request.form()
    try:
        made = await request.change(
            _create,
            audit_action="access.create_key",
            audit_target=lambda key: f"{key.token.dialect} token:{key.token.id}",
            workspace_id=request.caller.workspace_id,
            workspace=request.caller.workspace_label,
            form=form,
            owner=request.caller.actor,
            now=request.now,
        )
    except Invalid as error:
        return await _show(request, form=form, error=error)
    return await _show(request, made=made)


async def revoke(request: Request) -> Response:
    """Revoke a key or token, and every login made with it."""
    token_id = (await request.form()).text("id")[:200]
    token = await request.change(
        access.revoke,
        audit_target=lambda gone: f"token:{gone.id}",
        workspace_id=request.caller.workspace_id,
        token_id=token_id,
        now=request.now,
    )
    return done("/settings/keys", f"{token.name} is revoked; whoever uses it is refused from now on.")


async def _show(
    request: Request, *, made: NewToken | None = None, form: Form | None = None, error: Invalid | None = None
) -> Response:
    context = await request.db.read(_context, workspace_id=request.caller.workspace_id)
    whole = {**context, **_offered(form, error), "made": made, "server": request.server, "tab": "keys"}
    status = 400 if error else 200
    return page(request, "pages/settings_keys.html", section="/settings", block="main", status=status, **whole)


def _offered(form: Form | None, error: Invalid | None) -> dict[str, Any]:
    """Return the form as it was sent, or as it is at first, with what is wrong about it."""
    fields = {name: form.text(name) if form else "" for name in ("name", "for", "role", "lives")}
    return {
        "fields": {**fields, "role": fields["role"] or "developer", "for": fields["for"] or "native"},
        "uses": list(_FOR.items()),
        "roles": [(str(role), str(role)) for role in Role],
        "lives": list(_LIVES.items()),
        "problem": error.message if error else "",
        "hint": error.hint if error else "",
        "wrong": error.field if error else None,
    }


def _create(tx: Tx, *, workspace_id: int, workspace: str, form: Form, owner: str, now: int) -> NewToken:
    dialect, role, days = form.text("for"), form.text("role"), form.text("lives")
    if dialect not in _FOR or role not in set(Role) or days not in _LIVES:
        raise Invalid("The form holds something that is not offered.", hint="Choose again.", field="for")
    return access.create_key(
        tx,
        workspace_id=workspace_id,
        name=form.text("name").strip() or dialect,
        role=Role(role),
        owner=owner,
        now=now,
        dialect=dialect,
        login=None if dialect == "native" else workspace,
        expires_at=now + int(days) * DAY if days else None,
    )


def _context(tx: Tx, *, workspace_id: int) -> dict[str, Any]:
    found = [
        token
        for kind in _KINDS
        for token in access.list_tokens(tx, workspace_id=workspace_id, kind=kind, limit=_TOKENS)
    ]
    keys, apps = (sum(token.kind == kind for token in found) for kind in ("key", "app"))
    said = [count_of(keys, "API key") if keys else "", count_of(apps, "app token") if apps else ""]
    return {
        "tokens": found,
        "runners": access.list_tokens(tx, workspace_id=workspace_id, kind="runner", limit=_TOKENS),
        "answer": f"{' and '.join(filter(None, said))} in force."
        if keys or apps
        else "No API key: no client of another vendor gets in.",
    }
