"""Spans as they were sent, the same whatever the encoding, and how much of each is kept."""

from __future__ import annotations

import base64
import math
from typing import Any

import msgspec

from botyard.base import jsontext
from botyard.base.exceptions import Invalid

#: Spans that one request may carry; more are rejected.
MAX_SPANS = 10_000
MAX_ATTRIBUTES = 256
MAX_EVENTS = 256
MAX_LINKS = 128
#: Values nested deeper than this are left out.
MAX_DEPTH = 24
#: Resources and scopes that one request may have, and values of attributes, which are left out beyond that.
MAX_SOURCES = 10_000
MAX_VALUES = 500_000
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


class Budget:
    """How much of one request is still read: a small one may be made of very many parts."""

    def __init__(self) -> None:
        self._values = MAX_VALUES
        self._sources = MAX_SOURCES

    def values(self, wanted: int) -> int:
        """Return how many of as many values are read."""
        granted = min(wanted, self._values)
        self._values -= granted
        return granted

    def sources(self, count: int) -> None:
        """Raise Invalid when there are more resources and scopes than are read."""
        self._sources -= count
        if self._sources < 0:
            raise Invalid(
                f"The spans come from more than {MAX_SOURCES} resources and scopes.", hint="Send fewer at once."
            )


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
