"""An account at an integration: connecting it, trying it, its apps and limits, other secrets, and its end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from botyard.base.exceptions import AlreadyExists, Denied, Invalid
from botyard.console import connectform
from botyard.console.frame import done, page
from botyard.console.integrationform import said
from botyard.console.wording import Word, ago
from botyard.core import apps, events, integrations
from botyard.core.integrations import KINDS, Connection, Integration, Wishes
from botyard.storage import Tx
from botyard.upstream.integration import CallerOf, Outcome, Wanted, excerpt
from botyard.web import Form, Request, Response
from botyard.web.integrations import redirect_uri, switchboard

_CHANGES = 20


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a test call; `text` is the beginning of the answer with secrets masked."""

    ok: bool
    status: int
    url: str
    text: str
    reason: str | None
    kind: str
    milliseconds: int


async def new(request: Request) -> Response:
    """Show the form that connects an account."""
    return await _form(request)


async def create(request: Request) -> Response:
    """Connect an account with its secrets, and try it at once."""
    form = await request.form()
    found = await _integration(request)
    try:
        made = await _change(
            request, integrations.connect, found, key=found.key, connection=connectform.wanted(form, found.kind)
        )
    except (AlreadyExists, Invalid) as error:
        return await _form(request, connectform.sent(form), error)
    trial = await _try(request, found, made, form.text("path"))
    return await _show(request, made.id, trial=trial, fresh=True)


async def sign_in(request: Request) -> Response:
    """Begin a sign-in at the provider of an OAuth2 integration: show where it leads."""
    form = await request.form()
    try:
        address = await _begin(request, form)
    except Invalid as error:
        return await _form(request, connectform.sent(form), error)
    shown: dict[str, Any] = {
        "it": await _integration(request),
        "address": address,
        "host": urlsplit(address).netloc,
        "redirect_uri": redirect_uri(request),
    }
    return page(request, "pages/connection_sign_in.html", section="/integrations", block="main", **shown)


async def show(request: Request) -> Response:
    """Show a connection."""
    return await _show(request, request.path_id("id"))


async def save(request: Request) -> Response:
    """Change a connection; other secrets mend a broken one."""
    form = await request.form()
    found, present = await _found(request)
    try:
        wanted = connectform.wanted(form, found.kind, builtin=present.builtin)
        changed = await _change(request, integrations.reconnect, found, connection_id=present.id, connection=wanted)
    except (AlreadyExists, Invalid) as error:
        return await _show(request, present.id, fields=connectform.sent(form), error=error)
    return done(f"/connections/{changed.id}", f"{changed.name} is changed; the next call follows it.")


async def test(request: Request) -> Response:
    """Make one call with an account, and show what came of it."""
    form = await request.form()
    found, connection = await _found(request)
    path = form.text("path")
    trial = await _try(request, found, connection, path)
    return await _show(request, connection.id, trial=trial, path=path)


async def disconnect(request: Request) -> Response:
    """Remove an account and its secrets for good."""
    found, _ = await _found(request)
    gone = await request.change(
        integrations.disconnect,
        audit_target=lambda gone: f"{found.key} connection:{gone.id}",
        workspace_id=found.workspace_id,
        connection_id=request.path_id("id"),
        **_who(request),
    )
    return done(f"/integrations/{quote(found.key, safe='')}", f"{gone.name} is disconnected; its secrets are gone.")


def connection_words(found: Connection, *, now: int) -> Word:
    """Return whether an account works, as far as is known."""
    if found.broken:
        return Word("broken", "failed")
    if found.token_expires_at is not None and found.token_expires_at <= now:
        return Word("token expired", "partial", hollow=True)
    return Word("connected", "succeeded")


def answer(found: Connection, *, now: int) -> str:
    """Return whether an account works and who used it last, in a sentence."""
    if found.broken:
        return f"It no longer works: {found.broken} Connect it again."
    used = f"It was last read {ago(found.read_at, now)}." if found.read_at else "No bot has used it yet."
    if found.token_expires_at is None:
        return used
    word = "ended" if found.token_expires_at <= now else "ends"
    return f"{used} Its token {word} {ago(found.token_expires_at, now)} and is renewed with the call that needs it."


async def _change(
    request: Request, operation: Callable[..., Connection], found: Integration, **parameters: Any
) -> Connection:
    return await request.change(
        operation,
        audit_action=f"integrations.{operation.__name__}",
        audit_target=lambda made: f"{found.key} connection:{made.id}",
        root_keys=request.tools.root_keys,
        workspace_id=found.workspace_id,
        **parameters,
        **_who(request),
    )


