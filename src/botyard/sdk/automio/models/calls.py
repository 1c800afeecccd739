"""Many calls at once."""

from __future__ import annotations

from typing import Any

import msgspec

from botyard.sdk.automio.models.base import Model
from botyard.sdk.automio.responses import ApiResponse

Id = int | str


class InvokeParallelCallRequestDataListInner(Model, kw_only=True):
    """One of many calls, for a connection of its own, which the vendor's client insists on."""

    connection_id: Id | None = None
    organization_id: Id | None = None
    params: dict[str, Any] | None = None
    data: Any = None
    url_params: dict[str, Any] | None = None


class InvokeParallelCallRequest(Model, kw_only=True):
    """Many calls to one endpoint, for many connections."""

    method: str
    endpoint: str
    data_list: list[InvokeParallelCallRequestDataListInner]
    request_headers: dict[str, Any] = msgspec.field(default_factory=dict)
    request_params: dict[str, Any] | None = None
    streaming: bool | None = False


class InvokeParallelCallForConnectionRequestDataListInner(Model, kw_only=True):
    """One of many calls for the same connection."""

    params: dict[str, Any] | None = None
    data: Any = None
    url_params: dict[str, Any] | None = None


class InvokeParallelCallForConnectionRequest(Model, kw_only=True):
    """Many calls to one endpoint, for one connection."""

    method: str
    endpoint: str | None = None
    data_list: list[InvokeParallelCallForConnectionRequestDataListInner]
    request_headers: dict[str, Any] = msgspec.field(default_factory=dict)
    request_params: dict[str, Any] | None = None
    streaming: bool | None = False


class Answered(Model, kw_only=True):
    """One answer of many."""

    api_data: Any = None
    api_response: ApiResponse | None = None
    connection_id: Id | None = None
    organization_id: Id | None = None
    index: int | None = None


class InvokeParallelCall200Response(Model, kw_only=True):
    """The answers, in the order of the calls."""

    responses: list[Answered] = msgspec.field(default_factory=list)
    connections_used: dict[str, Any] | None = None


class InvokeParallelCallForConnection200Response(Model, kw_only=True):
    """The answers, in the order of the calls, and the connection that was used."""

    responses: list[Answered] = msgspec.field(default_factory=list)
    connection_id: Id | None = None
