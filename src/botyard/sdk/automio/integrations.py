"""Integrations: other systems, called through the platform with the accounts that it keeps."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Unpack, overload

from botyard.sdk.automio import access, calling, environment
from botyard.sdk.automio.api.integrations_api import IntegrationsApi as _IntegrationsApi
from botyard.sdk.automio.api.integrations_api_calls_api import IntegrationsAPICallsApi
from botyard.sdk.automio.api_client import ApiClient
from botyard.sdk.automio.exceptions import (
    ApiException,
    IntegrationAccessDeniedError,
    NotFoundException,
)
from botyard.sdk.automio.models import (
    Integration,
    InvokeParallelCallForConnectionRequest,
    InvokeParallelCallForConnectionRequestDataListInner,
    InvokeParallelCallRequest,
    InvokeParallelCallRequestDataListInner,
    TableConnections200ResponseValueInner,
)
from botyard.sdk.automio.models.integrations import Connection
from botyard.sdk.automio.options import Options
from botyard.sdk.automio.responses import ApiResponse, ParallelCallResponse

Id = int | str
Object = Mapping[str, Any]
Connections = dict[str, list[TableConnections200ResponseValueInner]]

logger = logging.getLogger("botyard.sdk.automio")


class IntegrationsApi(_IntegrationsApi, IntegrationsAPICallsApi):
    """Calls other systems.

    Wherever an integration is asked for, its id as text will do as well. `connection_id` is the account that was used
    last, unless `CONNECTION_ID` is set, even to nothing; rows that `api.tables.graphql` inserts carry it.
    """

    def __init__(self, api_client: ApiClient | None = None) -> None:
        super().__init__(api_client)
        self.connection_id: Id | None = os.environ.get("CONNECTION_ID")
        self._fixed = self.connection_id is not None
        if self.connection_id:
            logger.debug("Calls are made with connection %s.", self.connection_id)

    def get_integration(
        self, integration_id: str, connection_id: Id | None = None, **options: Unpack[Options]
    ) -> Integration:
        """Return an integration with its `connected_accounts`, the ids of the accounts that the app may use.

        Raises IntegrationAccessDeniedError when there is no such integration, or no account for the app. (The vendor's
        package then ends the whole program, and takes no number for `connection_id`.)
        """
        headers = dict(options.get("_headers") or {})
        app = environment.retrieve_app_id()
        if app is not None:
            headers.setdefault("X-App-Id", str(app))
        options["_headers"] = headers
        try:
            found = super().get_integration(integration_id, connection_id, **options)
        except NotFoundException as error:
            raise IntegrationAccessDeniedError(
                f"There is no integration '{integration_id}'. `api.integrations.get_integrations()` lists those there "
                "are.",
                code="integration_not_found",
                status=404,
            ) from error
        if not found.connected_accounts:
            raise IntegrationAccessDeniedError(
                f"No account of the integration '{integration_id}' is enabled for this app. Connect one, and enable it "
                "for the app.",
                code="no_connected_accounts",
            )
        return found

    def call(
        self,
        integration: Integration | str,
        method: str | None = None,
        endpoint: str | None = None,
        connection_id: Id | None = None,
        organization_id: Id | None = None,
        table: str | None = None,
        *,
        params: Object | None = None,
        json: Any = calling.LEFT_OUT,
        data: Any = calling.LEFT_OUT,
        headers: Mapping[str, str] | None = None,
        files: Any = None,
        idempotency_key: str | None = None,
        **ignored: Any,
    ) -> tuple[Any, ApiResponse]:
        """Make one call and return the decoded body and the other system's answer, whatever its status.

        The body is None when the answer is none of the platform's or an error. `data` counts before `json`. `table` is
        a full name, `app_130_orders`. Raises IntegrationAccessDeniedError when the platform refuses, ApiException
        when it fails.

        A call that changes something is sent again only when it cannot have arrived, or under an `idempotency_key`, by
        which the server carries it out once.

        Mended compared with the vendor's package: that sends any call up to four times; a refusal is raised at once, as
        is one for want of credits; with files, `headers`, `params` and `data` arrive whole; other keywords, which it
        ignores in silence, are logged.
        """
        wanted = calling.Call(
            path=calling.path_of(integration, "call"),
            query={"connection_id": connection_id, "organization_id": organization_id, "table": table},
            body=calling.body_of(method, endpoint, headers, params)
            | {"data": calling.first_given(data, json, otherwise={})},
            files=files,
            key=idempotency_key,
        )
        _told(ignored)
        done = calling.call(self.api_client, wanted)
        self._used(done.connection_id)
        # Without an answer of the other system the last value would be None, which callers do not expect to see.
        return done.api_data, done.api_response  # type: ignore[return-value]

    def parallel_call_stream(
        self,
        integration: Integration | str,
        method: str,
        endpoint: str,
        data_list: Sequence[Object],
        connection_id: Id | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        params: Object | None = None,
        **ignored: Any,
    ) -> Iterator[dict[str, Any]]:
        """Make many calls and yield each answer as soon as it is there, in any order.

        Yields `{"data", "response", "index", "total"}` for each item, and at last `{"final": True,
        "total_processed"}`. Raises IntegrationAccessDeniedError when the platform refuses, ApiException when it fails.
        Leaving the loop ends what is still under way.
        """
        _told(ignored)
        body = calling.body_of(method, endpoint, headers, params)
        wanted = calling.Call(
            path=calling.path_of(integration, "parallel_call"),
            query={"connection_id": connection_id},
            body=body | {"data_list": list(data_list), "streaming": True},
        )
        for event in calling.stream(self.api_client, wanted):
            self._used(event.connection_id or None)
            yield event.as_yielded()
            if event.completed is True:
                return

    def parallel_call_for_connection(
        self,
        integration: Integration | str,
        method: str,
        endpoint: str,
        data_list: Sequence[Object],
        connection_id: Id | None,
        organization_id: Id | None = None,
        table: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        params: Object | None = None,
        **ignored: Any,
    ) -> list[ParallelCallResponse]:
        """Make many calls for one account and return the answers in the order of `data_list`.

        Items may have `params`, `data` and `url_params`. Raises IntegrationAccessDeniedError when the platform
        refuses, ApiException when it fails.
        """
        _told(ignored)
        request = InvokeParallelCallForConnectionRequest(
            data_list=[
                InvokeParallelCallForConnectionRequestDataListInner(
                    params=item.get("params"), data=item.get("data"), url_params=item.get("url_params")
                )
                for item in data_list
            ],
            method=method,
            endpoint=endpoint,
            request_headers=dict(headers or {}),
            request_params=None if params is None else dict(params),
        )
        with _refused():
            answer = self.invoke_parallel_call_for_connection(
                connection_id,
                calling.id_of(integration),
                environment.retrieve_app_id(),
                organization_id,
                table,
                request,
            )
        self._used(answer.connection_id or None)
        return [calling.response_of(one) for one in answer.responses]

    def parallel_call(
        self,
        integration: Integration | str,
        method: str,
        endpoint: str,
        data_list: Sequence[Object],
        table: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        params: Object | None = None,
        **ignored: Any,
    ) -> list[ParallelCallResponse]:
        """Make many calls, each for an account of its own, and return the answers in the order of `data_list`.

        Items may have `connection_id`, `organization_id`, `params`, `data` and `url_params`. Without the first the
        default account is used; the vendor's package then raises KeyError, and it leaves `params` out. Raises
        IntegrationAccessDeniedError when the platform refuses, ApiException when it fails.
        """
        _told(ignored)
        request = InvokeParallelCallRequest(
            data_list=[
                InvokeParallelCallRequestDataListInner(
                    connection_id=_text(item.get("connection_id")),
                    organization_id=_text(item.get("organization_id")),
                    params=item.get("params"),
                    data=item.get("data"),
                    url_params=item.get("url_params"),
                )
                for item in data_list
            ],
            method=method,
            endpoint=endpoint,
            request_headers=dict(headers or {}),
            request_params=None if params is None else dict(params),
        )
        with _refused():
            answer = self.invoke_parallel_call(
                calling.id_of(integration), environment.retrieve_app_id(), table, request
            )
        return [calling.response_of(one) for one in answer.responses]

    @overload
    def all_connections(
        self, integration: str, table_name: str | None = None, app_id: Id | None = None
    ) -> list[Connection]: ...

    @overload
    def all_connections(
        self, integration: Integration, table_name: None = None, app_id: Id | None = None
    ) -> list[Connection]: ...

    @overload
    def all_connections(self, integration: Integration, table_name: str, app_id: Id | None = None) -> Connections: ...

    def all_connections(
        self, integration: Integration | str, table_name: str | None = None, app_id: Id | None = None
    ) -> Connections | list[Connection]:
        """Return the accounts that the app may use, each with `id` and `name`, as attributes or in brackets.

        With an integration and a table they are grouped by organization, whose id is text, as in the vendor's package.
        The vendor's manual also shows an integration's id instead of the integration, and leaves the table out; its
        package fails then. Here, a plain list is what that returns.
        """
        if table_name is None:
            return list(self.my_connections(calling.id_of(integration)))
        found = self.get_table_connections(integration, table_name, app_id)
        return [one for some in found.values() for one in some] if isinstance(integration, str) else found

    def get_table_connections(
        self, integration: Integration | str, table_name: str, app_id: Id | None = None
    ) -> Connections:
        """Return the accounts that may be used for a table, by organization; what the vendor's 0.5.7 calls it."""
        app = app_id or environment.retrieve_app_id()
        return self.table_connections(app_id=app, integration_id=calling.id_of(integration), table=table_name)

    def _used(self, connection_id: Id | None) -> None:
        if connection_id is not None and not self._fixed:
            self.connection_id = connection_id


class _refused:  # noqa: N801 -- reads as what it is used for: with _refused()
    """Raises the platform's refusal for an error that is one."""

    def __enter__(self) -> None:
        """Watch the calls within."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ApiException) and (refused := access.refusal_of(error)) is not None:
            raise refused from error


def _told(ignored: Mapping[str, Any]) -> None:
    """Say which keywords were given for nothing; they are ignored in silence by the vendor's package."""
    if ignored:
        logger.warning("Calls know no %s; it is left out.", ", ".join(sorted(ignored)))


def _text(given: Any) -> str | None:
    return None if given is None else str(given)
