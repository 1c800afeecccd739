"""An agent with the OpenTelemetry SDK: exports a small trace as `OTEL_EXPORTER_OTLP_*` say, in the encoding asked."""

import contextlib
import logging
import sys

from opentelemetry.sdk.resources import Resource  # type: ignore[import-not-found]
from opentelemetry.sdk.trace import TracerProvider  # type: ignore[import-not-found]
from opentelemetry.sdk.trace.export import BatchSpanProcessor  # type: ignore[import-not-found]
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

if sys.argv[1] == "protobuf":
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # type: ignore[import-not-found]
else:
    from opentelemetry.exporter.otlp.json.http.trace_exporter import OTLPSpanExporter  # type: ignore[import-not-found]

logging.basicConfig(level=logging.WARNING)
provider = TracerProvider(resource=Resource.create({"service.name": "planner"}))
# Two spans a batch: the parents end last and come in later requests.
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(), max_export_batch_size=2))
tracer = provider.get_tracer("planner", "1.2")

with tracer.start_as_current_span("plan", kind=SpanKind.SERVER) as plan:
    plan.set_attribute("input.value", '{"goal": "pay"}')
    plan.set_attribute("input.mime_type", "application/json")
    with tracer.start_as_current_span("ask model", kind=SpanKind.CLIENT, links=[Link(plan.get_span_context())]) as ask:
        ask.set_attributes(
            {
                "text": "olá",
                "yes": True,
                "count": 2**53 + 1,
                "ratio": 0.5,
                "list": ["a", "b"],
                "numbers": [1, 2],
                "bytes": b"\x00\xff",
            }
        )
        ask.add_event("token", {"n": 1})
    for number in range(5):
        with tracer.start_as_current_span(f"step {number}"):
            pass
    with contextlib.suppress(ValueError), tracer.start_as_current_span("post"):
        int("refused by the bank")
    plan.set_status(Status(StatusCode.OK))
provider.shutdown()
