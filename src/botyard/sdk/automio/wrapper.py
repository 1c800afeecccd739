"""The module that programs import the client from: `from botyard.sdk.automio.wrapper import API`.

Importing it reads the file `.env` of the project, and lets log lines from INFO on go to stderr, unless the program has
set up logging before; both as in the vendor's package. Variables that are set already keep their values.
"""

from __future__ import annotations

import logging

from botyard.sdk.automio import dotenv
from botyard.sdk.automio.actions import ActionsApi
from botyard.sdk.automio.caches import AppCacheApi, CacheApi, Task, UserCacheApi
from botyard.sdk.automio.client import API
from botyard.sdk.automio.environment import retrieve_app_id
from botyard.sdk.automio.exceptions import IntegrationAccessDeniedError, IntegrationAccessError
from botyard.sdk.automio.integrations import IntegrationsApi
from botyard.sdk.automio.plugins import PluginsApi
from botyard.sdk.automio.responses import ApiResponse, ParallelCallResponse
from botyard.sdk.automio.retrying import RETRY_DELAYS_SECONDS
from botyard.sdk.automio.tables import GraphqlException, TablesApi, Tag

__all__ = [
    "API",
    "RETRY_DELAYS_SECONDS",
    "ActionsApi",
    "ApiResponse",
    "AppCacheApi",
    "CacheApi",
    "GraphqlException",
    "IntegrationAccessDeniedError",
    "IntegrationAccessError",
    "IntegrationsApi",
    "ParallelCallResponse",
    "PluginsApi",
    "TablesApi",
    "Tag",
    "Task",
    "UserCacheApi",
    "retrieve_app_id",
]

logging.basicConfig(level=logging.INFO, format="%(asctime)s - %(name)s - %(levelname)s - %(message)s")
_http = logging.getLogger("httpx2")
if _http.level == logging.NOTSET:
    _http.setLevel(logging.WARNING)  # it has a line for every request
dotenv.load()
