"""Plugins and their interfaces: list, read, create, change, delete, and the versions of their code."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec

from botyard.base.clock import iso
from botyard.core import plugins
from botyard.core.plugins import Interface, Plugin, Version
from botyard.protocols.native import views
from botyard.storage import Tx
from botyard.web.etags import tag_of
from botyard.web.request import Request
from botyard.web.response import Response, json_response, no_content
from botyard.wire import plugins as wire

_MAX = 2**62
_MAX_VERSIONS = 100


async def search_interfaces(request: Request) -> Response:
    """List interfaces by namespace, without their code."""
    limit = request.query_int("limit", default=50, low=1, high=500)
    found = await request.db.read(
        plugins.interfaces,
        workspace_id=request.caller.workspace_id,
        after=request.query.get("after", ""),
        limit=limit,
    )
    last = views.next_of(found, limit)
    page = wire.InterfacePage(interfaces=[_interface(one, code=False) for one in found], next=last and last.namespace)
    return json_response(page)


async def get_interface(request: Request) -> Response:
    """Read an interface with its code."""
    found = await request.db.read(plugins.get_interface, **_named(request))
    return json_response(_interface(found), headers=tag_of(found))


async def create_interface(request: Request) -> Response:
    """Make an interface."""
    call = await request.json(wire.CreateInterface)
    made = await request.change(
        plugins.create_interface,
        workspace_id=request.caller.workspace_id,
        **msgspec.structs.asdict(call),
        **_by(request),
    )
    return json_response(_interface(made), status=201)


async def update_interface(request: Request) -> Response:
    """Change what was sent; refused when it was changed since the version that is named."""
    call = await request.json(wire.UpdateInterface)
    changed = await request.change(
        plugins.update_interface,
        current=partial(plugins.get_interface, **_named(request)),
        **_named(request),
        **msgspec.structs.asdict(call),
        **_by(request),
    )
    return json_response(_interface(changed), headers=tag_of(changed))


async def delete_interface(request: Request) -> Response:
    """Remove an interface with its plugins and all their versions, for good."""
    await request.change(plugins.delete_interface, **_named(request), **_by(request))
    return no_content()


async def list_interface_versions(request: Request) -> Response:
    """List the versions of the code of an interface, the newest first."""
    limit = _version_limit(request)
    found = await request.db.read(_interface_versions, **_named(request), before=_before(request), limit=limit)
    return json_response(_versions(found, limit))


def _interface_versions(tx: Tx, *, workspace_id: int, namespace: str, before: int, limit: int) -> list[Version]:
    owner = plugins.get_interface(tx, workspace_id=workspace_id, namespace=namespace)
    return plugins.versions(tx, kind="interface", owner_id=owner.id, before=before, limit=limit)


async def search(request: Request) -> Response:
    """List plugins, the oldest first, without their code; of one interface or integration where named."""
    limit = request.query_int("limit", default=50, low=1, high=500)
    found = await request.db.read(
        plugins.plugins,
        workspace_id=request.caller.workspace_id,
        namespace=request.query.get("interface") or None,
        integration=request.query.get("integration") or None,
        disabled=True,
        after=request.query_int("after", default=0, low=0, high=_MAX),
        limit=limit,
    )
    last = views.next_of(found, limit)
    return json_response(wire.PluginPage(plugins=[_plugin(one, code=False) for one in found], next=last and last.id))


async def get(request: Request) -> Response:
    """Read a plugin with its code."""
    found = await request.db.read(plugins.get_plugin, **_meant(request))
    return json_response(_plugin(found), headers=tag_of(found))


async def create(request: Request) -> Response:
    """Make a plugin of an interface for an integration."""
    call = await request.json(wire.CreatePlugin)
    made = await request.change(
        plugins.create_plugin,
        workspace_id=request.caller.workspace_id,
        namespace=call.interface,
        integration=call.integration,
        code=call.code,
        enabled=call.enabled,
        **_by(request),
    )
    return json_response(_plugin(made), status=201)


async def update(request: Request) -> Response:
    """Change what was sent; refused when the code was changed since the version that is named."""
    call = await request.json(wire.UpdatePlugin)
    changed = await request.change(
        plugins.update_plugin,
        current=partial(plugins.get_plugin, **_meant(request)),
        **_meant(request),
        **msgspec.structs.asdict(call),
        **_by(request),
    )
    return json_response(_plugin(changed), headers=tag_of(changed))


async def delete(request: Request) -> Response:
    """Remove a plugin with all versions of its code, for good."""
    await request.change(plugins.delete_plugin, **_meant(request), **_by(request))
    return no_content()


async def list_versions(request: Request) -> Response:
    """List the versions of the code of a plugin, the newest first."""
    limit = _version_limit(request)
    found = await request.db.read(_plugin_versions, **_meant(request), before=_before(request), limit=limit)
    return json_response(_versions(found, limit))


def _plugin_versions(tx: Tx, *, workspace_id: int, plugin_id: int, before: int, limit: int) -> list[Version]:
    owner = plugins.get_plugin(tx, workspace_id=workspace_id, plugin_id=plugin_id)
    return plugins.versions(tx, kind="plugin", owner_id=owner.id, before=before, limit=limit)


def _named(request: Request) -> dict[str, Any]:
    return {"workspace_id": request.caller.workspace_id, "namespace": request.path["interface"]}


def _meant(request: Request) -> dict[str, Any]:
    return {"workspace_id": request.caller.workspace_id, "plugin_id": request.path_id("id")}


def _by(request: Request) -> dict[str, Any]:
    return {"actor": request.caller.actor, "now": request.now}


def _before(request: Request) -> int:
    return request.query_int("before", default=2**31 - 1, low=1, high=2**31 - 1)


def _version_limit(request: Request) -> int:
    return request.query_int("limit", default=20, low=1, high=_MAX_VERSIONS)


def _interface(found: Interface, *, code: bool = True) -> wire.InterfaceView:
    return wire.InterfaceView(
        id=found.id,
        namespace=found.namespace,
        title=found.title,
        capabilities=found.capabilities,
        code=found.code if code else None,
        version=found.version,
        created_at=iso(found.created_at),
        created_by=found.created_by,
        updated_at=iso(found.updated_at),
    )


def _plugin(found: Plugin, *, code: bool = True) -> wire.PluginView:
    return wire.PluginView(
        id=found.id,
        interface=found.namespace,
        integration=found.integration,
        enabled=found.enabled,
        capabilities=found.capabilities,
        implemented=found.implemented,
        code=found.code if code else None,
        version=found.version,
        created_at=iso(found.created_at),
        created_by=found.created_by,
        updated_at=iso(found.updated_at),
    )


def _versions(found: Sequence[Version], limit: int) -> wire.CodeVersionPage:
    last = found[-1].version if len(found) == limit else None
    shown = [wire.CodeVersion(version=one.version, code=one.code, at=iso(one.at), actor=one.actor) for one in found]
    return wire.CodeVersionPage(versions=shown, next=last)
