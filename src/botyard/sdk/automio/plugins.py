"""Plugins: code that is shared between actions, and that comes with the program of a run."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Sequence
from typing import Any

from botyard.sdk.automio.api.plugin_interfaces_plugins_api import PluginInterfacesPluginsApi
from botyard.sdk.automio.api.plugins_api import PluginsApi as _PluginsApi
from botyard.sdk.automio.models import Integration

logger = logging.getLogger("botyard.sdk.automio")


class PluginsApi(PluginInterfacesPluginsApi, _PluginsApi):
    """Finds plugins and invokes them."""

    def invoke(
        self,
        plugin: str,
        integration: str | Integration,
        connection_ids: Sequence[int | str] = (),
        **payload: Any,
    ) -> Any:
        """Call a capability, "namespace.capability", of the plugin for an integration, and return its result.

        The capability is called here, in this process, with a list of connections and the payload; None is returned
        when it raises NotImplementedError. Raises ImportError without the plugin, AttributeError without the
        capability, and whatever the capability itself raises. (In the vendor's package an ImportError or
        AttributeError of the capability passes for one of these two.)
        """
        namespace, capability = plugin.split(".")
        named = f"{namespace}_{integration if isinstance(integration, str) else integration.integration_id}"
        function = _capability(f"plugins.{named}", capability)
        logger.info("Plugin %s: %s", named, capability)
        try:
            return function(connection_ids=list(connection_ids), **payload)
        except NotImplementedError:
            logger.error("The plugin %s does not do %s.", named, capability)  # noqa: TRY400 -- no failure of its own
            return None


def _capability(module: str, capability: str) -> Any:
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name not in ("plugins", module):
            raise
        raise ImportError(
            f"There is no module {module}. Plugins are there in a run of an action, for each enabled implementation."
        ) from error
    if not hasattr(found, capability):
        raise AttributeError(f"The plugin {module} has no capability '{capability}'.")
    return getattr(found, capability)
