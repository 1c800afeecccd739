"""Many calls to another system at once."""

from __future__ import annotations

from typing import Unpack

from botyard.sdk.automio.api.operations import Operations
from botyard.sdk.automio.api_client import segment
from botyard.sdk.automio.api_response import ApiResponse
from botyard.sdk.automio.models import (
    InvokeParallelCall200Response,
    InvokeParallelCallForConnection200Response,
    InvokeParallelCallForConnectionRequest,
    InvokeParallelCallRequest,
)
from botyard.sdk.automio.options import Options

_Id = int | str


class IntegrationsAPICallsApi(Operations):
    """Calls that are answered together."""

    def invoke_parallel_call(
        self,
        integration_id: str,
        x_app_id: _Id | None,
        table: _Id | None = None,
        invoke_parallel_call_request: InvokeParallelCallRequest | None = None,
        **options: Unpack[Options],
    ) -> InvokeParallelCall200Response:
        """Make many calls, each for a connection of its own."""
        return self.invoke_parallel_call_with_http_info(
            integration_id, x_app_id, table, invoke_parallel_call_request, **options
        ).data

    def invoke_parallel_call_with_http_info(
        self,
        integration_id: str,
        x_app_id: _Id | None,
        table: _Id | None = None,
        invoke_parallel_call_request: InvokeParallelCallRequest | None = None,
        **options: Unpack[Options],
    ) -> ApiResponse[InvokeParallelCall200Response]:
        """Make many calls, and return their answers with the answer around them."""
        return self.api_client.ask(
            InvokeParallelCall200Response,
            "POST",
            f"/api/integrations/{segment(integration_id)}/parallel_call/",
            query={"table": table},
            headers=_app(x_app_id),
            body=invoke_parallel_call_request,
            options=options,
        )

    def invoke_parallel_call_for_connection(
        self,
        connection_id: _Id | None,
        integration_id: str,
        x_app_id: _Id | None,
        organization_id: _Id | None = None,
        table: _Id | None = None,
        invoke_parallel_call_for_connection_request: InvokeParallelCallForConnectionRequest | None = None,
        **options: Unpack[Options],
    ) -> InvokeParallelCallForConnection200Response:
        """Make many calls for one connection."""
        return self.invoke_parallel_call_for_connection_with_http_info(
            connection_id,
            integration_id,
            x_app_id,
            organization_id,
            table,
            invoke_parallel_call_for_connection_request,
            **options,
        ).data

    def invoke_parallel_call_for_connection_with_http_info(
        self,
        connection_id: _Id | None,
        integration_id: str,
        x_app_id: _Id | None,
        organization_id: _Id | None = None,
        table: _Id | None = None,
        invoke_parallel_call_for_connection_request: InvokeParallelCallForConnectionRequest | None = None,
        **options: Unpack[Options],
    ) -> ApiResponse[InvokeParallelCallForConnection200Response]:
        """Make many calls for one connection, and return their answers with the answer around them."""
        return self.api_client.ask(
            InvokeParallelCallForConnection200Response,
            "POST",
            f"/api/integrations/{segment(integration_id)}/parallel_call_for_connection/",
            query={"connection_id": connection_id, "organization_id": organization_id, "table": table},
            headers=_app(x_app_id),
            body=invoke_parallel_call_for_connection_request,
            options=options,
        )


def _app(x_app_id: _Id | None) -> dict[str, str]:
    return {} if x_app_id is None else {"X-App-Id": str(x_app_id)}
