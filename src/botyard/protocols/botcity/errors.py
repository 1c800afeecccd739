"""How this dialect says that something went wrong: a JSON object whose `message` is what clients show."""

from __future__ import annotations

import msgspec

from botyard.base import clock
from botyard.web.errors import ErrorTable, Failure


class ErrorBody(msgspec.Struct, frozen=True, rename="camel"):
    """The body of every answer that is not a success."""

    timestamp: str
    status: int
    error: str
    message: str
    code: str
    request_id: str


def _body(failure: Failure) -> bytes:
    return msgspec.json.encode(
        ErrorBody(
            timestamp=clock.iso(clock.now()),
            status=failure.status,
            error=failure.title,
            message=failure.sentence,
            code=failure.code,
            request_id=failure.request_id,
        )
    )


ERRORS = ErrorTable(_body)
