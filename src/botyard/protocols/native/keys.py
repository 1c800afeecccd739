"""API keys and the tokens of machines: list, issue, revoke."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from botyard.base import clock
from botyard.base.clock import iso
from botyard.core import access
from botyard.core.access import NewToken, Role, Token
from botyard.protocols.native import asking, views
from botyard.web.request import Request
from botyard.web.response import Response, json_response, no_content
from botyard.wire import native as wire

_KINDS: tuple[str, ...] = get_args(wire.TokenKind)


async def search(request: Request) -> Response:
    """List API keys that are in force, newest first; with `kind` other tokens, with `revoked` also ended ones."""
    limit = asking.limit_of(request)
    found = await request.db.read(
        access.search_tokens,
        workspace_id=request.caller.workspace_id,
        kind=asking.one_of(request, "kind", _KINDS) or "key",
        revoked=asking.flag_of(request, "revoked") or False,
        before=asking.text_of(request, "before"),
        limit=limit,
    )
    return json_response(page(found, limit))


async def get(request: Request) -> Response:
    """Describe a key or another token, without its text."""
    found = await request.db.read(
        access.get_token, workspace_id=request.caller.workspace_id, token_id=request.path["id"]
    )
    return json_response(view(found))


async def create(request: Request) -> Response:
    """Issue an API key; its text is in this answer and nowhere else."""
    call, caller = await request.json(wire.CreateKey), request.caller
    made = await request.change(
        access.create_key,
        audit_target=lambda new: f"{new.token.dialect} token:{new.token.id}",
        workspace_id=caller.workspace_id,
        name=call.name,
        role=Role(call.role),
        dialect=call.dialect,
        login=None if call.dialect == "native" else caller.workspace_label,
        owner=caller.actor,
        expires_at=None if call.expires is None else clock.parse(call.expires),
        now=request.now,
    )
    return json_response(new_view(made), status=201)


async def revoke(request: Request) -> Response:
    """Revoke a key or another token, and every login made with it."""
    await request.change(
        access.revoke,
        audit_target=lambda gone: f"token:{gone.id}",
        workspace_id=request.caller.workspace_id,
        token_id=request.path["id"].replace("\0", ""),
        now=request.now,
    )
    return no_content()


def page(found: Sequence[Token], limit: int) -> wire.TokenPage:
    """Return a page of tokens."""
    last = views.next_of(found, limit)
    return wire.TokenPage(keys=[view(token) for token in found], next=last and last.id)


def new_view(made: NewToken) -> wire.NewTokenView:
    """Return a token with its text."""
    return wire.NewTokenView(token=made.text, key=view(made.token))


def view(token: Token) -> wire.TokenView:
    """Return a token without its text."""
    return wire.TokenView(
        id=token.id,
        kind=token.kind,
        name=token.name,
        dialect=token.dialect,
        role=token.role.value if token.role else None,
        login=token.login,
        owner=f"{token.owner_kind}:{token.owner_id}",
        created_at=iso(token.created_at),
        expires_at=views.moment(token.expires_at),
        revoked_at=views.moment(token.revoked_at),
        used_at=views.moment(token.used_at),
    )
