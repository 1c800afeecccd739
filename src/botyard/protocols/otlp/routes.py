"""The table of contents: the one signal that is taken, at the address that exporters make of their endpoint."""

from __future__ import annotations

from botyard.core.access import Permission
from botyard.protocols.otlp import receive
from botyard.protocols.otlp.encoding import MAX_BODY
from botyard.protocols.otlp.errors import errors_of
from botyard.web.routing import Route, RouteTable

ROUTES = RouteTable(
    "otlp",
    "/api/v1/otlp",
    [Route("POST", "/v1/traces", receive.spans, Permission.TASKS_REPORT, body_limit=MAX_BODY)],
    errors_of=errors_of,
)
