"""How this dialect says that something went wrong (contract a.2, a.3).

Clients sleep for six minutes after a 401, after a 5xx, after a 403 that is not an object with `detail`, and as long as
a `Retry-After` asks for. So credentials that do not hold are a 403, a server that is busy says 429 without that
header, and there is never a key `api_response`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import msgspec

from botyard.web.errors import ErrorTable, Failure

_WORTH_A_RETRY = frozenset({"busy", "rate_limited", "internal"})


def fault(*, detail: str, code: str, request_id: str) -> dict[str, Any]:
    """Return the one object that says what went wrong, in the words of every client version."""
    return {
        "detail": detail,
        "error": detail,
        "code": code,
        "retryable": code in _WORTH_A_RETRY,
        "request_id": request_id,
    }


def _body(failure: Failure) -> bytes:
    return msgspec.json.encode(fault(detail=failure.sentence, code=failure.code, request_id=failure.request_id))


ERRORS = ErrorTable(
    _body,
    statuses=MappingProxyType(
        {"busy": 429, "plugin_failed": 422, "plugin_timeout": 504, "run_deleted": 410, "unauthenticated": 403}
    ),
    retry_after=False,
)
