"""From what is stored to an export request: a task is a trace whose root it is, with its attempts below it.

Ids follow from what they stand for, so that what is sent twice is the same span both times. Spans that came by OTLP
keep their ids, as they may belong to a larger trace, and their resource; the outermost of them link to the attempt.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

import botyard
from botyard.base import clock, jsontext
from botyard.base.exceptions import BotyardError
from botyard.core.telemetry import AttemptToExport, SpanToExport, TaskToExport

_SCOPE = "botyard"
_OTLP = "otlp"
_TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")
_SPAN_ID = re.compile(r"(?!0{16})[0-9a-f]{16}")
_KINDS = {"internal": 1, "server": 2, "client": 3, "producer": 4, "consumer": 5}
_STATUSES = {"ok": 1, "succeeded": 1, "partial": 1, "error": 2, "failed": 2, "lost": 2}
_INT64 = 2**63

Origin = tuple[str, str]


def encode(spans: Sequence[SpanToExport], tasks: Sequence[TaskToExport]) -> bytes:
    """Return the export request that tells of spans and of finished tasks."""
    grouped: dict[Origin, list[Span]] = defaultdict(list)
    for span in spans:
        metadata = _object(span.metadata)
        grouped[_origin(span, metadata)].append(_span(span, metadata))
    for task in tasks:
        origin = (jsontext.encode(_ours(task.workspace, task.automation, task.id)), "{}")
        grouped[origin] += [_root(task), *(_attempt(task, attempt) for attempt in task.attempts)]
    request = ExportTraceServiceRequest(resource_spans=[_resource(*origin, made) for origin, made in grouped.items()])
    return bytes(request.SerializeToString())


def trace_id(task_id: int, created_at: int) -> bytes:
    """Return the trace that a task is."""
    return _digest("task", task_id, created_at)[:16]


def attempt_span_id(task_id: int, epoch: int) -> bytes:
    """Return the span that an attempt is."""
    return _digest("attempt", task_id, epoch)[:8]


def _digest(*parts: object) -> bytes:
    return hashlib.sha256("\0".join(map(str, parts)).encode("utf-8", "replace")).digest()


def _span_id(span: SpanToExport, text: str) -> bytes:
    """Return the id of a span of the same attempt; what is none for OTLP is made into one."""
    is_one = span.source == _OTLP and _SPAN_ID.fullmatch(text)
    return bytes.fromhex(text) if is_one else _digest("span", span.task_id, span.epoch, text)[:8]


def _span(span: SpanToExport, metadata: Mapping[str, Any]) -> Span:
    home, root = trace_id(span.task_id, span.task_created_at), attempt_span_id(span.task_id, span.epoch)
    start = span.started_at or span.ended_at or span.received_at
    end = span.ended_at or span.attempt_ended_at or start
    made = Span(
        trace_id=home,
        span_id=_span_id(span, span.span_id),
        parent_span_id=_span_id(span, span.parent_id) if span.parent_id else root,
        name=span.name,
        kind=_KINDS.get(str(metadata.get("kind")), 1),  # type: ignore[arg-type]
        start_time_unix_nano=start * 1000,
        end_time_unix_nano=max(start, end) * 1000,
        attributes=_pairs(_attributes(span, metadata)),
        events=[_event(each) for each in _objects(metadata.get("events"))],
        links=[link for each in _objects(metadata.get("links")) for link in _link(each)],
        status=Status(code=_STATUSES.get(span.status or "", 0), message=span.message or ""),  # type: ignore[arg-type]
    )
    if span.source == _OTLP and span.trace_id and _TRACE_ID.fullmatch(span.trace_id):
        made.trace_id = bytes.fromhex(span.trace_id)
        if not span.parent_id or not _SPAN_ID.fullmatch(span.parent_id):
            made.links.add(trace_id=home, span_id=made.parent_span_id)
            made.parent_span_id = b""
    return made


def _attributes(span: SpanToExport, metadata: Mapping[str, Any]) -> dict[str, Any]:
    tags = None if span.tags is None else _decoded(span.tags)
    said: dict[str, Any] = dict(tags) if isinstance(tags, dict) else {} if tags is None else {"tags": tags}
    for name, text in (("input", span.input), ("output", span.output)):
        if text is not None:
            value = _decoded(text)
            said[f"{name}.value"] = value if isinstance(value, str) else text
            said[f"{name}.mime_type"] = "text/plain" if isinstance(value, str) else "application/json"
    if span.source != _OTLP:
        said["botyard.span.id"] = span.span_id
        if metadata:
            said["botyard.span.metadata"] = dict(metadata)
    if span.ended_at is None:
        said["botyard.span.unfinished"] = True
    if span.truncated:
        said["botyard.span.truncated"] = True
    return said | {"botyard.task.id": span.task_id, "botyard.task.attempt": span.epoch}


def _root(task: TaskToExport) -> Span:
    return Span(
        trace_id=trace_id(task.id, task.created_at),
        span_id=_digest("root", task.id)[:8],
        name=f"task {task.automation}",
        kind=Span.SPAN_KIND_INTERNAL,
        start_time_unix_nano=task.created_at * 1000,
        end_time_unix_nano=max(task.created_at, task.finished_at) * 1000,
        attributes=_pairs({"botyard.task.state": task.state, "botyard.task.attempts": len(task.attempts)}),
        status=Status(code=_STATUSES.get(task.state, 0), message=task.message or ""),  # type: ignore[arg-type]
    )


def _attempt(task: TaskToExport, attempt: AttemptToExport) -> Span:
    start = attempt.started_at or attempt.leased_at
    said = {
        "botyard.task.attempt": attempt.epoch,
        "botyard.attempt.state": attempt.state,
        "botyard.runner": attempt.runner,
        "botyard.package.version": attempt.package_version,
        "process.exit.code": attempt.exit_code,
    }
    return Span(
        trace_id=trace_id(task.id, task.created_at),
        span_id=attempt_span_id(task.id, attempt.epoch),
        parent_span_id=_digest("root", task.id)[:8],
        name=f"attempt {attempt.epoch}",
        kind=Span.SPAN_KIND_INTERNAL,
        start_time_unix_nano=start * 1000,
        end_time_unix_nano=max(start, attempt.ended_at) * 1000,
        attributes=_pairs({name: value for name, value in said.items() if value is not None}),
        status=Status(code=_STATUSES.get(attempt.state, 0), message=attempt.message or ""),  # type: ignore[arg-type]
    )


def _ours(workspace: str, automation: str, task_id: int) -> dict[str, Any]:
    return {
        "service.name": automation,
        "service.namespace": workspace,
        "botyard.workspace": workspace,
        "botyard.automation": automation,
        "botyard.task.id": task_id,
    }


def _origin(span: SpanToExport, metadata: Mapping[str, Any]) -> Origin:
    """Return resource and scope of a span, as texts that can be compared."""
    ours = _ours(span.workspace, span.automation, span.task_id)
    if span.source != _OTLP:
        return jsontext.encode(ours), "{}"
    resource, scope = metadata.get("resource"), metadata.get("scope")
    theirs = resource if isinstance(resource, dict) else {}
    kept = {**ours, **theirs, "botyard.task.id": span.task_id}
    return jsontext.encode(kept), jsontext.encode(scope if isinstance(scope, dict) else {})


def _resource(resource: str, scope: str, spans: Iterable[Span]) -> ResourceSpans:
    said = _object(scope)
    made = ScopeSpans(spans=spans)
    made.scope.name = str(said.get("name") or _SCOPE)
    made.scope.version = str(said.get("version") or ("" if said else botyard.__version__))
    made.scope.attributes.extend(_pairs(_object_of(said.get("attributes"))))
    return ResourceSpans(resource=Resource(attributes=_pairs(_object(resource))), scope_spans=[made])


def _event(event: Mapping[str, Any]) -> Span.Event:
    try:
        at = clock.parse(str(event.get("at"))) * 1000
    except BotyardError:
        at = 0
    attributes = _pairs(_object_of(event.get("attributes")))
    return Span.Event(name=str(event.get("name") or ""), time_unix_nano=at, attributes=attributes)


def _link(link: Mapping[str, Any]) -> Iterable[Span.Link]:
    trace, span = str(link.get("trace_id")), str(link.get("span_id"))
    if _TRACE_ID.fullmatch(trace) and _SPAN_ID.fullmatch(span):
        attributes = _pairs(_object_of(link.get("attributes")))
        yield Span.Link(trace_id=bytes.fromhex(trace), span_id=bytes.fromhex(span), attributes=attributes)


def _pairs(values: Mapping[str, Any]) -> list[KeyValue]:
    return [KeyValue(key=str(key), value=_value(value)) for key, value in values.items()]


def _value(value: Any) -> AnyValue:
    made = AnyValue()
    if isinstance(value, bool):
        made.bool_value = value
    elif isinstance(value, int) and -_INT64 <= value < _INT64:
        made.int_value = value
    elif isinstance(value, float):
        made.double_value = value
    elif isinstance(value, list):
        made.array_value.CopyFrom(ArrayValue(values=[_value(item) for item in value]))
    elif isinstance(value, dict):
        made.kvlist_value.CopyFrom(KeyValueList(values=_pairs(value)))
    elif value is not None:
        made.string_value = str(value)
    return made


def _decoded(text: str) -> Any:
    """Return the value of a stored JSON text; one that is none stays a text."""
    try:
        return jsontext.decode(text)
    except BotyardError:
        return text


def _object(text: str | None) -> dict[str, Any]:
    return _object_of(None if text is None else _decoded(text))


def _object_of(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
