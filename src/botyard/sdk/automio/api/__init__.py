"""The calls of the API as classes, one for each group, for use with an `ApiClient`."""

from __future__ import annotations

from botyard.sdk.automio.api.actions_api import ActionsApi
from botyard.sdk.automio.api.applications_tables_graph_ql_api import ApplicationsTablesGraphQLApi
from botyard.sdk.automio.api.applications_tables_tags_api import ApplicationsTablesTagsApi
from botyard.sdk.automio.api.integrations_api import IntegrationsApi
from botyard.sdk.automio.api.integrations_api_calls_api import IntegrationsAPICallsApi
from botyard.sdk.automio.api.plugin_interfaces_plugins_api import PluginInterfacesPluginsApi
from botyard.sdk.automio.api.plugins_api import PluginsApi

__all__ = [
    "ActionsApi",
    "ApplicationsTablesGraphQLApi",
    "ApplicationsTablesTagsApi",
    "IntegrationsAPICallsApi",
    "IntegrationsApi",
    "PluginInterfacesPluginsApi",
    "PluginsApi",
]
