"""Queries and mutations of tables."""

from __future__ import annotations

from typing import Unpack

from botyard.sdk.automio.api.operations import Operations
from botyard.sdk.automio.api_response import ApiResponse
from botyard.sdk.automio.models import GraphQLRequest, GraphQLResponse
from botyard.sdk.automio.options import Options


class ApplicationsTablesGraphQLApi(Operations):
    """Tables of an app, which is named by its id, its slug, or organization/slug."""

    def apps_graphql_query(
        self, app: int | str, table: str, graph_ql_request: GraphQLRequest, **options: Unpack[Options]
    ) -> GraphQLResponse:
        """Return the answer to a query or a mutation; what is wrong with it is in its `errors`."""
        return self.apps_graphql_query_with_http_info(app, table, graph_ql_request, **options).data

    def apps_graphql_query_with_http_info(
        self, app: int | str, table: str, graph_ql_request: GraphQLRequest, **options: Unpack[Options]
    ) -> ApiResponse[GraphQLResponse]:
        """Return the answer to a query or a mutation, with the answer around it."""
        query = {"app": app, "table": table}
        return self.api_client.ask(
            GraphQLResponse, "POST", "/api/apps/graphql/", query=query, body=graph_ql_request, options=options
        )
