"""One call to another system, and streams of them: how they are sent and how their answers are read."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any, Final

import httpx2
import msgspec

from botyard.sdk.automio import access, environment, files, retrying, sse
from botyard.sdk.automio.api_client import ApiClient, error_of, segment
from botyard.sdk.automio.encoding import encode
from botyard.sdk.automio.exceptions import ApiException
from botyard.sdk.automio.models import Integration
from botyard.sdk.automio.models.calls import Answered
from botyard.sdk.automio.options import Options
from botyard.sdk.automio.responses import ApiResponse, ParallelCallResponse

#: Stands for a body that was not given, because None is one.
LEFT_OUT: Final = object()

_ONLY_READ = frozenset({"GET", "HEAD", "OPTIONS"})
_STREAM_SECONDS = 300.0


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A call to send. With a `key` the server carries it out once, however often it is sent."""

    path: str
    query: Mapping[str, Any]
    body: dict[str, Any]
    files: Any = None
    key: str | None = None


class Called(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a call."""

    api_data: Any = msgspec.field(default_factory=dict)
    api_response: ApiResponse | None = None
    connection_id: int | str | None = None


class _Item(msgspec.Struct, frozen=True, kw_only=True):
    api_data: Any = None
    api_response: ApiResponse


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a stream: an answer, or the end."""

    completed: Any = None
    total_processed: int | None = None
    index: int | None = None
    total: int | None = None
    connection_id: int | str | None = None
    response: _Item | None = None
    detail: str | None = None

    def as_yielded(self) -> dict[str, Any]:
        """Return what callers are given. Raises ApiException for an event that is neither."""
        if self.completed is True:
            return {"final": True, "total_processed": self.total_processed}
        if self.response is None:
            raise ApiException(0, self.detail or "The server sent an event without an answer.")
        response = self.response
        return {
            "data": response.api_data,
            "response": response.api_response,
            "index": self.index,
            "total": self.total,
        }


_CALLED = msgspec.json.Decoder(Called)
_EVENT = msgspec.json.Decoder(Event)


def call(client: ApiClient, wanted: Call) -> Called:
    """Make a call. Raises IntegrationAccessError when the platform refuses, ApiException when it fails."""
    form = _form(wanted)

    def send() -> httpx2.Response:
        return client.send(
            "POST",
            wanted.path,
            query=wanted.query,
            headers=_headers(wanted.key),
            body=None if form else wanted.body,
            form=form,
        )

    response = retrying.patiently(send, repeatable=wanted.key is not None or _reads(wanted.body["method"]))
    if (refused := access.refusal(response)) is not None:
        raise refused
    try:
        found = _CALLED.decode(response.content)
    except msgspec.ValidationError as error:
        raise ApiException(response.status_code, f"The answer was not understood ({error}).") from error
    except (msgspec.DecodeError, UnicodeDecodeError):  # not from the platform, perhaps from a proxy before it
        return Called(api_data=_binary(response), api_response=_outer(response))
    if response.status_code < 400:
        return found
    if found.api_response is None:
        raise error_of(response)
    return Called(api_data=None, api_response=found.api_response)


def stream(client: ApiClient, wanted: Call) -> Iterator[Event]:
    """Make many calls and yield the events about them."""

    def send() -> httpx2.Response:
        options = Options(_request_timeout=_STREAM_SECONDS)
        return client.send(
            "POST",
            wanted.path,
            query=wanted.query,
            headers=_headers(None),
            body=wanted.body,
            stream=True,
            options=options,
        )

    response = retrying.patiently(send, repeatable=_reads(wanted.body["method"]))
    if not response.is_success:
        response.read()
        raise access.refusal(response) or error_of(response)
    for text in sse.data_lines(response):
        try:
            yield _EVENT.decode(text)
        except msgspec.ValidationError as error:
            raise ApiException(0, f"An event of the server was not understood ({error}).") from error
        except msgspec.DecodeError:
            continue  # nothing that was meant for this client


def path_of(integration: Integration | str, what: str) -> str:
    """Return the path of a kind of call."""
    return f"/api/integrations/{segment(id_of(integration))}/{what}/"


def id_of(integration: Integration | str) -> str:
    """Return the id of an integration, which may be that already."""
    return integration if isinstance(integration, str) else integration.integration_id


def body_of(
    method: str | None, endpoint: str | None, headers: Mapping[str, str] | None, params: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return what all kinds of calls have in common."""
    return {
        "method": method,
        "endpoint": endpoint,
        "request_headers": dict(headers or {}),
        "request_params": dict(params or {}),
    }


def first_given(*values: Any, otherwise: Any) -> Any:
    """Return the first value that was given."""
    return next((value for value in values if value is not LEFT_OUT), otherwise)


def response_of(answered: Answered) -> ParallelCallResponse:
    """Return one of many answers as callers are given it."""
    return ParallelCallResponse(
        api_data=answered.api_data,
        # The server always sends one; without it callers have always been given None.
        api_response=answered.api_response,  # type: ignore[arg-type]
        organization_id=_number(answered.organization_id),
        connection_id=_number(answered.connection_id),
    )


def _reads(method: str | None) -> bool:
    return (method or "GET").upper() in _ONLY_READ


def _headers(key: str | None) -> dict[str, str]:
    # Answers in JSON only: bytes alone would carry neither the status nor the headers of the other system.
    app = {"X-App-Id": str(environment.retrieve_app_id()), "Accept": "application/json"}
    return app if key is None else {**app, "Idempotency-Key": key}


def _form(wanted: Call) -> tuple[dict[str, str], list[files.File]] | None:
    if not wanted.files:
        return None
    fields = {
        name: value if isinstance(value, str) else encode(value).decode()
        for name, value in wanted.body.items()
        if value is not None
    }
    return fields, files.normalised(wanted.files)


def _binary(response: httpx2.Response) -> dict[str, str] | None:
    """Return bytes that a server sends as they are in the form that it otherwise puts them into JSON in."""
    kind = response.headers.get("content-type", "")
    if not response.is_success or kind.startswith("text/"):
        return None
    return {"content_type": kind, "encoding": "base64", "data": base64.b64encode(response.content).decode()}


def _outer(response: httpx2.Response) -> ApiResponse:
    binary = _binary(response) is not None
    return ApiResponse(
        status_code=response.status_code,
        text="" if binary else response.text,
        headers=dict(response.headers),
        url=str(response.request.url),
        ok=response.status_code < 400,
    )


def _number(given: int | str | None) -> int | None:
    try:
        return None if given is None else int(given)
    except ValueError:
        return None
