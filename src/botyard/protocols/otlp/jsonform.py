"""The encoding `application/json`: ids in hexadecimal, 64-bit numbers as texts, fields in lowerCamelCase."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any

import msgspec

from botyard.base.exceptions import Invalid
from botyard.protocols.otlp.sent import (
    MAX_ATTRIBUTES,
    MAX_DEPTH,
    MAX_EVENTS,
    MAX_LINKS,
    MAX_SPANS,
    Attributes,
    Budget,
    Sent,
    SentEvent,
    SentLink,
    SentSpan,
    key_of,
    number_of,
    origin_of,
    text_of,
)
from botyard.web.body import decoder, wrong_value

Whole = int | str | None
_UINT64 = 2**64
#: Each takes far more memory than its two characters.
_MAX_OBJECTS = 1_000_000


class _Part(msgspec.Struct, frozen=True, rename="camel"):
    """What every message has in common: unknown fields are passed over, null is as good as left out."""


class _Values(_Part, frozen=True):
    values: list[_Value] | None = None


class _Pairs(_Part, frozen=True):
    values: list[_Pair] | None = None


class _Value(_Part, frozen=True):
    string_value: str | None = None
    bool_value: bool | None = None
    int_value: Whole = None
    double_value: float | str | None = None
    bytes_value: str | None = None
    array_value: _Values | None = None
    kvlist_value: _Pairs | None = None


class _Pair(_Part, frozen=True):
    key: str | None = ""
    value: _Value | None = None


class _Event(_Part, frozen=True):
    name: str | None = ""
    time_unix_nano: Whole = None
    attributes: list[_Pair] | None = None


class _Link(_Part, frozen=True):
    trace_id: str | None = ""
    span_id: str | None = ""
    attributes: list[_Pair] | None = None


class _Status(_Part, frozen=True):
    code: Whole = None
    message: str | None = ""


class _Span(_Part, frozen=True):
    trace_id: str | None = ""
    span_id: str | None = ""
    parent_span_id: str | None = ""
    trace_state: str | None = ""
    name: str | None = ""
    kind: Whole = None
    start_time_unix_nano: Whole = None
    end_time_unix_nano: Whole = None
    attributes: list[_Pair] | None = None
    events: list[_Event] | None = None
    links: list[_Link] | None = None
    status: _Status | None = None
    dropped_attributes_count: Whole = None
    dropped_events_count: Whole = None
    dropped_links_count: Whole = None


class _Source(_Part, frozen=True):
    name: str | None = ""
    version: str | None = ""
    attributes: list[_Pair] | None = None


class _Scoped(_Part, frozen=True):
    scope: _Source | None = None
    spans: list[_Span] | None = None


class _Sourced(_Part, frozen=True):
    resource: _Source | None = None
    scope_spans: list[_Scoped] | None = None


class _Request(_Part, frozen=True):
    resource_spans: list[_Sourced] | None = None


def decode(raw: bytes) -> Sent:
    """Return what a request carries. Raises Invalid naming the field that is wrong."""
    if raw.count(b"{") > _MAX_OBJECTS:
        raise Invalid(f"The JSON text has more than {_MAX_OBJECTS} objects.", hint="Send fewer spans at once.")
    try:
        request: _Request = decoder(_Request).decode(raw)
    except msgspec.ValidationError as error:
        raise wrong_value(error) from None
    except RecursionError:
        raise Invalid("The JSON text is nested too deeply.", hint="Flatten the attributes.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError):
        raise Invalid("The JSON text is malformed.", hint="Send what an OTLP exporter makes.") from None
    spans: list[SentSpan] = []
    budget = Budget()
    unread = 0
    budget.sources(len(request.resource_spans or ()))
    for source in request.resource_spans or ():
        budget.sources(len(source.scope_spans or ()))
        resource = origin_of(_attributes(budget, source.resource.attributes if source.resource else None))
        for group in source.scope_spans or ():
            scope, sent = _scope(budget, group.scope), group.spans or []
            room = MAX_SPANS - len(spans)
            spans.extend(_span(budget, span, resource, scope) for span in sent[:room])
            unread += max(len(sent) - room, 0)
    return Sent(spans, unread)


def answer(rejected: int, message: str) -> bytes:
    """Return the answer that says how many spans were rejected and why; an empty object when none were."""
    if not rejected:
        return b"{}"
    return msgspec.json.encode({"partialSuccess": {"rejectedSpans": str(rejected), "errorMessage": message}})


def status(code: int, message: str) -> bytes:
    """Return a google.rpc.Status."""
    return msgspec.json.encode({"code": code, "message": message})


def _span(budget: Budget, span: _Span, resource: Attributes, scope: Attributes) -> SentSpan:
    attributes, events, links = span.attributes or [], span.events or [], span.links or []
    said = span.status or _Status()
    return SentSpan(
        trace_id=(span.trace_id or "").lower(),
        span_id=(span.span_id or "").lower(),
        parent_id=(span.parent_span_id or "").lower(),
        name=span.name or "",
        kind=_whole(span.kind),
        start=_whole(span.start_time_unix_nano),
        end=_whole(span.end_time_unix_nano),
        status=_whole(said.code),
        message=said.message or "",
        trace_state=span.trace_state or "",
        attributes=_attributes(budget, attributes),
        events=[
            SentEvent(event.name or "", _whole(event.time_unix_nano), _attributes(budget, event.attributes))
            for event in events[:MAX_EVENTS]
        ],
        links=[
            SentLink((link.trace_id or "").lower(), (link.span_id or "").lower(), _attributes(budget, link.attributes))
            for link in links[:MAX_LINKS]
        ],
        dropped={
            "attributes": _whole(span.dropped_attributes_count) + max(len(attributes) - MAX_ATTRIBUTES, 0),
            "events": _whole(span.dropped_events_count) + max(len(events) - MAX_EVENTS, 0),
            "links": _whole(span.dropped_links_count) + max(len(links) - MAX_LINKS, 0),
        },
        resource=resource,
        scope=scope,
    )


def _whole(value: Whole) -> int:
    """Return a whole number that came as one or as a text; what is none, or too large to be one, counts as 0."""
    if isinstance(value, str):
        value = int(value) if value.isascii() and value.isdigit() and len(value) <= 20 else 0
    return value if value is not None and 0 <= value < _UINT64 else 0


def _scope(budget: Budget, scope: _Source | None) -> Attributes:
    if scope is None:
        return {}
    named = {"name": scope.name, "version": scope.version, "attributes": _attributes(budget, scope.attributes)}
    return origin_of({name: value for name, value in named.items() if value})


def _attributes(budget: Budget, pairs: list[_Pair] | None, depth: int = 0) -> Attributes:
    read = (pairs or [])[: budget.values(min(len(pairs or ()), MAX_ATTRIBUTES))]
    return {key_of(pair.key or ""): _value(budget, pair.value, depth) for pair in read}


def _value(budget: Budget, value: _Value | None, depth: int) -> Any:
    for name, convert in _SCALARS:
        scalar = getattr(value, name, None)
        if scalar is not None:
            return convert(scalar)
    if value is None or depth >= MAX_DEPTH:
        return None
    if value.array_value is not None:
        items = value.array_value.values or []
        return [_value(budget, item, depth + 1) for item in items[: budget.values(len(items))]]
    return None if value.kvlist_value is None else _attributes(budget, value.kvlist_value.values, depth + 1)


def _signed(value: int | str) -> int | str:
    """Return a whole number that came as one or as a text; a text that is none stays one."""
    digits = value.removeprefix("-") if isinstance(value, str) else ""
    return int(value) if digits.isascii() and digits.isdigit() and len(digits) <= 20 else value


def _double(value: float | str) -> float | str:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return value
    return number_of(value)


def _bytes(text: str) -> str:
    """Return a text in base64 as it is written elsewhere; one that is none stays as it is."""
    try:
        return text_of(base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError):
        return text


_SCALARS: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("string_value", str),
    ("bool_value", bool),
    ("int_value", _signed),
    ("double_value", _double),
    ("bytes_value", _bytes),
)
