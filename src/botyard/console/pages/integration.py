"""One integration: its accounts and latest calls, its settings as a form, and its end."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from botyard.base.exceptions import AlreadyExists, Denied, Invalid
from botyard.console import integrationform
from botyard.console.frame import done, page
from botyard.console.pages.connection import connection_words
from botyard.console.wording import count_of
from botyard.core import apps, integrations, plugins
from botyard.core.access import Caller, Permission
from botyard.core.integrations import KINDS, Connection, Integration
from botyard.storage import Tx
from botyard.web import Form, Request, Response

_CONNECTIONS = 200
_CALLS = 8


async def show(request: Request) -> Response:
    """Show an integration."""
    key = request.path["integration"]
    context = await request.db.read(_context, caller=request.caller, key=key, now=request.now)
    return page(request, "pages/integration.html", section="/integrations", **context)


async def new(request: Request) -> Response:
    """Show the form for an integration of one kind of sign-in."""
    kind = integrationform.kind_of(request.query.get("kind", ""))
    return _form(request, integrationform.Fields(kind=kind, values={"version": "1"}))


async def create(request: Request) -> Response:
    """Make an integration."""
    form = await request.form()
    kind = integrationform.kind_of(form.text("kind"))
    try:
        whole = integrations.checked(key=form.text("key").strip(), **integrationform.parts(form, kind))
        made = await request.change(
            integrations.create, audit_action="integrations.create", integration=whole, **_place(request)
        )
    except (AlreadyExists, Invalid, Denied) as error:
        return _form(request, integrationform.sent(form, kind), error=error)
    return done(address_of(made.key), f"{made.name} is there.", _next(made))


async def edit(request: Request) -> Response:
    """Show the form of an integration."""
    found = await _found(request)
    return _form(request, integrationform.fields_of(found), found)


async def save(request: Request) -> Response:
    """Change an integration."""
    form, found = await request.form(), await _found(request)
    try:
        parts = integrationform.parts(form, found.kind)
        changed = await request.change(
            integrations.update, audit_action="integrations.update", key=found.key, fields=parts, **_place(request)
        )
    except (Invalid, Denied) as error:
        return _form(request, _resent(form, found), found, error)
    return done(address_of(changed.key), f"{changed.name} is changed; the next call follows it.")


async def delete(request: Request) -> Response:
    """Delete an integration with its accounts and the log of its calls."""
    gone = await request.change(
        integrations.delete,
        audit_target=lambda found: found.key,
        workspace_id=request.caller.workspace_id,
        key=request.path["integration"],
        actor=request.caller.actor,
        now=request.now,
    )
    return done("/integrations", f"{gone.name} is deleted, with its accounts and the log of its calls.")


def address_of(key: str) -> str:
    """Return the address of an integration's page."""
    return f"/integrations/{quote(key, safe='')}"


def _place(request: Request) -> dict[str, Any]:
    return {
        "root_keys": request.tools.root_keys,
        "workspace_id": request.caller.workspace_id,
        "may_open": request.caller.may(Permission.WORKSPACE_MANAGE),
        "actor": request.caller.actor,
        "now": request.now,
    }


async def _found(request: Request) -> Integration:
    key = request.path["integration"]
    return await request.db.read(integrations.get, workspace_id=request.caller.workspace_id, key=key)


def _resent(form: Form, found: Integration) -> integrationform.Fields:
    fields = integrationform.sent(form, found.kind)
    return integrationform.Fields(kind=fields.kind, values={**fields.values, "key": found.key}, private=fields.private)


def _form(
    request: Request,
    fields: integrationform.Fields,
    found: Integration | None = None,
    error: AlreadyExists | Invalid | Denied | None = None,
) -> Response:
    return page(
        request,
        "pages/integration_form.html",
        section="/integrations",
        block="main",
        status=400 if error else 200,
        fields=fields,
        it=found,
        kinds=[(kind, word, f"/new/integration?kind={kind}") for kind, word in KINDS.items()],
        sign_in=integrationform.SIGN_IN[fields.kind],
        about=integrationform.ABOUT,
        **integrationform.said(error),
    )


def _next(made: Integration) -> str:
    if made.kind == "none":
        return "It needs no account: bots can call it now."
    return "Now connect an account, so that bots can call it."


def _context(tx: Tx, *, caller: Caller, key: str, now: int) -> dict[str, Any]:
    found = integrations.get(tx, workspace_id=caller.workspace_id, key=key)
    held = integrations.connections_of(tx, integration=found, limit=_CONNECTIONS + 1)
    logs = caller.may(Permission.INTEGRATIONS_LOG)
    known = {app.id: app.name for app in apps.list_all(tx, workspace_id=caller.workspace_id)}
    return {
        "it": found,
        "href": address_of(found.key),
        "kind": KINDS[found.kind],
        "answer": answer(found, held),
        "connections": [(each, connection_words(each, now=now), _apps_of(each, known)) for each in held[:_CONNECTIONS]],
        "more": len(held) > _CONNECTIONS,
        "calls": integrations.calls_of(tx, integration=found, limit=_CALLS) if logs else [],
        "plugins": plugins.plugins(tx, workspace_id=caller.workspace_id, integration=found.key, disabled=True),
    }


def _apps_of(connection: Connection, known: dict[int, str]) -> str:
    if connection.every_app:
        return "every app"
    return ", ".join(known.get(app_id, str(app_id)) for app_id in connection.apps) or "no app"


def answer(found: Integration, held: list[Connection]) -> str:
    """Return whether bots can call it, in a sentence."""
    broken = [each for each in held if each.broken]
    if broken:
        rest = f" and {count_of(len(broken) - 1, 'more account')} no longer work" if len(broken) > 1 else ""
        return f"{broken[0].name}{rest or ' no longer works'}: {broken[0].broken}"
    if found.kind == "none":
        return "It needs no sign-in; every app can call it."
    if not held:
        return "No account is connected, so no bot can call it yet."
    return f"{count_of(len(held), 'account')} connected; bots call it by the id {found.key}."
