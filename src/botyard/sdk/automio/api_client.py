"""Sends calls of the API and reads their answers."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from types import TracebackType
from typing import Any, ClassVar, Self, TypeVar, cast
from urllib.parse import quote

import httpx2
import msgspec

from botyard.sdk.automio import retrying
from botyard.sdk.automio.api_response import ApiResponse
from botyard.sdk.automio.configuration import Configuration
from botyard.sdk.automio.connections import Connections, Form
from botyard.sdk.automio.encoding import encode
from botyard.sdk.automio.exceptions import ApiException, kind_of
from botyard.sdk.automio.models.problems import Problem
from botyard.sdk.automio.options import Options

T = TypeVar("T")

_NOTHING: Options = {}


class ApiClient:
    """A client for one app; may be used from several threads at once.

    Connections stay open until `close`. Without a configuration, where to call and for whom comes from the environment.
    """

    _default: ClassVar[ApiClient | None] = None

    def __init__(
        self,
        configuration: Configuration | None = None,
        header_name: str | None = None,
        header_value: str | None = None,
    ) -> None:
        """`header_name` is a header that is sent with every call."""
        self.configuration = configuration or Configuration()
        self.default_headers: dict[str, str] = {header_name: header_value or ""} if header_name else {}
        self._connections = Connections(self.configuration.ssl_ca_cert)

    @classmethod
    def get_default(cls) -> ApiClient:
        """Return the client of those API classes that were made without one."""
        if ApiClient._default is None:
            ApiClient._default = ApiClient()
        return ApiClient._default

    @classmethod
    def set_default(cls, default: ApiClient | None) -> None:
        """Replace the client of those API classes that are made without one."""
        ApiClient._default = default

    def set_default_header(self, header_name: str, header_value: str) -> None:
        """Send a header with every call."""
        self.default_headers[header_name] = header_value

    def ask(
        self,
        kind: type[T],
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        form: Form | None = None,
        options: Options = _NOTHING,
    ) -> ApiResponse[T]:
        """Make a call and return its answer, decoded; for `bytes` as it is.

        Raises ApiException for an error, and for an answer of a wrong form.
        """

        def send() -> httpx2.Response:
            return self.send(method, path, query=query, headers=headers, body=body, form=form, options=options)

        response = retrying.readily(send) if method == "GET" else retrying.once(send)
        if not response.is_success:
            raise error_of(response)
        return ApiResponse(
            status_code=response.status_code,
            headers=response.headers,
            data=decoded(response, kind),
            raw_data=response.content,
        )

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        form: Form | None = None,
        stream: bool = False,
        options: Options = _NOTHING,
    ) -> httpx2.Response:
        """Send a call once and return the answer, whatever it is; `form` are fields and files to send as a form.

        An answer that is streamed has to be closed. Raises httpx2's errors.
        """
        sent = {"Authorization": options.get("_request_auth") or self.configuration.authorization()}
        content = None
        if form is None and method != "GET":
            content = b"" if body is None else encode(body)
            sent["Content-Type"] = "application/json"
        return self._connections.send(
            method,
            self.configuration.host,
            path,
            query=query,
            headers={**self.default_headers, **sent, **(headers or {}), **(options.get("_headers") or {})},
            content=content,
            form=form,
            timeout=options.get("_request_timeout"),
            stream=stream,
        )

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def segment(value: object) -> str:
    """Return a value as one part of a path."""
    return quote(str(value), safe="")


def decoded(response: httpx2.Response, kind: type[T]) -> T:
    """Return the body of an answer. Raises ApiException when it is not what was asked for."""
    if kind is bytes:
        return cast("T", response.content)
    try:
        return cast("T", _decoder(cast("Any", kind)).decode(response.content))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ApiException(
            response.status_code,
            f"The answer of {response.request.url.host} was not understood ({error}). Check that API_BASE_URL is the "
            "address of a server of this kind.",
            http_resp=response,
        ) from error


def error_of(response: httpx2.Response) -> ApiException:
    """Return the error that an answer is."""
    try:
        data = msgspec.json.decode(response.content, type=Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        data = None
    return kind_of(response.status_code)(http_resp=response, body=response.text, data=data)


@functools.cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)
