"""Plugins that may be invoked."""

from __future__ import annotations

from typing import Unpack

from botyard.sdk.automio.api.operations import Operations
from botyard.sdk.automio.api_client import segment
from botyard.sdk.automio.api_response import ApiResponse
from botyard.sdk.automio.models import GetList200ResponseInner
from botyard.sdk.automio.options import Options


class PluginsApi(Operations):
    """Plugins of an interface."""

    def get_list(self, namespace: str, **options: Unpack[Options]) -> list[GetList200ResponseInner]:
        """Return the enabled plugins of an interface; none when there is no such interface."""
        return self.get_list_with_http_info(namespace, **options).data

    def get_list_with_http_info(
        self, namespace: str, **options: Unpack[Options]
    ) -> ApiResponse[list[GetList200ResponseInner]]:
        """Return the enabled plugins of an interface, with the answer around them."""
        path = f"/api/plugins/plugins/get_list/{segment(namespace)}/"
        return self.api_client.ask(list[GetList200ResponseInner], "GET", path, options=options)
