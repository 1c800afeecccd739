"""The contracts that plugins keep, and for which integrations there are plugins."""

from __future__ import annotations

from typing import Any

from botyard.base.exceptions import AlreadyExists, Invalid
from botyard.console.frame import done, page
from botyard.console.integrationform import said
from botyard.console.wording import count_of
from botyard.core import plugins
from botyard.core.plugins import Interface, Plugin
from botyard.storage import Tx
from botyard.web import Form, Request, Response


async def show(request: Request) -> Response:
    """Show interfaces by namespace, with their plugins."""
    context = await request.db.read(_context, workspace_id=request.caller.workspace_id)
    return page(request, "pages/plugins.html", section="/plugins", **context)


async def new(request: Request) -> Response:
    """Show the form for an interface."""
    return _form(request)


async def create(request: Request) -> Response:
    """Make an interface."""
    form = await request.form()
    try:
        made = await _create(request, form)
    except (AlreadyExists, Invalid) as error:
        return _form(request, form, error)
    return done(f"/plugins/{made.namespace}", f"{made.title} is there.", "Now write a plugin.")


async def _create(request: Request, form: Form) -> Interface:
    return await request.change(
        plugins.create_interface,
        audit_target=lambda made: made.namespace,
        workspace_id=request.caller.workspace_id,
        namespace=form.text("namespace").strip(),
        title=form.text("title").strip() or None,
        capabilities=names_of(form),
        actor=request.caller.actor,
        now=request.now,
    )


def names_of(form: Form) -> list[str]:
    """Return the capabilities of a form, one a line."""
    return [line.strip() for line in form.text("capabilities").replace(",", "\n").splitlines() if line.strip()]


def _form(request: Request, form: Form | None = None, error: AlreadyExists | Invalid | None = None) -> Response:
    fields = {name: form.text(name) if form else "" for name in ("namespace", "title", "capabilities")}
    status = 400 if error else 200
    return page(
        request, "pages/plugin_form.html", section="/plugins", block="main", status=status, fields=fields, **said(error)
    )


def _context(tx: Tx, *, workspace_id: int) -> dict[str, Any]:
    found = plugins.interfaces(tx, workspace_id=workspace_id)
    made = plugins.plugins(tx, workspace_id=workspace_id, disabled=True)
    by_namespace: dict[str, list[Plugin]] = {}
    for plugin in made:
        by_namespace.setdefault(plugin.namespace, []).append(plugin)
    return {
        "rows": [(each, by_namespace.get(each.namespace, [])) for each in found],
        "answer": answer(found, made),
    }


def answer(found: list[Interface], made: list[Plugin]) -> str:
    """Return how many there are and what is missing, in a sentence."""
    if not found:
        return "No plugin interface yet: every action calls its integrations by itself."
    off = sum(not plugin.enabled for plugin in made)
    whole = f"{count_of(len(found), 'interface')}, {count_of(len(made), 'plugin')}"
    return f"{whole}; {count_of(off, 'plugin')} {'is' if off == 1 else 'are'} off." if off else f"{whole}."
