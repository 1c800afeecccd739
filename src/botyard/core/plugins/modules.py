"""The modules that an action can import: the package `plugins` (contract automio, section f)."""

from __future__ import annotations

from botyard.core.plugins.model import Plugin
from botyard.core.plugins.read import interfaces, plugins
from botyard.storage import Tx

#: What follows the code of a plugin: a capability that it does not have is one that says so, which clients take for
#: no answer.
_MISSING = """

def _botyard_missing(name):
    def missing(*args, **kwargs):
        raise NotImplementedError(f"{{__name__}} does not implement {{name}}")
    return missing


for _botyard_name in {names!r}:
    if _botyard_name not in globals():
        globals()[_botyard_name] = _botyard_missing(_botyard_name)
"""


def modules(tx: Tx, *, workspace_id: int) -> dict[str, str]:
    """Return the source of each module by its path; those of plugins that are switched off are left out."""
    found = {
        f"plugins/interfaces/{interface.namespace}.py": interface.code
        for interface in interfaces(tx, workspace_id=workspace_id)
    }
    for plugin in plugins(tx, workspace_id=workspace_id):
        found[f"plugins/{plugin.namespace}_{plugin.integration}.py"] = _whole(plugin)
    return found


def _whole(plugin: Plugin) -> str:
    return f"{plugin.code.rstrip()}\n{_MISSING.format(names=tuple(plugin.capabilities))}"
