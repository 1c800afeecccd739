"""The modules that an action can import: the package `plugins` (contract automio, section f)."""

from __future__ import annotations

from botyard.core.plugins.read import interfaces, plugins
from botyard.storage import Tx
from botyard.wire import automio


def modules(tx: Tx, *, workspace_id: int) -> dict[str, str]:
    """Return the source of each module by its path; those of plugins that are switched off are left out."""
    found = {
        f"plugins/interfaces/{interface.namespace}.py": interface.code
        for interface in interfaces(tx, workspace_id=workspace_id)
    }
    if not found:
        return {}
    for plugin in plugins(tx, workspace_id=workspace_id):
        path = f"plugins/{plugin.namespace}_{plugin.integration}.py"
        found[path] = automio.plugin_module(plugin.code, plugin.capabilities)
    return found
