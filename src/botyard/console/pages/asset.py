"""One asset: what it holds, who used it, changing and deleting it. What is secret never comes out again."""

from __future__ import annotations

from typing import Any

from botyard.base.exceptions import AlreadyExists, Invalid
from botyard.console.filters import address
from botyard.console.frame import done, page
from botyard.console.wording import actor, ago
from botyard.core import assets, events, folders, vault
from botyard.core.assets import Asset, NewAsset
from botyard.core.vault import RootKeys
from botyard.storage import Tx
from botyard.web import Form, Request, Response

_USES = 50
_CHANGES = 20
_ANSWERS = {
    "text": "A text that bots read as it is.",
    "int": "A whole number that bots read as it is.",
    "bool": "True or false, which bots read as it is.",
}
_EMPTY = dict.fromkeys(("name", "folder", "type", "value", "username", "description"), "")
_TRUTH = {"true": True, "false": False}


async def new(request: Request) -> Response:
    """Show the form for an asset of one type."""
    kind = request.query.get("type", "text")
    fields = {"type": kind if kind in assets.TYPES else "text", "folder": request.query.get("folder", "")[:100]}
    return await _new(request, _EMPTY | fields)


async def create(request: Request) -> Response:
    """Make an asset."""
    form = await request.form()
    try:
        made = await request.change(
            _create,
            audit_action="assets.create",
            audit_target=_target,
            root_keys=request.tools.root_keys,
            workspace_id=request.caller.workspace_id,
            form=form,
            **_who(request),
        )
    except (AlreadyExists, Invalid) as error:
        return await _new(request, _sent(form, form.text("type")), error)
    return done(address_of(made), f"The asset {made.name} is there.")


async def show(request: Request) -> Response:
    """Show an asset."""
    return await _show(request)


async def save(request: Request) -> Response:
    """Change an asset; a secret that is left empty stays."""
    form = await request.form()
    try:
        changed = await request.change(
            _save,
            audit_action="assets.put",
            audit_target=_target,
            root_keys=request.tools.root_keys,
            form=form,
            **_place(request),
            **_who(request),
        )
    except Invalid as error:
        return await _show(request, form=form, error=error)
    return done(address_of(changed), f"The asset {changed.name} is changed. Bots get what it is from now on.")


async def delete(request: Request) -> Response:
    """Remove an asset."""
    gone = await request.change(
        _delete, audit_action="assets.delete", audit_target=_target, **_place(request), **_who(request)
    )
    return done("/assets", f"The asset {gone.name} is gone.")


def address_of(asset: Asset) -> str:
    """Return the address of an asset's page."""
    return f"/assets/{asset.id}"


async def _new(request: Request, fields: dict[str, str], error: AlreadyExists | Invalid | None = None) -> Response:
    known = await request.db.read(folders.search, workspace_id=request.caller.workspace_id)
    kinds = [(kind, address("/new/asset", type=kind, folder=fields["folder"])) for kind in assets.TYPES]
    return page(
        request,
        "pages/asset_form.html",
        section="/assets",
        block="main",
        status=400 if error else 200,
        fields=fields,
        kinds=kinds,
        folders=[each.name for each in known],
        **_said(error),
    )


async def _show(request: Request, *, form: Form | None = None, error: Invalid | None = None) -> Response:
    context = await request.db.read(_context, root_keys=request.tools.root_keys, now=request.now, **_place(request))
    status = 400 if error else 200
    fields = context["fields"] if form is None else _sent(form, context["it"].type)
    whole = {**context, **_said(error), "fields": fields}
    return page(request, "pages/asset.html", section="/assets", block="main", status=status, **whole)


def _said(error: AlreadyExists | Invalid | None) -> dict[str, Any]:
    if error is None:
        return {"problem": "", "hint": "", "wrong": None}
    return {"problem": error.message, "hint": error.hint, "wrong": error.field}


def _sent(form: Form, kind: str) -> dict[str, str]:
    """Return what was typed, without what is secret."""
    fields = {name: form.text(name) for name in ("name", "folder", "username", "description")}
    shown = "" if kind in assets.SECRET_TYPES else form.text("value")
    return {**fields, "type": kind if kind in assets.TYPES else "text", "value": shown}


