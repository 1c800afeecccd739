"""What a call can end with, other than its answer.

OpenApiException
├── ApiException                the server answered with an error; `status`, `reason`, `body`, `headers`, `data`
│   ├── BadRequestException (400), UnauthorizedException (401), ForbiddenException (403), NotFoundException (404),
│   │   ConflictException (409), UnprocessableEntityException (422), ServiceException (5xx)
│   └── ServiceUnreachable      no answer at all (status 0); also a ConnectionError, that of `requests` included
│       └── ServiceTimeout      the server took too long; also a TimeoutError
└── ApiTypeError, ApiValueError, ApiAttributeError, ApiKeyError
IntegrationAccessError          the platform refused to call an integration
└── IntegrationAccessDeniedError    because it is not allowed, or not there

Differences from the vendor's package: every error of a call is an ApiException, where some of its calls raise a plain
Exception with the body as the text; `data` is the decoded body for every status; and a failed connection is raised as
ServiceUnreachable, which in a process that has imported `requests` is one of its errors as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn, Protocol

from botyard.sdk.failures import TimedOut, Unreachable


class HttpAnswer(Protocol):
    """The part of an HTTP answer that errors are made of."""

    @property
    def status_code(self) -> int:
        """The status."""

    @property
    def reason_phrase(self) -> str:
        """Its name."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The header fields."""

    @property
    def text(self) -> str:
        """The body."""


class OpenApiException(Exception):
    """The base of all errors of the client."""


class _Located(OpenApiException):
    """An error about a part of a value, which `path_to_item` leads to."""

    def __init__(self, msg: str, path_to_item: Iterable[str | int] | None = None) -> None:
        self.path_to_item = path_to_item
        super().__init__(f"{msg} at {render_path(path_to_item)}" if path_to_item else msg)


class ApiTypeError(_Located, TypeError):
    """A value of a wrong type."""


class ApiValueError(_Located, ValueError):
    """A value that cannot be."""


class ApiAttributeError(_Located, AttributeError):
    """An attribute that is not there."""


class ApiKeyError(_Located, KeyError):
    """A key that is not there."""


class ApiException(OpenApiException):
    """The server answered with an error. `body` is its text, `data` the decoded body when it is a JSON object."""

    def __init__(
        self,
        status: int | None = None,
        reason: str | None = None,
        http_resp: HttpAnswer | None = None,
        *,
        body: str | None = None,
        data: Any = None,
    ) -> None:
        self.args = (status, reason)
        self.status = status if status is not None or http_resp is None else http_resp.status_code
        self.reason = reason if reason is not None or http_resp is None else http_resp.reason_phrase
        self.body = body if body is not None or http_resp is None else http_resp.text
        self.headers = None if http_resp is None else http_resp.headers
        self.data = data

    @classmethod
    def from_response(cls, *, http_resp: HttpAnswer, body: str | None, data: Any) -> NoReturn:
        """Raise the error of the kind that belongs to the answer's status."""
        raise kind_of(http_resp.status_code)(http_resp=http_resp, body=body, data=data)

    def __str__(self) -> str:
        said = (getattr(self.data, "detail", None) or getattr(self.data, "error", None)) or self.body
        return f"({self.status}) {self.reason}" + (f": {said}" if said else "")


class BadRequestException(ApiException):
    """Status 400."""


class UnauthorizedException(ApiException):
    """Status 401."""


class ForbiddenException(ApiException):
    """Status 403."""


class NotFoundException(ApiException):
    """Status 404."""


class ConflictException(ApiException):
    """Status 409."""


class UnprocessableEntityException(ApiException):
    """Status 422."""


class ServiceException(ApiException):
    """Status 500 to 599."""


class ServiceUnreachable(ApiException, Unreachable):
    """The server could not be reached, or left in the middle of an answer."""

    def __init__(self, message: str, *, response: Any = None) -> None:
        ApiException.__init__(self, 0, message)
        self.response = response


class ServiceTimeout(ServiceUnreachable, TimedOut):
    """The server took longer than the call allows."""


class IntegrationAccessError(Exception):
    """The platform refused before the other system was called; the text says why.

    `code` and `status` are the server's, and `request_id` finds the request in its log.
    """

    def __init__(
        self,
        detail: str,
        *,
        code: str = "integration_access_denied",
        status: int | None = None,
        next_action: str | None = None,
        retryable: bool = False,
        request_id: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.status = status
        self.next_action = next_action
        self.retryable = retryable
        self.request_id = request_id


class IntegrationAccessDeniedError(IntegrationAccessError):
    """The token, the app or the account may not be used for the call."""


_KINDS: dict[int, type[ApiException]] = {
    400: BadRequestException,
    401: UnauthorizedException,
    403: ForbiddenException,
    404: NotFoundException,
    409: ConflictException,
    422: UnprocessableEntityException,
}


def kind_of(status: int) -> type[ApiException]:
    """Return the class of the errors with a status."""
    return _KINDS.get(status, ServiceException if 500 <= status <= 599 else ApiException)


def render_path(path_to_item: Iterable[str | int]) -> str:
    """Return a path of keys and places as Python writes it."""
    return "".join(f"[{part!r}]" for part in path_to_item)
