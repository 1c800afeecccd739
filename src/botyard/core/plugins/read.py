"""Find plugin interfaces and plugins."""

from __future__ import annotations

from typing import Literal

from botyard.base.exceptions import NotFound, closest
from botyard.core.plugins.model import MAX_PLUGINS, Interface, Plugin, Version
from botyard.storage import Tx, load_queries

sql = load_queries(__package__)

_NEWEST = 2**31


def find_interface(tx: Tx, *, workspace_id: int, namespace: str) -> Interface | None:
    """Return the interface of that namespace, or None."""
    row = tx.one(sql.find_interface, workspace_id=workspace_id, namespace=namespace.replace("\0", ""))
    return Interface.from_row(row) if row else None


def get_interface(tx: Tx, *, workspace_id: int, namespace: str) -> Interface:
    """Return the interface of that namespace. Raises NotFound, with the closest one as a hint."""
    found = find_interface(tx, workspace_id=workspace_id, namespace=namespace)
    if found is None:
        names = [each.namespace for each in interfaces(tx, workspace_id=workspace_id)]
        raise NotFound(
            f'The plugin interface "{namespace[:80]}" does not exist.',
            hint=closest(namespace[:80], names) or "Look under Plugins.",
            field="interface",
        )
    return found


def interfaces(tx: Tx, *, workspace_id: int, after: str = "", limit: int = MAX_PLUGINS) -> list[Interface]:
    """Return the interfaces of a workspace by namespace; pass the last one's as `after` for more."""
    rows = tx.all(sql.interfaces, workspace_id=workspace_id, after=after.replace("\0", ""), limit=limit)
    return [Interface.from_row(row) for row in rows]


def find_plugin(tx: Tx, *, workspace_id: int, namespace: str, integration: str) -> Plugin | None:
    """Return the plugin of an interface for an integration, or None."""
    row = tx.one(
        sql.find_plugin,
        workspace_id=workspace_id,
        namespace=namespace.replace("\0", ""),
        integration=integration.replace("\0", ""),
    )
    return Plugin.from_row(row) if row else None


def get_plugin(tx: Tx, *, workspace_id: int, plugin_id: int) -> Plugin:
    """Return a plugin. Raises NotFound."""
    row = tx.one(sql.get_plugin, workspace_id=workspace_id, id=plugin_id)
    if row is None:
        raise NotFound(f"The plugin {plugin_id} does not exist.", hint="Check its id under Plugins.")
    return Plugin.from_row(row)


def plugins(
    tx: Tx,
    *,
    workspace_id: int,
    namespace: str | None = None,
    integration: str | None = None,
    disabled: bool = False,
    after: int = 0,
    offset: int = 0,
    limit: int = MAX_PLUGINS,
) -> list[Plugin]:
    """Return plugins in the order in which they were made, of one interface or integration where named.

    Those that are switched off are among them only when asked for. Go on `after` the id of the last one; `offset` is
    for clients that count pages.
    """
    rows = tx.all(
        sql.plugins,
        workspace_id=workspace_id,
        namespace=None if namespace is None else namespace.replace("\0", ""),
        integration=None if integration is None else integration.replace("\0", ""),
        all=int(disabled),
        after=after,
        offset=offset,
        limit=limit,
    )
    return [Plugin.from_row(row) for row in rows]


def count(tx: Tx, *, workspace_id: int, namespace: str) -> int:
    """Return how many plugins of an interface are switched on."""
    row = tx.one(sql.count, workspace_id=workspace_id, namespace=namespace.replace("\0", ""))
    return row["total"] if row else 0


def versions(
    tx: Tx, *, kind: Literal["interface", "plugin"], owner_id: int, before: int | None = None, limit: int = 50
) -> list[Version]:
    """Return the versions of code, the newest first; pass the last one's number as `before` for more."""
    rows = tx.all(sql.versions, kind=kind, owner_id=owner_id, before=before or _NEWEST, limit=limit)
    return [Version(**row) for row in rows]
