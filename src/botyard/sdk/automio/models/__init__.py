"""The values that are sent and received, all in one place.

Each may also be imported from a module of its own name, as in the vendor's package: `GraphQLRequest` from
`models.graph_ql_request`.
"""

from __future__ import annotations

import re
import sys

from botyard.sdk.automio.models.actions import (
    Action,
    ActionRunRequest,
    ActionRunResponse,
    ActionRunStatusResponse,
    ActionTypeEnum,
    LanguageEnum,
    StatusEnum,
)
from botyard.sdk.automio.models.calls import (
    InvokeParallelCall200Response,
    InvokeParallelCallForConnection200Response,
    InvokeParallelCallForConnectionRequest,
    InvokeParallelCallForConnectionRequestDataListInner,
    InvokeParallelCallRequest,
    InvokeParallelCallRequestDataListInner,
)
from botyard.sdk.automio.models.graphql import (
    GraphQLRequest,
    GraphQLResponse,
    GraphQLResponseErrorsInner,
    GraphQLResponseErrorsInnerLocationsInner,
)
from botyard.sdk.automio.models.integrations import (
    ApiKeyDistributionEnum,
    HmacAlgorithmEnum,
    HmacKeyFormatEnum,
    Integration,
    IntegrationCategory,
    IntegrationType,
    MyConnections200ResponseInner,
    PaginatedIntegrationList,
    TableConnections200ResponseValueInner,
)
from botyard.sdk.automio.models.plugins import (
    GetList200ResponseInner,
    PaginatedPluginList,
    Plugin,
    PluginIntegration,
    PluginPluginInterface,
)
from botyard.sdk.automio.models.problems import (
    AppsGraphqlQuery400Response,
    AppsGraphqlQuery401Response,
    AppsGraphqlQuery404Response,
    TableConnections400Response,
    TableConnections403Response,
    TableConnections404Response,
)
from botyard.sdk.automio.models.tags import Tag

__all__ = [
    "Action",
    "ActionRunRequest",
    "ActionRunResponse",
    "ActionRunStatusResponse",
    "ActionTypeEnum",
    "ApiKeyDistributionEnum",
    "AppsGraphqlQuery400Response",
    "AppsGraphqlQuery401Response",
    "AppsGraphqlQuery404Response",
    "GetList200ResponseInner",
    "GraphQLRequest",
    "GraphQLResponse",
    "GraphQLResponseErrorsInner",
    "GraphQLResponseErrorsInnerLocationsInner",
    "HmacAlgorithmEnum",
    "HmacKeyFormatEnum",
    "Integration",
    "IntegrationCategory",
    "IntegrationType",
    "InvokeParallelCall200Response",
    "InvokeParallelCallForConnection200Response",
    "InvokeParallelCallForConnectionRequest",
    "InvokeParallelCallForConnectionRequestDataListInner",
    "InvokeParallelCallRequest",
    "InvokeParallelCallRequestDataListInner",
    "LanguageEnum",
    "MyConnections200ResponseInner",
    "PaginatedIntegrationList",
    "PaginatedPluginList",
    "Plugin",
    "PluginIntegration",
    "PluginPluginInterface",
    "StatusEnum",
    "TableConnections200ResponseValueInner",
    "TableConnections400Response",
    "TableConnections403Response",
    "TableConnections404Response",
    "Tag",
]


def _module_of(name: str) -> str:
    """Return what the vendor's package calls the module of a model: `GraphQLRequest` is in `graph_ql_request`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


for _name in __all__:
    sys.modules.setdefault(f"{__name__}.{_module_of(_name)}", sys.modules[__name__])