async def _begin(request: Request, form: Form) -> str:
    """Return the address at which somebody signs in, for a new account or for the one that the form names."""
    connection = form.text("connection")
    return await switchboard(request).connecting.begin(
        workspace_id=request.caller.workspace_id,
        key=request.path["integration"],
        wishes=Wishes(
            connection_id=int(connection)
            if connection.isascii() and connection.isdigit() and len(connection) < 19
            else None,
            name=form.text("name").strip() or None,
            apps=None if connection else connectform.apps_of(form),
        ),
        redirect_uri=redirect_uri(request),
        session=request.caller.session_id is not None,
        actor=request.caller.actor,
    )


async def _try(request: Request, found: Integration, connection: Connection, path: str) -> Trial:
    """Make the test call: to a path if one is given, else what the integration names for it."""
    caller = CallerOf(
        workspace_id=found.workspace_id, app_id=None, task_id=None, connection_id=None, origin=request.origin()
    )
    board, path = switchboard(request), path.strip()[:2000]
    began = time.perf_counter()
    account = await board.account(caller, found.key, connection.id)
    outcome = (
        await board.call(caller, account, Wanted(endpoint=path))
        if path and found.kind != "wsdl"
        else await board.try_out(caller, account)
    )
    return _trial(outcome, account.secrets.texts(), milliseconds=round((time.perf_counter() - began) * 1000))


def _trial(outcome: Outcome, secrets: tuple[str, ...], *, milliseconds: int) -> Trial:
    return Trial(
        ok=outcome.ok,
        status=outcome.status,
        url=outcome.url,
        text=excerpt("" if outcome.reason else outcome.text, secrets),
        reason=None if outcome.reason is None else excerpt(outcome.reason, secrets),
        kind="" if outcome.binary is None else outcome.binary[0],
        milliseconds=milliseconds,
    )


async def _form(
    request: Request, fields: connectform.Fields = connectform.EMPTY, error: AlreadyExists | Invalid | None = None
) -> Response:
    found = await _integration(request)
    known = await request.db.read(apps.list_all, workspace_id=found.workspace_id)
    return page(
        request,
        "pages/connection_form.html",
        section="/integrations",
        block="main",
        status=400 if error else 200,
        it=found,
        kind=KINDS[found.kind],
        fields=fields,
        secrets=connectform.SECRETS[found.kind],
        apps=known,
        redirect_uri=redirect_uri(request),
        builtin=False,
        known=False,
        **said(error),
    )


async def _show(
    request: Request,
    connection_id: int,
    *,
    trial: Trial | None = None,
    path: str = "",
    fresh: bool = False,
    fields: connectform.Fields | None = None,
    error: AlreadyExists | Invalid | Denied | None = None,
) -> Response:
    workspace_id = request.caller.workspace_id
    context = await request.db.read(_context, workspace_id=workspace_id, connection_id=connection_id, now=request.now)
    whole = {**context, **said(error), "trial": trial, "path": path, "fresh": fresh}
    if fields is not None:
        whole["fields"] = fields
    status = 400 if error else 200
    return page(request, "pages/connection.html", section="/integrations", block="main", status=status, **whole)


def _context(tx: Tx, *, workspace_id: int, connection_id: int, now: int) -> dict[str, Any]:
    found, connection = integrations.get_connection(tx, workspace_id=workspace_id, connection_id=connection_id)
    known = apps.list_all(tx, workspace_id=workspace_id)
    return {
        "it": found,
        "connection": connection,
        "href": f"/connections/{connection.id}",
        "state": connection_words(connection, now=now),
        "answer": answer(connection, now=now),
        "fields": connectform.fields_of(connection),
        "secrets": () if connection.builtin else connectform.SECRETS[found.kind],
        "apps": known,
        "names": [app.name for app in known if app.id in connection.apps],
        "builtin": connection.builtin,
        "known": True,
        "history": events.latest_for(
            tx, workspace_id=workspace_id, entity="connection", entity_id=str(connection.id), limit=_CHANGES
        ),
    }


async def _integration(request: Request) -> Integration:
    return await request.db.read(
        integrations.get, workspace_id=request.caller.workspace_id, key=request.path["integration"]
    )


async def _found(request: Request) -> tuple[Integration, Connection]:
    return await request.db.read(
        integrations.get_connection, workspace_id=request.caller.workspace_id, connection_id=request.path_id("id")
    )


def _who(request: Request) -> dict[str, Any]:
    return {"actor": request.caller.actor, "now": request.now}
