"""A small HTTP toolkit: what every protocol and the console share at the edge.

A protocol is a `RouteTable`: routes that each name the permission they need, a way to know the caller, and a
shape for errors. Handlers are `async def handler(request) -> Response`; they decode, call one operation, encode.
Everything that no handler may forget happens before and after it: authentication, permission, limits, security
headers, the mapping of errors, the audit row of a refusal.
"""

from botyard.web.application import API_HEADERS, PAGE_HEADERS, Application, Tools
from botyard.web.auth import Authenticator, bearer, bearer_token, unauthenticated
from botyard.web.body import ClientLeft
from botyard.web.declaring import CSV, EVENTS, FILE, TEXT, ZIP, Media, Query
from botyard.web.errors import PROBLEM, ErrorTable, Failure
from botyard.web.longpoll import Drain, hold
from botyard.web.multipart import Form, Upload
from botyard.web.request import Request
from botyard.web.response import (
    Response,
    StreamResponse,
    file_response,
    html_response,
    json_response,
    no_content,
    redirect,
    text_response,
)
from botyard.web.routing import OPEN, SIGNED_IN, Handler, Route, RouteTable
from botyard.web.throttle import Buckets, Throttle

__all__ = [
    "API_HEADERS",
    "CSV",
    "EVENTS",
    "FILE",
    "OPEN",
    "PAGE_HEADERS",
    "PROBLEM",
    "SIGNED_IN",
    "TEXT",
    "ZIP",
    "Application",
    "Authenticator",
    "Buckets",
    "ClientLeft",
    "Drain",
    "ErrorTable",
    "Failure",
    "Form",
    "Handler",
    "Media",
    "Query",
    "Request",
    "Response",
    "Route",
    "RouteTable",
    "StreamResponse",
    "Throttle",
    "Tools",
    "Upload",
    "bearer",
    "bearer_token",
    "file_response",
    "hold",
    "html_response",
    "json_response",
    "no_content",
    "redirect",
    "text_response",
    "unauthenticated",
]
