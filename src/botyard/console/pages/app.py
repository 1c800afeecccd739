"""One app: its actions, the accounts that it may use, its files, and what its actions notified about."""

from __future__ import annotations

from botyard.base.exceptions import AlreadyExists, Invalid
from botyard.console import appview
from botyard.console.frame import done, page
from botyard.console.integrationform import said
from botyard.console.pages.action import TYPES
from botyard.core import actions, appfiles
from botyard.core.actions import Action
from botyard.web import Form, Request, Response, file_response


async def show(request: Request) -> Response:
    """Show an app."""
    return await _show(request)


async def create_action(request: Request) -> Response:
    """Make an action of an app."""
    form = await request.form()
    try:
        made = await _create(request, form)
    except (AlreadyExists, Invalid) as error:
        return await _show(request, form, error)
    return done(f"/apps/{made.app_id}/actions/{made.slug}?tab=code", f"{made.name} is there.", "Now write its code.")


async def download(request: Request) -> Response:
    """Send a file of an app as a download; no browser shows it on our origin."""
    file = await request.db.read(
        appfiles.get,
        workspace_id=request.caller.workspace_id,
        app_id=request.path_id("id"),
        path=request.query.get("path", ""),
    )
    chunks = await request.blobs.read(file.digest)
    return file_response(chunks, name=file.original_name, size=file.size, media_type=file.media_type or None)


async def delete_file(request: Request) -> Response:
    """Delete a file of an app."""
    app_id, path = request.path_id("id"), (await request.form()).text("path")
    gone = await request.change(
        appfiles.delete,
        audit_target=lambda gone: gone.path,
        workspace_id=request.caller.workspace_id,
        app_id=app_id,
        path=path,
    )
    return done(f"/apps/{app_id}", f"{gone.path} is deleted.")


async def _create(request: Request, form: Form) -> Action:
    slug, name = form.text("slug").strip(), form.text("name").strip()
    return await request.change(
        actions.create,
        audit_action="actions.create",
        audit_target=lambda made: made.slug,
        workspace_id=request.caller.workspace_id,
        app_id=request.path_id("id"),
        slug=slug,
        fields={"name": name or slug, "type": form.text("type")},
        actor=request.caller.actor,
        now=request.now,
    )


async def _show(request: Request, form: Form | None = None, error: AlreadyExists | Invalid | None = None) -> Response:
    context = await request.db.read(
        appview.context,
        caller=request.caller,
        app_id=request.path_id("id"),
        after=request.query.get("after", "")[:1000],
    )
    fields = {name: form.text(name) if form else "" for name in ("slug", "name", "type")}
    whole = {**context, **said(error), "fields": fields, "types": list(TYPES.items())}
    return page(request, "pages/app.html", section="/apps", block="main", status=400 if error else 200, **whole)
