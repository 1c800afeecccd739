"""Plugins: functions with a fixed contract, written once for each integration and called by its name.

An interface names the functions, its capabilities, and has code that all its plugins share. A plugin has the functions
for one integration. Actions of apps get all of them as modules of the package `plugins`, so that they can do the same
thing with any integration without knowing which.
"""

from botyard.core.plugins.invoke import Invocation, invoke, invoker
from botyard.core.plugins.model import (
    MAX_PLUGINS,
    Interface,
    Plugin,
    Version,
    check_namespace,
    checked_capabilities,
    checked_code,
)
from botyard.core.plugins.modules import modules
from botyard.core.plugins.read import (
    count,
    find_interface,
    find_plugin,
    get_interface,
    get_plugin,
    interfaces,
    plugins,
    versions,
)
from botyard.core.plugins.write import (
    create_interface,
    create_plugin,
    delete_interface,
    delete_plugin,
    put_plugin,
    update_interface,
    update_plugin,
)

__all__ = [
    "MAX_PLUGINS",
    "Interface",
    "Invocation",
    "Plugin",
    "Version",
    "check_namespace",
    "checked_capabilities",
    "checked_code",
    "count",
    "create_interface",
    "create_plugin",
    "delete_interface",
    "delete_plugin",
    "find_interface",
    "find_plugin",
    "get_interface",
    "get_plugin",
    "interfaces",
    "invoke",
    "invoker",
    "modules",
    "plugins",
    "put_plugin",
    "update_interface",
    "update_plugin",
    "versions",
]
