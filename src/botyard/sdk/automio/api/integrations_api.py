"""Calls about integrations and their connections."""

from __future__ import annotations

from typing import Unpack

from botyard.sdk.automio.api.operations import Operations
from botyard.sdk.automio.api_client import segment
from botyard.sdk.automio.api_response import ApiResponse
from botyard.sdk.automio.models import (
    Integration,
    MyConnections200ResponseInner,
    PaginatedIntegrationList,
    TableConnections200ResponseValueInner,
)
from botyard.sdk.automio.options import Options


class IntegrationsApi(Operations):
    """Other systems, and the accounts there that the app may use."""

    def get_integration(
        self, integration_id: str, connection_id: int | str | None = None, **options: Unpack[Options]
    ) -> Integration:
        """Return an integration."""
        return self.get_integration_with_http_info(integration_id, connection_id, **options).data

    def get_integration_with_http_info(
        self, integration_id: str, connection_id: int | str | None = None, **options: Unpack[Options]
    ) -> ApiResponse[Integration]:
        """Return an integration, with the answer around it."""
        path = f"/api/integrations/{segment(integration_id)}/"
        return self.api_client.ask(Integration, "GET", path, query={"connection_id": connection_id}, options=options)

    def get_integrations(
        self, page: int | None = None, per_page: int | None = None, **options: Unpack[Options]
    ) -> PaginatedIntegrationList:
        """Return a page of integrations."""
        return self.get_integrations_with_http_info(page, per_page, **options).data

    def get_integrations_with_http_info(
        self, page: int | None = None, per_page: int | None = None, **options: Unpack[Options]
    ) -> ApiResponse[PaginatedIntegrationList]:
        """Return a page of integrations, with the answer around it."""
        query = {"page": page, "per_page": per_page}
        return self.api_client.ask(PaginatedIntegrationList, "GET", "/api/integrations/", query=query, options=options)

    def my_connections(self, integration_id: str, **options: Unpack[Options]) -> list[MyConnections200ResponseInner]:
        """Return the connections that the app may use."""
        return self.my_connections_with_http_info(integration_id, **options).data

    def my_connections_with_http_info(
        self, integration_id: str, **options: Unpack[Options]
    ) -> ApiResponse[list[MyConnections200ResponseInner]]:
        """Return the connections that the app may use, with the answer around them."""
        path = f"/api/integrations/{segment(integration_id)}/get_connections/"
        return self.api_client.ask(list[MyConnections200ResponseInner], "GET", path, options=options)

    def table_connections(
        self, app_id: int | str | None, integration_id: str, table: str, **options: Unpack[Options]
    ) -> dict[str, list[TableConnections200ResponseValueInner]]:
        """Return the connections that may be used for a table, by organization."""
        return self.table_connections_with_http_info(app_id, integration_id, table, **options).data

    def table_connections_with_http_info(
        self, app_id: int | str | None, integration_id: str, table: str, **options: Unpack[Options]
    ) -> ApiResponse[dict[str, list[TableConnections200ResponseValueInner]]]:
        """Return the connections that may be used for a table, with the answer around them."""
        path = f"/api/integrations/{segment(integration_id)}/table_connections/"
        query = {"app_id": app_id, "table": table}
        kind = dict[str, list[TableConnections200ResponseValueInner]]
        return self.api_client.ask(kind, "GET", path, query=query, options=options)
