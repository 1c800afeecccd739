"""Plugins: which there are, and for which connections (contract b.17)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from botyard.core import apps, integrations, plugins
from botyard.core.access import Caller
from botyard.core.plugins import Plugin
from botyard.protocols.automio import wire_plugins as wire
from botyard.protocols.automio.auth import app_of
from botyard.protocols.automio.paging import Page, page_of
from botyard.storage import Tx
from botyard.web.request import Request
from botyard.web.response import Response, json_response


async def list_enabled(request: Request) -> Response:
    """List the plugins of an interface with the connections that the app may use, as a bare list."""
    found = await request.db.read(
        _list_enabled,
        caller=request.caller,
        namespace=request.path["namespace"],
        integration=request.query.get("integration") or None,
        capability=request.query.get("capability") or None,
    )
    return json_response(found)


def _list_enabled(
    tx: Tx, *, caller: Caller, namespace: str, integration: str | None, capability: str | None
) -> list[wire.Object]:
    found = _found(tx, caller, namespace=namespace, integration=integration, capability=capability)
    local, mine, ids = _is_local(caller), _is_owner(tx, caller), _connections(tx, caller, found)
    return [wire.listed(each, ids[each.integration_id], local=local, mine=mine) for each in found]


async def list_runtime(request: Request) -> Response:
    """List plugins by number, as a bare list: those of an interface, an integration, or with a capability."""
    found = await request.db.read(
        _list_runtime,
        caller=request.caller,
        namespace=request.query.get("interface") or None,
        integration=request.query.get("integration") or None,
        capability=request.query.get("capability") or None,
    )
    return json_response(found)


def _list_runtime(
    tx: Tx, *, caller: Caller, namespace: str | None, integration: str | None, capability: str | None
) -> list[wire.Object]:
    found = _found(tx, caller, namespace=namespace, integration=integration, capability=capability)
    local, mine, ids = _is_local(caller), _is_owner(tx, caller), _connections(tx, caller, found)
    organization = caller.workspace_id
    return [
        wire.runtime(each, ids[each.integration_id], organization=organization, local=local, mine=mine)
        for each in found
    ]


async def list_pages(request: Request) -> Response:
    """List the plugins of an interface by pages, with their code for the owner of the app."""
    page = page_of(request)
    total, found = await request.db.read(
        _list_page, caller=request.caller, namespace=request.path["namespace"], page=page
    )
    return page.answer(request, total, found)


def _list_page(tx: Tx, *, caller: Caller, namespace: str, page: Page) -> tuple[int, list[wire.Object]]:
    total = plugins.count(tx, workspace_id=caller.workspace_id, namespace=namespace)
    found = plugins.plugins(
        tx, workspace_id=caller.workspace_id, namespace=namespace, offset=page.offset, limit=page.size
    )
    local, mine = _is_local(caller), _is_owner(tx, caller)
    organization, slug = caller.workspace_id, caller.workspace_label
    return total, [
        wire.described(each, organization=organization, organization_slug=slug, local=local, mine=mine)
        for each in found
    ]


def _found(
    tx: Tx, caller: Caller, *, namespace: str | None, integration: str | None, capability: str | None
) -> list[Plugin]:
    found = plugins.plugins(tx, workspace_id=caller.workspace_id, namespace=namespace, integration=integration)
    return [each for each in found if capability is None or capability in each.implemented]


def _connections(tx: Tx, caller: Caller, found: Sequence[Plugin]) -> Mapping[int, Sequence[int]]:
    ids: dict[int, list[int]] = defaultdict(list)
    if found:
        wanted = sorted({each.integration_id for each in found})
        for connection in integrations.enabled(
            tx, workspace_id=caller.workspace_id, app_id=app_of(caller), integrations=wanted
        ):
            ids[connection.integration_id].append(connection.id)
    return ids


def _is_local(caller: Caller) -> bool:
    """Tell whether the caller has the modules of plugins: an action that a runner has started."""
    return caller.kind == "attempt" and caller.attempt_id is not None


def _is_owner(tx: Tx, caller: Caller) -> bool:
    app = apps.get(tx, workspace_id=caller.workspace_id, app_id=app_of(caller))
    return app.owner_id is not None and app.owner_id == caller.user_id
