"""What a bot did, step by step: spans that lie in each other.

    with start_span("answer", input_payload={"question": question}) as span:
        span.output_payload = {"answer": answer(question)}

Every span is sent when it ends, before the program goes on, and a failure of that is no failure of the bot. Better than
in the vendor's package, where one list for the whole process mixes the spans of threads and of coroutines: each has its
own current span. A new thread begins without one; give it `parent_span_id`, or run it in `contextvars.copy_context()`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from botyard.sdk.botvelocity import _state
from botyard.sdk.botvelocity._guard import logger, require_bv_run_with_logging
from botyard.sdk.botvelocity.client import OrchestratorClient
from botyard.sdk.transport import segment


@dataclass
class TraceSpan:
    """One step. It begins when it is made, unless a time is given; a time without a zone is UTC."""

    name: str
    span_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    parent_span_id: str | None = None
    input_payload: dict[str, Any] | None = None
    output_payload: dict[str, Any] | None = None
    start_time: dt.datetime | None = None
    end_time: dt.datetime | None = None
    duration_ms: int | None = None
    tags: dict[str, str] | None = None
    metadata: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        """Begin now."""
        if self.start_time is None:
            self.start_time = dt.datetime.now(dt.UTC)

    def complete(self, output_payload: dict[str, Any] | None = None) -> None:
        """End the span now, with its output unless that is set already."""
        self.end_time = dt.datetime.now(dt.UTC)
        if output_payload is not None:
            self.output_payload = output_payload
        if self.start_time is not None:
            begun = self.start_time if self.start_time.tzinfo else self.start_time.replace(tzinfo=dt.UTC)
            self.duration_ms = int((self.end_time - begun).total_seconds() * 1000)

    def to_dict(self) -> dict[str, Any]:
        """Return the span as it is sent: without what is empty, and with `metadata` called `span_metadata`."""
        filled = {
            "parent_span_id": self.parent_span_id,
            "input_payload": self.input_payload,
            "output_payload": self.output_payload,
            "start_time": self.start_time and _written(self.start_time),
            "end_time": self.end_time and _written(self.end_time),
            "tags": self.tags,
            "span_metadata": self.metadata,
        }
        told = {"name": self.name, "span_id": self.span_id} | {name: value for name, value in filled.items() if value}
        return told if self.duration_ms is None else told | {"duration_ms": self.duration_ms}


_current: ContextVar[TraceSpan | None] = ContextVar("botyard_botvelocity_span", default=None)


def emit_span(span: TraceSpan) -> bool:
    """Send a span, finished or not, and return whether it arrived.

    On a developer's desk nothing is sent. Raises RuntimeError after the execution, and ValueError when the execution id
    of the context is a number.
    """
    require_bv_run_with_logging(f"traces.emit_span({span.name})")
    if _state.current().execution_id.isdigit():
        raise ValueError("The id of an execution is a text such as a UUID, not a number.")
    return _send([span])


def emit_spans(spans: list[TraceSpan]) -> bool:
    """Send several spans in one call and return whether they arrived. Raises RuntimeError after the execution."""
    require_bv_run_with_logging(f"traces.emit_spans(count={len(spans)})")
    return _send(spans)


@contextmanager
def start_span(
    name: str,
    parent_span_id: str | None = None,
    input_payload: dict[str, Any] | None = None,
    tags: dict[str, str] | None = None,
    metadata: dict[str, Any] | None = None,
) -> Iterator[TraceSpan]:
    """Make a span for a block, or as a decorator for a function; it ends and is sent with it, also by an exception.

    It lies in `parent_span_id`, or in the span around it. Raises RuntimeError at its end when the execution is over.
    """
    span = TraceSpan(
        name=name,
        parent_span_id=get_current_span_id() if parent_span_id is None else parent_span_id,
        input_payload=input_payload,
        tags=tags,
        metadata=metadata,
    )
    token = _current.set(span)
    try:
        yield span
    finally:
        with suppress(ValueError):  # a generator may be closed in another context than it was begun in
            _current.reset(token)
        span.complete()
        emit_span(span)


def get_current_span() -> TraceSpan | None:
    """Return the span that this thread or coroutine is in."""
    return _current.get()


def get_current_span_id() -> str | None:
    """Return the id of the span that this thread or coroutine is in, to hand it to another one."""
    span = get_current_span()
    return span.span_id if span else None


def _send(spans: list[TraceSpan]) -> bool:
    execution = _state.current().execution_id
    if not execution or not spans:
        return False
    try:
        body = {"spans": [span.to_dict() for span in spans]}
        OrchestratorClient().request("POST", f"/agent-traces/{segment(execution)}/spans", json=body)
    except Exception as error:  # noqa: BLE001 -- a bot does not fail for its trace
        logger.warning("Lost %d span(s): %s", len(spans), error)
        return False
    return True


def _written(moment: dt.datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
