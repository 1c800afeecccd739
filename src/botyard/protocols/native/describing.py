"""The description of this API for programs: made once per server, sent with a tag so that nobody reads it twice."""

from __future__ import annotations

import asyncio
import hashlib
from functools import cache
from typing import NamedTuple

import msgspec

from botyard.protocols.native.description import openapi
from botyard.web.etags import not_modified, tagged
from botyard.web.request import Request
from botyard.web.response import Response
from botyard.web.routing import RouteTable


class Described(NamedTuple):
    """The document as it is sent, and the tag of these bytes."""

    body: bytes
    tag: str


async def read(request: Request) -> Response:
    """Describe every operation of this API as OpenAPI 3.1."""
    described = await asyncio.to_thread(_described, request.table)
    return not_modified(request, described.tag) or Response(described.body, headers=tagged(described.tag))


@cache
def _described(table: RouteTable) -> Described:
    body = msgspec.json.encode(openapi(table))
    return Described(body, f'"{hashlib.sha256(body).hexdigest()[:16]}"')
