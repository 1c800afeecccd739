"""How OTLP says that something went wrong: a google.rpc.Status in the encoding of the request.

Exporters try again after 429, 502, 503 and 504 and after no other status, so nothing that can pass is answered
otherwise: a full or unreachable store is 503 with Retry-After, whereas what is wrong with the spans is 4xx.
"""

from __future__ import annotations

from collections.abc import Callable

from botyard.protocols.otlp import jsonform, protobuf
from botyard.protocols.otlp.encoding import JSON, PROTOBUF, media_type_of
from botyard.web.errors import ErrorTable, Failure
from botyard.web.request import Request

#: The number that gRPC has for each HTTP status.
_CODES = {400: 3, 401: 16, 403: 7, 404: 5, 405: 12, 409: 9, 413: 8, 415: 3, 429: 8, 500: 13, 503: 14}
_UNKNOWN = 2


def _table(media_type: str, status: Callable[[int, str], bytes]) -> ErrorTable:
    def body(failure: Failure) -> bytes:
        return status(_CODES.get(failure.status, _UNKNOWN), f"{failure.sentence} (request {failure.request_id})")

    return ErrorTable(body, media_type.encode())


_TABLES = {PROTOBUF: _table(PROTOBUF, protobuf.status), JSON: _table(JSON, jsonform.status)}


def errors_of(request: Request) -> ErrorTable:
    """Return how to tell the sender of a request about an error."""
    return _TABLES[media_type_of(request)]
