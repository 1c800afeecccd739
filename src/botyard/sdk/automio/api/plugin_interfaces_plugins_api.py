"""Plugins, described."""

from __future__ import annotations

from typing import Unpack

from botyard.sdk.automio.api.operations import Operations
from botyard.sdk.automio.api_client import segment
from botyard.sdk.automio.api_response import ApiResponse
from botyard.sdk.automio.models import PaginatedPluginList
from botyard.sdk.automio.options import Options


class PluginInterfacesPluginsApi(Operations):
    """Plugins of an interface."""

    def get_plugins(
        self, namespace: str, page: int | None = None, per_page: int | None = None, **options: Unpack[Options]
    ) -> PaginatedPluginList:
        """Return a page of the plugins of an interface."""
        return self.get_plugins_with_http_info(namespace, page, per_page, **options).data

    def get_plugins_with_http_info(
        self, namespace: str, page: int | None = None, per_page: int | None = None, **options: Unpack[Options]
    ) -> ApiResponse[PaginatedPluginList]:
        """Return a page of the plugins of an interface, with the answer around it."""
        path = f"/api/plugins/plugin-interfaces/{segment(namespace)}/plugins/"
        query = {"page": page, "per_page": per_page}
        return self.api_client.ask(PaginatedPluginList, "GET", path, query=query, options=options)
