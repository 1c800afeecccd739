"""A drop-in for `automio` 0.1.6 and `robotnikai` 0.2.11: programs change their import lines, and nothing else.

    from botyard.sdk.automio import GraphQLRequest
    from botyard.sdk.automio.wrapper import API

    api = API()

Names, parameters, defaults and results are the vendor's; where its manual and its package differ, the package counts,
and docstrings name the difference, as they do for defects that are mended here. It needs neither `requests` nor
`pydantic`, `redis` or `python-dotenv`, keeps its connections open, and may be used from several threads at once.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from botyard.sdk.automio.api import (
    ActionsApi,
    ApplicationsTablesGraphQLApi,
    ApplicationsTablesTagsApi,
    IntegrationsApi,
    IntegrationsAPICallsApi,
    PluginInterfacesPluginsApi,
    PluginsApi,
)
from botyard.sdk.automio.api_client import ApiClient
from botyard.sdk.automio.api_response import ApiResponse
from botyard.sdk.automio.configuration import Configuration
from botyard.sdk.automio.exceptions import (
    ApiAttributeError,
    ApiException,
    ApiKeyError,
    ApiTypeError,
    ApiValueError,
    IntegrationAccessDeniedError,
    IntegrationAccessError,
    OpenApiException,
)
from botyard.sdk.automio.models import (
    Action,
    ActionRunRequest,
    ActionRunResponse,
    ActionRunStatusResponse,
    ActionTypeEnum,
    ApiKeyDistributionEnum,
    AppsGraphqlQuery400Response,
    AppsGraphqlQuery401Response,
    AppsGraphqlQuery404Response,
    GetList200ResponseInner,
    GraphQLRequest,
    GraphQLResponse,
    GraphQLResponseErrorsInner,
    GraphQLResponseErrorsInnerLocationsInner,
    HmacAlgorithmEnum,
    HmacKeyFormatEnum,
    Integration,
    IntegrationCategory,
    IntegrationType,
    InvokeParallelCall200Response,
    InvokeParallelCallForConnection200Response,
    InvokeParallelCallForConnectionRequest,
    InvokeParallelCallForConnectionRequestDataListInner,
    InvokeParallelCallRequest,
    InvokeParallelCallRequestDataListInner,
    LanguageEnum,
    MyConnections200ResponseInner,
    PaginatedIntegrationList,
    PaginatedPluginList,
    Plugin,
    PluginIntegration,
    PluginPluginInterface,
    StatusEnum,
    TableConnections200ResponseValueInner,
    TableConnections400Response,
    TableConnections403Response,
    TableConnections404Response,
    Tag,
)

if TYPE_CHECKING:
    from botyard.sdk.automio.wrapper import API, ParallelCallResponse

__all__ = [
    "API",
    "Action",
    "ActionRunRequest",
    "ActionRunResponse",
    "ActionRunStatusResponse",
    "ActionTypeEnum",
    "ActionsApi",
    "ApiAttributeError",
    "ApiClient",
    "ApiException",
    "ApiKeyDistributionEnum",
    "ApiKeyError",
    "ApiResponse",
    "ApiTypeError",
    "ApiValueError",
    "ApplicationsTablesGraphQLApi",
    "ApplicationsTablesTagsApi",
    "AppsGraphqlQuery400Response",
    "AppsGraphqlQuery401Response",
    "AppsGraphqlQuery404Response",
    "Configuration",
    "GetList200ResponseInner",
    "GraphQLRequest",
    "GraphQLResponse",
    "GraphQLResponseErrorsInner",
    "GraphQLResponseErrorsInnerLocationsInner",
    "HmacAlgorithmEnum",
    "HmacKeyFormatEnum",
    "Integration",
    "IntegrationAccessDeniedError",
    "IntegrationAccessError",
    "IntegrationCategory",
    "IntegrationType",
    "IntegrationsAPICallsApi",
    "IntegrationsApi",
    "InvokeParallelCall200Response",
    "InvokeParallelCallForConnection200Response",
    "InvokeParallelCallForConnectionRequest",
    "InvokeParallelCallForConnectionRequestDataListInner",
    "InvokeParallelCallRequest",
    "InvokeParallelCallRequestDataListInner",
    "LanguageEnum",
    "MyConnections200ResponseInner",
    "OpenApiException",
    "PaginatedIntegrationList",
    "PaginatedPluginList",
    "ParallelCallResponse",
    "Plugin",
    "PluginIntegration",
    "PluginInterfacesPluginsApi",
    "PluginPluginInterface",
    "PluginsApi",
    "StatusEnum",
    "TableConnections200ResponseValueInner",
    "TableConnections400Response",
    "TableConnections403Response",
    "TableConnections404Response",
    "Tag",
]

#: The version of the vendor's package that this one stands in for.
__version__ = "0.1.6"

_OF_WRAPPER = frozenset({"API", "ParallelCallResponse"})


def __getattr__(name: str) -> Any:
    """Import the client, which reads the file `.env`, when it is asked for and not before."""
    if name in _OF_WRAPPER:
        return getattr(importlib.import_module(f"{__name__}.wrapper"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
