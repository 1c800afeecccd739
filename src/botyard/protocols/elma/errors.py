"""How this dialect says that something went wrong: a number and a text in the body (contract 1 and 8).

Callers look at the body only, so the status of HTTP is 200 wherever there is one of this dialect. It is a real one
where nothing of a request could be understood, and for files, where an error must not be taken for content.
"""

from __future__ import annotations

import msgspec

from botyard.base.exceptions import BotyardError
from botyard.web.errors import ErrorTable, Failure
from botyard.web.request import Request
from botyard.web.response import Response

_REAL = frozenset({"head_too_large", "method_not_allowed", "not_json", "too_large", "unknown_route"})


class _InTheBody(ErrorTable, frozen=True):
    """Errors whose status stands in the body."""

    def response(self, error: BotyardError, request_id: str) -> Response:
        """Return the answer for `error`."""
        reply = super().response(error, request_id)
        if error.code not in _REAL:
            reply.status = 200
            reply.headers = tuple(header for header in reply.headers if header[0] != b"www-authenticate")
        return reply


def _body(failure: Failure) -> bytes:
    return msgspec.json.encode({"status": failure.status, "ErrorMessage": failure.sentence})


_IN_THE_BODY = _InTheBody(_body)
_REAL_ERRORS = ErrorTable(_body)
_FILES = "/repository/task/download"


def errors_of(request: Request) -> ErrorTable:
    """Return how a request learns of its error: in the body, unless it wants a file or is none of this dialect."""
    route = getattr(request, "route", None)
    return _REAL_ERRORS if route is None or route.path == _FILES else _IN_THE_BODY
