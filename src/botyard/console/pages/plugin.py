"""A plugin interface and a plugin: their code with all its versions, switching on and off, and their end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from botyard.base.exceptions import BotyardError, IllegalTransition, Invalid, NotFound
from botyard.console import codeview
from botyard.console.codeview import version_asked
from botyard.console.frame import done, page
from botyard.console.integrationform import said
from botyard.console.pages.plugin_list import names_of
from botyard.console.wording import count_of
from botyard.core import integrations, plugins
from botyard.core.plugins import Interface, Plugin
from botyard.storage import Tx
from botyard.web import Form, Request, Response

_VERSIONS = 30
_START = """def {first}(connection_ids, **payload):
    return None
"""


async def show_interface(request: Request) -> Response:
    """Show an interface."""
    return await _interface(request)


async def save_interface(request: Request) -> Response:
    """Change the title, the capabilities and the shared code of an interface."""
    form = await request.form()
    try:
        made = await request.change(
            plugins.update_interface,
            namespace=request.path["namespace"],
            title=form.text("title").strip(),
            capabilities=names_of(form),
            code=codeview.typed(form),
            version=_number(form),
            **_who(request),
        )
    except (Invalid, IllegalTransition) as error:
        return await _interface(request, form=form, error=error)
    return done(f"/plugins/{made.namespace}", f"Version {made.version} of what {made.title} shares is there.")


async def delete_interface(request: Request) -> Response:
    """Delete an interface with its plugins."""
    namespace = request.path["namespace"]
    await request.change(plugins.delete_interface, audit_target=namespace, namespace=namespace, **_who(request))
    return done("/plugins", f"{namespace} is deleted, with its plugins.")


async def create(request: Request) -> Response:
    """Make a plugin for an integration, with a beginning to go on from."""
    form = await request.form()
    namespace = request.path["namespace"]
    found = await request.db.read(plugins.get_interface, workspace_id=request.caller.workspace_id, namespace=namespace)
    made = await request.change(
        plugins.create_plugin,
        namespace=namespace,
        integration=form.text("integration"),
        code="\n\n".join(_START.format(first=name) for name in found.capabilities[:1]),
        **_who(request),
    )
    return done(address_of(made), f"A plugin for {made.integration_name} is there.")


async def show(request: Request) -> Response:
    """Show a plugin."""
    return await _plugin(request)


async def save(request: Request) -> Response:
    """Give a plugin other code, as its next version."""
    form, present = await request.form(), await _found(request)
    try:
        made = await request.change(
            plugins.update_plugin,
            plugin_id=present.id,
            code=codeview.typed(form),
            version=_number(form),
            **_who(request),
        )
    except (Invalid, IllegalTransition) as error:
        return await _plugin(request, form=form, error=error)
    return done(address_of(made), f"Version {made.version} is there; the next run has it.")


async def switch(request: Request) -> Response:
    """Switch a plugin on or off."""
    on, present = (await request.form()).text("on") == "yes", await _found(request)
    made = await request.change(plugins.update_plugin, plugin_id=present.id, enabled=on, **_who(request))
    return done(address_of(made), f"The plugin is {'on' if made.enabled else 'off: actions no longer find it'}.")


async def delete(request: Request) -> Response:
    """Delete a plugin."""
    present = await _found(request)
    await request.change(plugins.delete_plugin, plugin_id=present.id, **_who(request))
    return done(f"/plugins/{present.namespace}", f"The plugin for {present.integration_name} is deleted.")


def address_of(found: Plugin) -> str:
    """Return the address of a plugin's page."""
    return f"/plugins/{found.namespace}/for/{quote(found.integration, safe='')}"


async def _interface(
    request: Request, *, form: Form | None = None, error: Invalid | IllegalTransition | None = None
) -> Response:
    context = await request.db.read(
        _interface_context, workspace_id=request.caller.workspace_id, namespace=request.path["namespace"]
    )
    it: Interface = context["it"]
    fields = {
        "title": form.text("title") if form else it.title,
        "capabilities": form.text("capabilities") if form else "\n".join(it.capabilities),
    }
    edited = await _edited(request, context, form, error)
    return _page(request, "pages/plugin_interface.html", context | edited | {"fields": fields}, error)


