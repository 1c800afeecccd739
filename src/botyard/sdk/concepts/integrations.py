"""Integrations, the accounts that are connected to them, and their plugins."""

from __future__ import annotations

from botyard.sdk.calls import Call, delete, get, make, patch, post
from botyard.sdk.faces import C, Group, call, fields, listing
from botyard.sdk.paging import Listing, pages
from botyard.wire import integrations as wire
from botyard.wire import plugins

_ALL = "/api/v1/integrations"
_ONE = "/api/v1/integrations/{integration}"
_CONNECTION = "/api/v1/connections/{id}"
_INTERFACES = "/api/v1/plugin-interfaces"
_INTERFACE = "/api/v1/plugin-interfaces/{interface}"
_PLUGINS = "/api/v1/plugins"
_PLUGIN = "/api/v1/plugins/{id}"


class Integrations(Group[C]):
    """Other systems' APIs that apps and bots call through Botyard."""

    @listing
    def list(
        self, *, text: str | None = None, category: str | None = None, limit: int | None = None
    ) -> Listing[wire.IntegrationView]:
        """List integrations, the oldest first."""
        return pages(
            _ALL, wire.IntegrationPage, lambda page: page.integrations, limit=limit, text=text, category=category
        )

    @call
    def get(self, integration: str) -> Call[wire.IntegrationView]:
        """Describe the integration with this key."""
        return get(_ONE, wire.IntegrationView, integration)

    @fields(wire.CreateIntegration)
    def create(self, body: wire.CreateIntegration) -> Call[wire.IntegrationView]:
        """Make an integration; only an administrator may open the private network to one."""
        return make(_ALL, body, wire.IntegrationView)

    @fields(wire.UpdateIntegration)
    def update(self, integration: str, body: wire.UpdateIntegration) -> Call[wire.IntegrationView]:
        """Change the fields that are given."""
        return patch(_ONE, body, wire.IntegrationView, integration)

    @call
    def delete(self, integration: str) -> Call[None]:
        """Remove an integration with its connections and the log of its calls, for good."""
        return delete(_ONE, integration)

    @listing
    def calls(self, integration: str, *, limit: int | None = None) -> Listing[wire.CallView]:
        """List the latest calls, newest first, with secrets masked."""
        return pages(f"{_ONE}/calls", wire.CallPage, lambda page: page.calls, integration, cursor="before", limit=limit)


class Connections(Group[C]):
    """Accounts at other systems."""

    @listing
    def list(self, integration: str, *, limit: int | None = None) -> Listing[wire.ConnectionView]:
        """List the connections of an integration, the oldest first."""
        return pages(
            f"{_ONE}/connections", wire.ConnectionPage, lambda page: page.connections, integration, limit=limit
        )

    @call
    def get(self, connection_id: int) -> Call[wire.ConnectionView]:
        """Describe a connection, without its secrets."""
        return get(_CONNECTION, wire.ConnectionView, connection_id)

    @fields(wire.CreateConnection)
    def create(self, integration: str, body: wire.CreateConnection) -> Call[wire.ConnectionView]:
        """Connect an account with its secrets."""
        return make(f"{_ONE}/connections", body, wire.ConnectionView, integration)

    @fields(wire.BeginOauth)
    def sign_in(self, integration: str, body: wire.BeginOauth) -> Call[wire.OauthBegun]:
        """Return where to sign in at the provider; whoever does leads back to the server."""
        return make(f"{_ONE}/oauth", body, wire.OauthBegun, integration)

    @fields(wire.UpdateConnection)
    def update(self, connection_id: int, body: wire.UpdateConnection) -> Call[wire.ConnectionView]:
        """Change what is given; other secrets mend a broken connection."""
        return patch(_CONNECTION, body, wire.ConnectionView, connection_id)

    @call
    def delete(self, connection_id: int) -> Call[None]:
        """Remove a connection and its secrets for good."""
        return delete(_CONNECTION, connection_id)

    @call
    def test(self, connection_id: int) -> Call[wire.TestView]:
        """Call the other system once with this account and return what came of it."""
        return post(f"{_CONNECTION}/test", None, wire.TestView, connection_id)


class PluginInterfaces(Group[C]):
    """Contracts that plugins fulfil, each for an integration."""

    @listing
    def list(self, *, limit: int | None = None) -> Listing[plugins.InterfaceView]:
        """List interfaces by namespace, without their code."""
        return pages(_INTERFACES, plugins.InterfacePage, lambda page: page.interfaces, limit=limit)

    @call
    def get(self, interface: str) -> Call[plugins.InterfaceView]:
        """Read an interface with its code."""
        return get(_INTERFACE, plugins.InterfaceView, interface)

    @fields(plugins.CreateInterface)
    def create(self, body: plugins.CreateInterface) -> Call[plugins.InterfaceView]:
        """Make an interface."""
        return make(_INTERFACES, body, plugins.InterfaceView)

    @fields(plugins.UpdateInterface)
    def update(self, interface: str, body: plugins.UpdateInterface) -> Call[plugins.InterfaceView]:
        """Change what is given; refused when it was changed since the `version` that is named."""
        return patch(_INTERFACE, body, plugins.InterfaceView, interface, repeatable=body.version is None)

    @call
    def delete(self, interface: str) -> Call[None]:
        """Remove an interface with its plugins and all their versions, for good."""
        return delete(_INTERFACE, interface)

    @listing
    def versions(self, interface: str, *, limit: int | None = None) -> Listing[plugins.CodeVersion]:
        """List the versions of the code of an interface, the newest first."""
        return pages(
            f"{_INTERFACE}/versions",
            plugins.CodeVersionPage,
            lambda page: page.versions,
            interface,
            cursor="before",
            limit=limit,
        )


class Plugins(Group[C]):
    """The functions of an interface for an integration."""

    @listing
    def list(
        self, *, interface: str | None = None, integration: str | None = None, limit: int | None = None
    ) -> Listing[plugins.PluginView]:
        """List plugins, the oldest first, without their code; of one interface or integration where named."""
        return pages(
            _PLUGINS,
            plugins.PluginPage,
            lambda page: page.plugins,
            limit=limit,
            interface=interface,
            integration=integration,
        )

    @call
    def get(self, plugin_id: int) -> Call[plugins.PluginView]:
        """Read a plugin with its code."""
        return get(_PLUGIN, plugins.PluginView, plugin_id)

    @fields(plugins.CreatePlugin)
    def create(self, body: plugins.CreatePlugin) -> Call[plugins.PluginView]:
        """Make a plugin of an interface for an integration."""
        return make(_PLUGINS, body, plugins.PluginView)

    @fields(plugins.UpdatePlugin)
    def update(self, plugin_id: int, body: plugins.UpdatePlugin) -> Call[plugins.PluginView]:
        """Change what is given; refused when the code was changed since the `version` that is named."""
        return patch(_PLUGIN, body, plugins.PluginView, plugin_id, repeatable=body.version is None)

    @call
    def delete(self, plugin_id: int) -> Call[None]:
        """Remove a plugin with all versions of its code, for good."""
        return delete(_PLUGIN, plugin_id)

    @listing
    def versions(self, plugin_id: int, *, limit: int | None = None) -> Listing[plugins.CodeVersion]:
        """List the versions of the code of a plugin, the newest first."""
        return pages(
            f"{_PLUGIN}/versions",
            plugins.CodeVersionPage,
            lambda page: page.versions,
            plugin_id,
            cursor="before",
            limit=limit,
        )