def _place(request: Request) -> dict[str, Any]:
    return {"workspace_id": request.caller.workspace_id, "asset_id": request.path_id("id")}


def _who(request: Request) -> dict[str, Any]:
    return {"actor": request.caller.actor, "now": request.now}


def _target(asset: Asset) -> str:
    return asset.name


def _create(tx: Tx, *, root_keys: RootKeys, workspace_id: int, form: Form, actor: str, now: int) -> Asset:
    asset = _asset(form, name=form.text("name").strip(), kind=form.text("type"), folder=form.text("folder"))
    return assets.create(tx, root_keys=root_keys, workspace_id=workspace_id, asset=asset, actor=actor, now=now)


def _save(tx: Tx, *, root_keys: RootKeys, workspace_id: int, asset_id: int, form: Form, actor: str, now: int) -> Asset:
    present = assets.get_by_id(tx, workspace_id=workspace_id, asset_id=asset_id)
    asset = _asset(form, name=present.name, kind=present.type, folder=present.folder, whole=False)
    return assets.put(tx, root_keys=root_keys, workspace_id=workspace_id, asset=asset, actor=actor, now=now)


def _delete(tx: Tx, *, workspace_id: int, asset_id: int, actor: str, now: int) -> Asset:
    present = assets.get_by_id(tx, workspace_id=workspace_id, asset_id=asset_id)
    return assets.delete(tx, workspace_id=workspace_id, name=present.name, folder=present.folder, actor=actor, now=now)


def _asset(form: Form, *, name: str, kind: str, folder: str, whole: bool = True) -> NewAsset:
    """Return the asset that a form describes. Raises Invalid naming the field."""
    common = {"name": name, "type": kind, "folder": folder.strip(), "description": form.text("description").strip()}
    typed = form.text("value")
    if kind == "credential":
        login = {"username": form.text("username"), "password": form.text("password")}
        return assets.checked(
            **common, **{key: value if whole or value else None for key, value in login.items()}, whole=whole
        )
    value: Any = typed
    if kind == "int":
        value = _number(typed.strip())
    elif kind == "bool":
        value = _TRUTH.get(typed)
    elif kind == "secret" and not whole and not typed:
        value = None
    return assets.checked(**common, value=value, whole=whole)


def _number(typed: str) -> int:
    digits = typed.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 20):
        raise Invalid(f'"{typed[:40]}" is not a whole number.', hint="Write digits only.", field="value")
    return int(typed)


def _context(tx: Tx, *, workspace_id: int, asset_id: int, root_keys: RootKeys, now: int) -> dict[str, Any]:
    asset = assets.get_by_id(tx, workspace_id=workspace_id, asset_id=asset_id)
    history = events.latest_for(tx, workspace_id=workspace_id, entity="asset", entity_id=str(asset.id), limit=_CHANGES)
    return {
        "it": asset,
        "href": address_of(asset),
        "vault": vault.state(tx, root_keys=root_keys),
        "answer": answer(asset, now=now),
        "uses": assets.reads_of(tx, asset, limit=_USES) if asset.is_secret else [],
        "window": assets.READS_WINDOW,
        "changes": history,
        "code": code(asset),
        "fields": {
            "type": asset.type,
            "value": shown(asset.value),
            "username": asset.username or "",
            "description": asset.description,
        },
    }


def answer(asset: Asset, *, now: int) -> str:
    """Return what the asset is and who used it last, in a sentence."""
    if not asset.is_secret:
        return _ANSWERS[asset.type]
    kind = "A secret" if asset.type == "secret" else "A user name and a password"
    if asset.read_at is None:
        return f"{kind} for bots only. Never read so far."
    by = asset.read_by or ""
    task = by.removeprefix("attempt:").partition("/")[0]
    who = f"task {task}" if by.startswith("attempt:") else actor(by)
    return f"{kind} for bots only. Last read {ago(asset.read_at, now)} by {who}."


def shown(value: str | int | bool | None) -> str:
    """Return a value as it is typed into a field."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def code(asset: Asset) -> str:
    """Return how a Bot Velocity bot reads it."""
    calls = {"secret": "get_secret", "credential": "get_credential"}
    ends = {"secret": ".value()", "credential": ".password.value()"}
    return f'assets.{calls.get(asset.type, "get_asset")}("{asset.name}"){ends.get(asset.type, "")}'