async def _plugin(
    request: Request, *, form: Form | None = None, error: Invalid | IllegalTransition | None = None
) -> Response:
    context = await request.db.read(
        _plugin_context,
        workspace_id=request.caller.workspace_id,
        namespace=request.path["namespace"],
        integration=request.path["integration"],
    )
    return _page(request, "pages/plugin.html", context | await _edited(request, context, form, error), error)


def _page(
    request: Request, template: str, context: Mapping[str, Any], error: Invalid | IllegalTransition | None
) -> Response:
    status = 409 if isinstance(error, IllegalTransition) else 400 if error else 200
    return page(request, template, section="/plugins", block="main", status=status, **context, **said(error))


async def _edited(
    request: Request, context: Mapping[str, Any], form: Form | None, error: BotyardError | None
) -> dict[str, Any]:
    """Return the code that the field holds, and what it is compared with.

    What somebody else saved meanwhile is shown against what was typed; saving once more then overwrites it.
    """
    it, kept = context["it"], context["versions"]
    looked = version_asked(request.query.get("version", ""), kept)
    compared = version_asked(request.query.get("compare", ""), kept)
    code, lines, told = it.code if looked is None else looked.code, None, ""
    if form is not None:
        code = codeview.typed(form)
    if isinstance(error, IllegalTransition):
        lines, told = await codeview.compare(it.code, code), f"From version {it.version} to what you typed"
    elif compared is not None:
        lines = await codeview.compare(compared.code, it.code)
        told = f"From version {compared.version} to {it.version}, the present one"
    base = _number(form) if form is not None and not isinstance(error, IllegalTransition) else it.version
    return {"code": code, "base": base, "lines": lines, "told": told, "looked": looked}


def _interface_context(tx: Tx, *, workspace_id: int, namespace: str) -> dict[str, Any]:
    it = plugins.get_interface(tx, workspace_id=workspace_id, namespace=namespace)
    made = plugins.plugins(tx, workspace_id=workspace_id, namespace=it.namespace, disabled=True)
    known, _ = integrations.search(tx, workspace_id=workspace_id, limit=500)
    taken = {plugin.integration for plugin in made}
    return {
        "it": it,
        "href": f"/plugins/{it.namespace}",
        "answer": _answer(it, made),
        "plugins": [(plugin, address_of(plugin)) for plugin in made],
        "choices": [(each.key, each.name) for each in known if each.key not in taken],
        "versions": plugins.versions(tx, kind="interface", owner_id=it.id, limit=_VERSIONS),
    }


def _plugin_context(tx: Tx, *, workspace_id: int, namespace: str, integration: str) -> dict[str, Any]:
    it = _get(tx, workspace_id=workspace_id, namespace=namespace, integration=integration)
    have = it.implemented
    missing = [name for name in it.capabilities if name not in have]
    state = "It is on" if it.enabled else "It is off, so actions do not find it"
    lacks = f"; it lacks {', '.join(missing[:5])}{' and more' if len(missing) > 5 else ''}" if missing else ""
    return {
        "it": it,
        "href": address_of(it),
        "have": have,
        "answer": f"{state}, with {len(have)} of {_capabilities(len(it.capabilities))}{lacks}.",
        "versions": plugins.versions(tx, kind="plugin", owner_id=it.id, limit=_VERSIONS),
    }


def _answer(it: Interface, made: list[Plugin]) -> str:
    on = sum(plugin.enabled for plugin in made)
    return f"{_capabilities(len(it.capabilities))}; {count_of(on, 'plugin')} for them {'is' if on == 1 else 'are'} on."


def _capabilities(count: int) -> str:
    return count_of(count, "capability", "capabilities")


def _get(tx: Tx, *, workspace_id: int, namespace: str, integration: str) -> Plugin:
    found = plugins.find_plugin(tx, workspace_id=workspace_id, namespace=namespace, integration=integration)
    if found is None:
        raise NotFound(f'"{namespace[:70]}" has no plugin for "{integration[:100]}".', hint="Look under Plugins.")
    return found


async def _found(request: Request) -> Plugin:
    return await request.db.read(
        _get,
        workspace_id=request.caller.workspace_id,
        namespace=request.path["namespace"],
        integration=request.path["integration"],
    )


def _number(form: Form) -> int:
    text = form.text("base")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _who(request: Request) -> dict[str, Any]:
    return {"workspace_id": request.caller.workspace_id, "actor": request.caller.actor, "now": request.now}
