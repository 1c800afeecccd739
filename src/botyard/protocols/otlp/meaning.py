"""What the parts of a sent span are here: name, times, payloads, tags, and the task it belongs to."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from botyard.base import clock, jsontext
from botyard.base.exceptions import BotyardError
from botyard.core.traces import NewSpan
from botyard.protocols.otlp.sent import Attributes, SentSpan

#: Attributes of a span, or of its resource, that say where it belongs.
TASK = "botyard.task.id"
ATTEMPT = "botyard.task.attempt"
#: The span of another dialect below which a span without a parent belongs.
PARENT = "botyard.parent.span.id"

_INPUTS = ("input.value", "gen_ai.input.messages", "gen_ai.prompt")
_OUTPUTS = ("output.value", "gen_ai.output.messages", "gen_ai.completion")
_MIME_TYPES = ("input.mime_type", "output.mime_type")
_KINDS = {1: "internal", 2: "server", 3: "client", 4: "producer", 5: "consumer"}
_OK, _ERROR = 1, 2
_TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")
_SPAN_ID = re.compile(r"(?!0{16})[0-9a-f]{16}")
_MAX_ID = 2**63 - 1


class Target(NamedTuple):
    """The task that spans say they belong to, and which attempt of it; attempt 0 is the latest."""

    task_id: int
    epoch: int = 0


def problem(span: SentSpan) -> str | None:
    """Return why a span cannot be stored, None when it can."""
    if not _TRACE_ID.fullmatch(span.trace_id):
        return "A trace id is not 16 bytes, or all of them are zero."
    if not _SPAN_ID.fullmatch(span.span_id):
        return "A span id is not 8 bytes, or all of them are zero."
    if span.parent_id and not re.fullmatch(r"[0-9a-f]{16}", span.parent_id):
        return "The id of a parent is not 8 bytes."
    return None


def target_of(span: SentSpan) -> Target | None:
    """Return what the attributes of a span, else of its resource, say about its task; None when they say nothing."""
    for attributes in (span.attributes, span.resource):
        task_id = _id(attributes.get(TASK))
        if task_id is not None:
            return Target(task_id, _id(attributes.get(ATTEMPT)) or 0)
    return None


def read_target(text: str) -> Target | None:
    """Return the task that a text names, None when it names none."""
    task_id = _id(text.strip())
    return None if task_id is None else Target(task_id)


def meant(span: SentSpan) -> NewSpan:
    """Return the span that is stored."""
    tags = dict(span.attributes)
    payloads = [_payload(tags, names) for names in (_INPUTS, _OUTPUTS)]
    for name in _MIME_TYPES:
        tags.pop(name, None)
    parent = span.parent_id if span.parent_id.strip("0") else tags.get(PARENT)
    return NewSpan(
        span_id=span.span_id,
        name=span.name,
        parent_id=parent[:128] if isinstance(parent, str) and parent else None,
        trace_id=span.trace_id,
        status={_OK: "ok", _ERROR: "error"}.get(span.status),  # type: ignore[arg-type]
        message=span.message or _exception(span) or None,
        started_at=span.start // 1000 or None,
        ended_at=span.end // 1000 or None,
        input=payloads[0],
        output=payloads[1],
        tags=tags or None,
        metadata=_metadata(span) or None,
    )


def _payload(tags: Attributes, names: tuple[str, ...]) -> Any:
    """Take the first of the attributes out of the tags and return it, as JSON where it is the text of some."""
    for name in names:
        if name in tags:
            value = tags.pop(name)
            is_json = name.startswith("gen_ai.") or tags.get(name.replace(".value", ".mime_type")) == "application/json"
            return _json(value) if is_json and isinstance(value, str) else value
    return None


def _json(text: str) -> Any:
    try:
        return jsontext.decode(text)
    except BotyardError:
        return text


def _exception(span: SentSpan) -> str:
    if span.status != _ERROR:
        return ""
    said = (event.attributes.get("exception.message") for event in span.events if event.name == "exception")
    return next((text for text in said if isinstance(text, str) and text), "")


def _metadata(span: SentSpan) -> dict[str, Any]:
    whole = {
        "kind": _KINDS.get(span.kind),
        "trace_state": span.trace_state,
        "events": [
            {"name": event.name, "at": _moment(event.at), "attributes": event.attributes} for event in span.events
        ],
        "links": [
            {"trace_id": link.trace_id, "span_id": link.span_id, "attributes": link.attributes} for link in span.links
        ],
        "dropped": {name: count for name, count in span.dropped.items() if count},
        "resource": span.resource,
        "scope": span.scope,
    }
    return {name: value for name, value in whole.items() if value}


def _moment(nanoseconds: int) -> str | None:
    try:
        return clock.iso(nanoseconds // 1000)
    except (ValueError, OverflowError, OSError):
        return None


def _id(value: Any) -> int | None:
    if isinstance(value, str):
        value = int(value) if value.isascii() and value.isdigit() and len(value) <= 19 else None
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MAX_ID else None
