"""Spans as they were sent, the same whatever the encoding, and how much of each is kept."""

from __future__ import annotations

import base64
import math
from typing import Any

import msgspec

from botyard.base import jsontext

#: Spans that one request may carry; more are rejected.
MAX_SPANS = 10_000
MAX_ATTRIBUTES = 256
MAX_EVENTS = 256
MAX_LINKS = 128
#: Values nested deeper than this are left out.
MAX_DEPTH = 24
_MAX_KEY = 200
#: Characters of JSON that a resource, or a scope, which every span repeats, may have.
_MAX_ORIGIN = 4096
_OURS = "botyard."

Attributes = dict[str, Any]


class SentEvent(msgspec.Struct, frozen=True):
    """Something that happened during a span; `at` is nanoseconds since 1970."""

    name: str
    at: int
    attributes: Attributes


class SentLink(msgspec.Struct, frozen=True):
    """Another span that this one has to do with."""

    trace_id: str
    span_id: str
    attributes: Attributes


class SentSpan(msgspec.Struct, frozen=True, kw_only=True):
    """One span. Ids are hexadecimal, an empty parent is none; times are nanoseconds since 1970, 0 when not said.

    `resource` and `scope` are shared by all spans of one source.
    """

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    kind: int
    start: int
    end: int
    status: int
    message: str
    trace_state: str
    attributes: Attributes
    events: list[SentEvent]
    links: list[SentLink]
    dropped: dict[str, int]
    resource: Attributes
    scope: Attributes


class Sent(msgspec.Struct, frozen=True):
    """What one request carried; `unread` spans were too many."""

    spans: list[SentSpan]
    unread: int


def key_of(text: str) -> str:
    """Return the key of an attribute, cut where it is too long."""
    return text[:_MAX_KEY]


def origin_of(attributes: Attributes) -> Attributes:
    """Return as many attributes of a resource or a scope as fit, in order; our own come first."""
    kept, size = Attributes(), 0
    for name in sorted(attributes, key=lambda name: not name.startswith(_OURS)):
        size += len(name) + len(jsontext.encode(attributes[name]))
        if size > _MAX_ORIGIN:
            break
        kept[name] = attributes[name]
    return kept


def number_of(value: float) -> float | str:
    """Return a floating-point number; what JSON cannot say becomes the text that OTLP has for it."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def text_of(value: bytes) -> str:
    """Return bytes as a text, in base64 as OTLP has them in JSON."""
    return base64.b64encode(value).decode()
