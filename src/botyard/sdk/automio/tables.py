"""Tables of an app, in GraphQL."""

from __future__ import annotations

import logging
import os
from typing import Any, TypedDict

import msgspec

from botyard.sdk.automio import environment
from botyard.sdk.automio.api.applications_tables_graph_ql_api import ApplicationsTablesGraphQLApi
from botyard.sdk.automio.api.applications_tables_tags_api import ApplicationsTablesTagsApi
from botyard.sdk.automio.api_client import ApiClient
from botyard.sdk.automio.integrations import IntegrationsApi
from botyard.sdk.automio.models import GraphQLRequest, GraphQLResponse
from botyard.sdk.automio.models import Tag as TagModel

logger = logging.getLogger("botyard.sdk.automio")


class GraphqlException(Exception):
    """The server found errors in a query; the second argument is the list of them."""


class Tag(TypedDict):
    """A tag, as `create_tag` returns it."""

    collection_name: str
    color: str
    id: int
    name: str
    count: int
    organization_id: int
    description: str | None
    createdAt: str
    updatedAt: str


class _Tagged(msgspec.Struct):
    tag: Any


class TablesApi(ApplicationsTablesGraphQLApi, ApplicationsTablesTagsApi):
    """Reads and writes tables.

    `apps_graphql_query` returns what is wrong with a query in `errors`; `graphql` raises it.
    """

    def __init__(self, client: ApiClient, integrations_api: IntegrationsApi) -> None:
        super().__init__(client)
        self.client = client
        self.integrations_api = integrations_api

    def graphql(
        self,
        table: str,
        query: str | None = None,
        variables: dict[str, Any] | None = None,
        graph_ql_request: GraphQLRequest | None = None,
    ) -> GraphQLResponse:
        """Run a query or a mutation of the app that `APP_ID` names.

        When it is known which account calls were made with, rows that the first variable lists get it as
        `connection_id`, unless they have one. (The vendor's package replaces that, and changes the caller's own rows.)

        Raises ValueError without an app or a query, GraphqlException for errors in the query, ApiException for others;
        among these is 402, for which the vendor's package ends the whole program.
        """
        app = environment.required_app_id()
        if graph_ql_request is None:
            if not query:
                raise ValueError("Nothing was asked for. Give a query or a graph_ql_request.")
            graph_ql_request = GraphQLRequest(query=query, variables=variables)
        response = self.apps_graphql_query(app=app, table=table, graph_ql_request=self._marked(graph_ql_request))
        if response.errors:
            for number, error in enumerate(response.errors, 1):
                logger.error("GraphQL error %d: %s (path %s)", number, error.message, error.path)
            raise GraphqlException("The server found errors in the query.", response.errors)
        return response

    def create_tag(self, table_name: str, tag_name: str) -> Tag:
        """Make a tag for rows of a table, or find the one of that name. Raises ApiException when that fails."""
        app = os.environ.get("APP_ID") or environment.required_app_id()
        answer = self.add_tag_with_http_info(app_id=app, table_name=table_name, tag=TagModel(name=tag_name))
        tag: Tag = msgspec.json.decode(answer.raw_data, type=_Tagged).tag
        return tag

    def _marked(self, request: GraphQLRequest) -> GraphQLRequest:
        connection_id, variables = self.integrations_api.connection_id, request.variables
        first = next(iter(variables), None) if connection_id and variables else None
        if first is None or variables is None or not isinstance(variables[first], list):
            return request
        rows = [
            {**row, "connection_id": row.get("connection_id", connection_id)} if isinstance(row, dict) else row
            for row in variables[first]
        ]
        return GraphQLRequest(query=request.query, variables={**variables, first: rows})
