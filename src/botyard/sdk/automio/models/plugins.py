"""Plugins and their interfaces."""

from __future__ import annotations

import datetime as dt

from botyard.sdk.automio.models.base import Model


class GetList200ResponseInner(Model, kw_only=True):
    """A plugin that may be invoked: the id of its integration, and the connections that it may use."""

    id: str
    connection_ids: list[int] | None = None


class PluginPluginInterface(Model, kw_only=True):
    """The interface that a plugin implements."""

    id: int | None = None
    namespace: str | None = None
    title: str | None = None


class PluginIntegration(Model, kw_only=True):
    """The integration that a plugin is for."""

    name: str | None = None
    icon: str | None = None
    integration_id: str | None = None


class Plugin(Model, kw_only=True):
    """A plugin, with its code for those who may see it."""

    id: int | None = None
    organization: int | None = None
    plugin_interface: PluginPluginInterface | None = None
    integration: PluginIntegration | None = None
    implemented_capabilities: list[str] | None = None
    is_enabled: bool | None = None
    is_official: bool | None = None
    is_mine: bool | None = None
    organization_slug: str | None = None
    capabilities: list[str] | None = None
    is_visible: bool | None = None
    code: str | None = None
    created_at: dt.datetime | None = None
    updated_at: dt.datetime | None = None


class PaginatedPluginList(Model, kw_only=True):
    """A page of plugins."""

    count: int
    next: str | None = None
    previous: str | None = None
    results: list[Plugin]
