"""How many messages an export request in protobuf is made of, before anything is made of them.

Two bytes on the wire can be hundreds in memory, so a body must not be decoded before it is known to have no more parts
than an exporter would send. Only messages that can hold others, or be many, are looked at.
"""

from __future__ import annotations

from botyard.base.exceptions import Invalid

MAX_PARTS = 500_000

_Table = dict[int, "_Table"]

_ANY: _Table = {}
_PAIR: _Table = {2: _ANY}
_ANY |= {5: {1: _ANY}, 6: {1: _PAIR}}
_SPAN: _Table = {9: _PAIR, 11: {3: _PAIR}, 13: {4: _PAIR}}
_SCOPED: _Table = {1: {3: _PAIR}, 2: _SPAN}
_REQUEST: _Table = {1: {1: {1: _PAIR}, 2: _SCOPED}}

_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5


def check(raw: bytes) -> None:
    """Raise Invalid for a body with more messages than MAX_PARTS, or one that no exporter writes."""
    try:
        _check(raw)
    except IndexError:
        raise malformed() from None


def malformed() -> Invalid:
    """Return the error for bytes that are no export request."""
    return Invalid("The body is no ExportTraceServiceRequest.", hint="Send what an OTLP exporter makes.")


def _check(raw: bytes) -> None:
    left = MAX_PARTS
    frames = [(0, len(raw), _REQUEST)]
    while frames:
        at, end, table = frames.pop()
        while at < end:
            key, at = _varint(raw, at)
            kind = key & 7
            if kind == _BYTES:
                size, at = _varint(raw, at)
                inside = table.get(key >> 3)
                if inside is not None:
                    left -= 1
                    if left < 0:
                        raise Invalid(f"The body has more than {MAX_PARTS} parts.", hint="Send fewer spans at once.")
                    if size:
                        frames += [(at + size, end, table), (at, at + size, inside)]
                        break
                at += size
            else:
                at = _after(raw, at, kind)


def _after(raw: bytes, at: int, kind: int) -> int:
    """Return where a value of fixed size, or a varint, ends; OTLP has no other kinds."""
    if kind == _VARINT:
        return _varint(raw, at)[1]
    if kind not in (_EIGHT_BYTES, _FOUR_BYTES):
        raise malformed()
    return at + (8 if kind == _EIGHT_BYTES else 4)


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    byte = raw[at]
    if byte < 0x80:
        return byte, at + 1
    number, shift = byte & 0x7F, 7
    while True:
        at += 1
        byte = raw[at]
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at + 1
        shift += 7
        if shift > 63:
            raise malformed()
