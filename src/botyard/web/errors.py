"""From our errors to the status and body of a protocol: one table per protocol, no error built by hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from http import HTTPStatus
from types import MappingProxyType

import msgspec

from botyard.base.exceptions import BotyardError, Busy
from botyard.web.response import Header, Response

#: The status of each error code, unless a protocol's table says otherwise. A code that is not here gets its class's.
STATUSES: Mapping[str, int] = MappingProxyType(
    {
        "already_exists": 409,
        "busy": 503,
        "csrf": 403,
        "denied": 403,
        "head_too_large": 431,
        "illegal_transition": 409,
        "internal": 500,
        "invalid": 400,
        "method_not_allowed": 405,
        "not_found": 404,
        "precondition_failed": 412,
        "rate_limited": 429,
        "stale_lease": 409,
        "too_large": 413,
        "unauthenticated": 401,
        "unknown_route": 404,
        "unsupported": 400,
        "unsupported_media_type": 415,
    }
)

#: The status that follows from the class of an error with one of these codes, for descriptions of routes.
_OF_CLASS: Mapping[str, int] = MappingProxyType(
    {
        "bad_archive": 400,
        "bad_pattern": 400,
        "bad_project": 400,
        "bad_value": 400,
        "damaged": 404,
        "damaged_secret": 404,
        "duplicate_item": 409,
        "has_history": 409,
        "key_reused": 409,
        "no_entry_file": 400,
        "not_empty": 409,
        "oauth_failed": 400,
        "oauth_state": 403,
        "reply_gone": 409,
        "reply_pending": 409,
        "request_key_reused": 409,
        "run_deleted": 404,
        "sealed": 503,
        "storage_failed": 503,
        "storage_full": 503,
        "storage_unavailable": 503,
        "unknown_automation": 404,
        "unknown_queue": 404,
        "unknown_table": 404,
        "version_exists": 409,
        "wrong_asset_type": 400,
    }
)


def status_of(code: str) -> int:
    """Return the status that native v1 answers with when an error has this code. Raises KeyError."""
    return STATUSES.get(code) or _OF_CLASS[code]


class Failure(msgspec.Struct, frozen=True):
    """What a protocol says about one failed request."""

    status: int
    code: str
    message: str
    hint: str
    field: str | None
    request_id: str

    @property
    def title(self) -> str:
        """Return the standard phrase of the status."""
        return HTTPStatus(self.status).phrase

    @property
    def sentence(self) -> str:
        """Return message and hint as one text."""
        return f"{self.message} {self.hint}".rstrip()


class ErrorTable(msgspec.Struct, frozen=True):
    """How one protocol writes its errors."""

    body: Callable[[Failure], bytes]
    media_type: bytes = b"application/json"
    #: Statuses by code where the protocol differs from `STATUSES`.
    statuses: Mapping[str, int] = MappingProxyType({})
    #: Whether a client is told how long to wait.
    retry_after: bool = True

    def response(self, error: BotyardError, request_id: str) -> Response:
        """Return the answer for `error`."""
        status = self.status_of(error.code) or self.status_of(error.default_code) or 400
        failure = Failure(status, error.code, error.message, error.hint, error.field, request_id)
        return Response(
            self.body(failure), status=status, media_type=self.media_type, headers=self._headers(error, status)
        )

    def status_of(self, code: str) -> int | None:
        """Return the status that this protocol, or else everybody, gives a code; None when the class decides."""
        return self.statuses.get(code) or STATUSES.get(code)

    def _headers(self, error: BotyardError, status: int) -> list[Header]:
        headers: list[Header] = []
        if isinstance(error, Busy) and self.retry_after:
            headers.append((b"retry-after", str(max(1, math.ceil(error.retry_after))).encode()))
        if status == 401:
            headers.append((b"www-authenticate", b'Bearer realm="botyard"'))
        allowed = getattr(error, "allowed", None)
        if allowed:
            headers.append((b"allow", ", ".join(allowed).encode()))
        return headers


#: What to do about errors that say nothing of their own, by the class that decides about the status.
_HINTS: Mapping[int, str] = MappingProxyType(
    {
        400: "Correct this and send the request again.",
        403: "Ask an administrator for a role that includes it.",
        404: "Check the name or id.",
        409: "Look at what is there now, then decide again.",
        503: "Try again in a moment.",
    }
)


class _Problem(msgspec.Struct, omit_defaults=True):
    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    hint: str = ""
    field: str | None = None


def _problem(failure: Failure) -> bytes:
    return msgspec.json.encode(
        _Problem(
            type=f"urn:botyard:error:{failure.code}",
            title=failure.title,
            status=failure.status,
            detail=failure.message,
            code=failure.code,
            request_id=failure.request_id,
            hint=failure.hint or _HINTS.get(failure.status, ""),
            field=failure.field,
        )
    )


#: Problem details (RFC 9457), the errors of native v1.
PROBLEM = ErrorTable(_problem, b"application/problem+json")


def internal_error() -> BotyardError:
    """Return what the client learns of a fault of ours: nothing but where to look."""
    return BotyardError(
        "The server failed to answer this request.",
        hint="Look for the request id in the server's log.",
        code="internal",
    )
