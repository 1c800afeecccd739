"""The description of this API for programs: made once per server, sent with a tag so that nobody reads it twice."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import msgspec

from botyard.protocols.native.description import openapi
from botyard.web.etags import not_modified, tagged
from botyard.web.request import Request
from botyard.web.response import Response


class Described(NamedTuple):
    """The document as it is sent, and the tag of these bytes."""

    body: bytes
    tag: str


async def read(request: Request) -> Response:
    """Describe every operation of this API as OpenAPI 3.1."""
    described = request.tools.shared(Described, lambda: _described(request))
    return not_modified(request, described.tag) or Response(described.body, headers=tagged(described.tag))


def _described(request: Request) -> Described:
    body = msgspec.json.encode(openapi(request.table))
    return Described(body, f'"{hashlib.sha256(body).hexdigest()[:16]}"')
