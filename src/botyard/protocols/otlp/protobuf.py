"""The encoding `application/x-protobuf`: requests read, answers written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from botyard.protocols.otlp import parts
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

#: Bytes of a body that needs little memory, whatever it is made of.
_HARMLESS = 256 * 1024


def decode(raw: bytes) -> Sent:
    """Return what a request carries. Raises Invalid for bytes that are no export request."""
    from google.protobuf.message import DecodeError  # half of what a server without traces would load
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    if len(raw) > _HARMLESS:
        parts.check(raw)
    request = ExportTraceServiceRequest()
    try:
        request.ParseFromString(raw)
    except DecodeError:
        raise parts.malformed() from None
    spans: list[SentSpan] = []
    budget = Budget()
    unread = 0
    budget.sources(len(request.resource_spans))
    for source in request.resource_spans:
        budget.sources(len(source.scope_spans))
        resource = origin_of(_attributes(budget, source.resource.attributes))
        for group in source.scope_spans:
            scope = _scope(budget, group.scope)
            room = MAX_SPANS - len(spans)
            spans.extend(_span(budget, span, resource, scope) for span in group.spans[:room])
            unread += max(len(group.spans) - room, 0)
    return Sent(spans, unread)


def answer(rejected: int, message: str) -> bytes:
    """Return the answer that says how many spans were rejected and why; nothing when none were."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
        ExportTracePartialSuccess,
        ExportTraceServiceResponse,
    )

    if not rejected:
        return b""
    partial = ExportTracePartialSuccess(rejected_spans=rejected, error_message=message)
    return bytes(ExportTraceServiceResponse(partial_success=partial).SerializeToString())


def status(code: int, message: str) -> bytes:
    """Return a google.rpc.Status, whose two fields need no library."""
    text = message.encode()
    return b"\x08" + _varint(code) + b"\x12" + _varint(len(text)) + text


def _varint(number: int) -> bytes:
    made = bytearray()
    while number > 0x7F:
        made.append(number & 0x7F | 0x80)
        number >>= 7
    made.append(number)
    return bytes(made)


def _span(budget: Budget, span: Any, resource: Attributes, scope: Attributes) -> SentSpan:
    return SentSpan(
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        name=span.name,
        kind=span.kind,
        start=span.start_time_unix_nano,
        end=span.end_time_unix_nano,
        status=span.status.code,
        message=span.status.message,
        trace_state=span.trace_state,
        attributes=_attributes(budget, span.attributes),
        events=[
            SentEvent(event.name, event.time_unix_nano, _attributes(budget, event.attributes))
            for event in span.events[:MAX_EVENTS]
        ],
        links=[
            SentLink(link.trace_id.hex(), link.span_id.hex(), _attributes(budget, link.attributes))
            for link in span.links[:MAX_LINKS]
        ],
        dropped={
            "attributes": span.dropped_attributes_count + max(len(span.attributes) - MAX_ATTRIBUTES, 0),
            "events": span.dropped_events_count + max(len(span.events) - MAX_EVENTS, 0),
            "links": span.dropped_links_count + max(len(span.links) - MAX_LINKS, 0),
        },
        resource=resource,
        scope=scope,
    )


def _scope(budget: Budget, scope: Any) -> Attributes:
    named = {"name": scope.name, "version": scope.version, "attributes": _attributes(budget, scope.attributes)}
    return origin_of({name: value for name, value in named.items() if value})


def _attributes(budget: Budget, pairs: Any, depth: int = 0) -> Attributes:
    first: Iterable[Any] = pairs[: budget.values(min(len(pairs), MAX_ATTRIBUTES))]
    return {key_of(pair.key): _value(budget, pair.value, depth) for pair in first}


def _value(budget: Budget, value: Any, depth: int) -> Any:
    kind = value.WhichOneof("value")
    if kind in _SCALARS:
        return _SCALARS[kind](getattr(value, kind))
    if kind == "array_value" and depth < MAX_DEPTH:
        items = value.array_value.values
        return [_value(budget, item, depth + 1) for item in items[: budget.values(len(items))]]
    if kind == "kvlist_value" and depth < MAX_DEPTH:
        return _attributes(budget, value.kvlist_value.values, depth + 1)
    return None


_SCALARS: dict[str | None, Callable[[Any], Any]] = {
    "string_value": str,
    "bool_value": bool,
    "int_value": int,
    "double_value": number_of,
    "bytes_value": text_of,
}
