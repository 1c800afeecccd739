"""From the body of a request to spans, in whichever encoding it came, and back: an answer mirrors the encoding."""

from __future__ import annotations

import asyncio
import zlib
from types import ModuleType

from botyard.base.exceptions import Invalid
from botyard.protocols.otlp import jsonform, protobuf
from botyard.protocols.otlp.sent import Sent
from botyard.web.body import too_large
from botyard.web.request import Request
from botyard.web.response import Response

PROTOBUF = "application/x-protobuf"
JSON = "application/json"

#: Bytes that a body may have, before it is unpacked and after.
MAX_BODY = 8 * 1024 * 1024
#: What is decoded while other requests wait; more goes to a thread.
_SMALL = 32 * 1024
_FORMS: dict[str, ModuleType] = {PROTOBUF: protobuf, JSON: jsonform}
_PLAIN = "identity"
#: Window bits of zlib: a gzip header, or a zlib one, which HTTP calls deflate.
_PACKINGS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


class Decoding:
    """Lets one body at a time become spans in a thread: what many hostile ones need together stays bounded."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()


def media_type_of(request: Request) -> str:
    """Return the encoding of a request, for its answer as well; JSON when it is none of the two."""
    declared = _declared(request)
    return declared if declared in _FORMS else JSON


async def read(request: Request) -> Sent:
    """Return the spans that a request carries. Raises Invalid for what is no export request, or is too large."""
    media_type, packing = _declared(request), (request.header("content-encoding") or _PLAIN).strip().lower()
    _check(media_type, packing)
    raw = await request.body()
    if len(raw) <= _SMALL and packing == _PLAIN:
        return decode(media_type, packing, raw)
    async with request.tools.shared(Decoding, Decoding).turn:
        return await asyncio.to_thread(decode, media_type, packing, raw)


def _declared(request: Request) -> str:
    return (request.header("content-type") or "").partition(";")[0].strip().lower()


def _check(media_type: str, packing: str) -> None:
    if media_type not in _FORMS:
        raise Invalid(
            "The body is declared neither as protobuf nor as JSON.",
            hint=f"Send Content-Type: {PROTOBUF} or {JSON}.",
            code="unsupported_media_type",
        )
    if packing != _PLAIN and packing not in _PACKINGS:
        raise Invalid(
            f'The content encoding "{packing[:40]}" is not known here.',
            hint="Use gzip, deflate or none.",
            code="unsupported_media_type",
        )


def decode(media_type: str, packing: str, raw: bytes) -> Sent:
    """Return the spans of a body. Raises Invalid."""
    unpacked = raw if packing == _PLAIN else unpack(raw, _PACKINGS[packing])
    sent: Sent = _FORMS[media_type].decode(unpacked)
    return sent


def unpack(raw: bytes, window_bits: int) -> bytes:
    """Return what a compressed body holds. Raises Invalid(code="too_large") as soon as it is known to hold too much."""
    parts: list[bytes] = []
    room = MAX_BODY
    rest = raw
    while rest:
        one = zlib.decompressobj(window_bits)
        try:
            part = one.decompress(rest, room + 1)
        except zlib.error:
            raise _damaged() from None
        room -= len(part)
        if room < 0:
            raise too_large(MAX_BODY)
        if not one.eof:
            raise _damaged()
        parts.append(part)
        # A file of gzip may consist of several.
        rest = one.unused_data
    return b"".join(parts)


def _damaged() -> Invalid:
    return Invalid("The compressed body is damaged or ends early.", hint="Send it whole, or uncompressed.")


def answer(request: Request, *, rejected: int, message: str) -> Response:
    """Return the answer to an export request that was taken, at least in part."""
    media_type = media_type_of(request)
    body: bytes = _FORMS[media_type].answer(rejected, message)
    return Response(body, media_type=media_type.encode())
