"""Apps of the workspace, and the tokens that speak for them."""

from __future__ import annotations

from functools import partial
from typing import Any

import msgspec

from botyard.base import clock
from botyard.base.clock import iso
from botyard.core import access, actions, apps
from botyard.core.access import NewToken
from botyard.core.apps import App
from botyard.protocols.native import asking, keys, views
from botyard.storage import Tx
from botyard.web.etags import tag_of
from botyard.web.request import Request
from botyard.web.response import Response, json_response, no_content
from botyard.wire import native as wire


async def search(request: Request) -> Response:
    """List apps by id."""
    limit = asking.limit_of(request)
    found = await request.db.read(
        _listed,
        workspace_id=request.caller.workspace_id,
        after_id=asking.id_of(request, "after") or 0,
        limit=limit,
    )
    last = views.next_of(found, limit)
    return json_response(wire.AppPage(apps=[_view(*each) for each in found], next=last and last[0].id))


def _listed(tx: Tx, *, workspace_id: int, after_id: int, limit: int) -> list[tuple[App, str | None]]:
    """Return apps by id, with the logins of their owners."""
    found = apps.list_all(tx, workspace_id=workspace_id, after_id=after_id, limit=limit)
    logins = access.logins_of(tx, user_ids=[app.owner_id for app in found if app.owner_id])
    return [(app, logins.get(app.owner_id or 0)) for app in found]


async def get(request: Request) -> Response:
    """Read the app that an id or a slug stands for."""
    app = await asking.app_of(request)
    return json_response(await _owned(request, app), headers=tag_of(app))


async def create(request: Request) -> Response:
    """Make an app."""
    call = await request.json(wire.CreateApp)
    made = await request.change(
        _create,
        audit_action="apps.create",
        workspace_id=request.caller.workspace_id,
        call=call,
        **asking.by(request),
    )
    return json_response(await _owned(request, made), status=201)


def _create(tx: Tx, *, workspace_id: int, call: wire.CreateApp, actor: str, now: int) -> App:
    """Make an app whose owner is named by login. Raises NotFound for the owner, and what `apps.create` raises."""
    fields = msgspec.structs.asdict(call)
    return apps.create(
        tx,
        workspace_id=workspace_id,
        app_id=fields.pop("id"),
        owner_id=_member(tx, workspace_id, fields.pop("owner")),
        actor=actor,
        now=now,
        **fields,
    )


async def update(request: Request) -> Response:
    """Change the fields that were sent."""
    call, where = await request.json(wire.UpdateApp), await asking.scope_of(request)
    changed = await request.change(
        _update,
        current=partial(apps.get, **where),
        audit_action="apps.update",
        **where,
        call=call,
        **asking.by(request),
    )
    return json_response(await _owned(request, changed), headers=tag_of(changed))


def _update(tx: Tx, *, workspace_id: int, app_id: int, call: wire.UpdateApp, actor: str, now: int) -> App:
    """Change an app whose owner is named by login. Raises NotFound for the owner, and what `apps.update` raises."""
    fields = asking.sent(call)
    if "owner" in fields:
        fields["owner_id"] = _member(tx, workspace_id, fields.pop("owner"))
    return apps.update(tx, workspace_id=workspace_id, app_id=app_id, fields=fields, actor=actor, now=now)


async def delete(request: Request) -> Response:
    """Delete an app that has neither actions nor tables, with its files, cached values and tokens."""
    where = await asking.scope_of(request)
    await request.change(
        _delete, current=partial(apps.get, **where), audit_action="apps.delete", **where, **asking.by(request)
    )
    return no_content()


def _delete(tx: Tx, *, workspace_id: int, app_id: int, actor: str, now: int) -> App:
    """Delete an app, and what was run by hand for it. Raises what `apps.delete` raises."""
    actions.drop_hidden(tx, workspace_id=workspace_id, app_id=app_id, actor=actor, now=now)
    return apps.delete(tx, workspace_id=workspace_id, app_id=app_id, actor=actor, now=now)


async def search_tokens(request: Request) -> Response:
    """List the tokens of an app that are in force, newest first; with `revoked` all of them."""
    limit = asking.limit_of(request)
    found = await request.db.read(
        access.search_tokens,
        kind="app",
        revoked=asking.flag_of(request, "revoked") or False,
        before=asking.text_of(request, "before"),
        limit=limit,
        **await asking.scope_of(request),
    )
    return json_response(keys.page(found, limit))


async def create_token(request: Request) -> Response:
    """Make a token of an app; its text is in this answer and nowhere else."""
    call = await request.json(wire.CreateAppToken)
    made = await request.change(
        _create_token,
        audit_action="access.create_app_token",
        audit_target=lambda new: f"app token:{new.token.id}",
        app=await asking.app_of(request),
        call=call,
        expires_at=None if call.expires is None else clock.parse(call.expires),
        owner=request.caller.actor,
        now=request.now,
    )
    return json_response(keys.new_view(made), status=201)


def _create_token(
    tx: Tx, *, app: App, call: wire.CreateAppToken, expires_at: int | None, owner: str, now: int
) -> NewToken:
    """Make a token in the name of a member, else of the app's owner, else of the first administrator."""
    member = _member(tx, app.workspace_id, call.user, field="user")
    return access.create_app_token(
        tx,
        workspace_id=app.workspace_id,
        app_id=app.id,
        user_id=member or app.owner_id or access.first_admin(tx, workspace_id=app.workspace_id),
        name=call.name or f"automio {app.slug}",
        owner=owner,
        now=now,
        expires_at=expires_at,
    )


async def revoke_token(request: Request) -> Response:
    """Revoke a token of an app; whoever uses it is refused from now on."""
    await request.change(
        _revoke,
        audit_action="access.revoke",
        audit_target=lambda gone: f"token:{gone.id}",
        token_id=request.path["id"],
        now=request.now,
        **await asking.scope_of(request),
    )
    return no_content()


def _revoke(tx: Tx, *, workspace_id: int, app_id: int, token_id: str, now: int) -> access.Token:
    """Revoke a token of one app. Raises NotFound for any other."""
    token = access.get_token(tx, workspace_id=workspace_id, token_id=token_id)
    if token.app_id != app_id:
        raise asking.unknown("This token")
    return access.revoke(tx, workspace_id=workspace_id, token_id=token.id, now=now)


def _member(tx: Tx, workspace_id: int, login: str | None, *, field: str = "owner") -> int | None:
    if login is None:
        return None
    return access.find_member(tx, workspace_id=workspace_id, login=login, field=field)[0].id


async def _owned(request: Request, app: App) -> wire.AppView:
    """Return an app with the login of its owner."""
    logins = await request.db.read(access.logins_of, user_ids=[app.owner_id] if app.owner_id else [])
    return _view(app, logins.get(app.owner_id or 0))


def _view(app: App, owner: str | None) -> wire.AppView:
    fields: dict[str, Any] = {name: getattr(app, name) for name in ("id", "slug", "name", "description", "created_by")}
    return wire.AppView(owner=owner, created_at=iso(app.created_at), updated_at=iso(app.updated_at), **fields)
