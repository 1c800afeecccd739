"""The apps of a workspace, and the form for another one."""

from __future__ import annotations

from botyard.base.exceptions import AlreadyExists, Invalid
from botyard.console.frame import done, page
from botyard.console.integrationform import said
from botyard.console.wording import count_of
from botyard.core import apps
from botyard.core.access import Caller
from botyard.core.apps import App
from botyard.web import Form, Request, Response

_MOST = 500


async def show(request: Request) -> Response:
    """Show apps in the order of their ids."""
    found = await request.db.read(apps.list_all, workspace_id=request.caller.workspace_id, limit=_MOST)
    return page(request, "pages/apps.html", section="/apps", apps=found, answer=answer(found))


async def new(request: Request) -> Response:
    """Show the form for an app."""
    return _form(request)


async def create(request: Request) -> Response:
    """Make an app that belongs to whoever makes it."""
    form = await request.form()
    try:
        made = await _create(request, form)
    except (AlreadyExists, Invalid) as error:
        return _form(request, form, error)
    return done(f"/apps/{made.id}", f"{made.name} is there.", "Now write its first action.")


def user_of(caller: Caller) -> int | None:
    """Return the id of the person who is signed in."""
    return int(caller.id) if caller.kind == "user" else None


async def _create(request: Request, form: Form) -> App:
    return await request.change(
        apps.create,
        audit_action="apps.create",
        audit_target=lambda made: made.slug,
        workspace_id=request.caller.workspace_id,
        slug=form.text("slug").strip(),
        name=form.text("name").strip() or None,
        description=form.text("description").strip(),
        owner_id=user_of(request.caller),
        actor=request.caller.actor,
        now=request.now,
    )


def _form(request: Request, form: Form | None = None, error: AlreadyExists | Invalid | None = None) -> Response:
    fields = {name: form.text(name) if form else "" for name in ("slug", "name", "description")}
    status = 400 if error else 200
    return page(
        request, "pages/app_form.html", section="/apps", block="main", status=status, fields=fields, **said(error)
    )


def answer(found: list[App]) -> str:
    """Return how many there are, in a sentence."""
    if not found:
        return "No app yet: an app is a home for actions, accounts, files and tables that belong together."
    return f"{count_of(len(found), 'app')}, each with actions, accounts, files and tables of its own."
