"""A collector of traces on a free port: reads OTLP over HTTP strictly, keeps what it took, and fails when told to."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Taken(NamedTuple):
    """A span that came, with what its resource says."""

    span: Span
    attributes: dict[str, Any]
    resource: dict[str, Any]


class Collector:
    """What came, in order; `verdict` says the status of each request from its spans, 0 drops the connection."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.taken: list[Taken] = []
        self.requests = 0
        self.headers: dict[str, str] = {}
        self.reply_headers: dict[str, str] = {}
        self.reject = 0
        self.verdict: Callable[[int, list[Taken]], int] = lambda _number, _spans: 200

    @property
    def names(self) -> list[str]:
        """Return the names of the spans that came, sorted, each once."""
        return sorted({each.span.name for each in self.taken})

    def named(self, name: str) -> Taken:
        """Return the latest span of a name."""
        return [each for each in self.taken if each.span.name == name][-1]

    def has(self, name: str) -> bool:
        """Return whether a span of this name has come."""
        return any(each.span.name == name for each in self.taken)

    def asked_more_than(self, count: int) -> bool:
        """Return whether more than `count` requests have come."""
        return self.requests > count

    def receive(self, raw: bytes) -> tuple[int, bytes]:
        """Take a request, or refuse it, and return status and answer."""
        spans = [
            Taken(span, plain(span.attributes), plain(source.resource.attributes))
            for source in ExportTraceServiceRequest.FromString(raw).resource_spans
            for group in source.scope_spans
            for span in group.spans
        ]
        self.requests += 1
        status = self.verdict(self.requests, spans)
        if status != 200:
            return status, b"no"
        self.taken += spans
        answer = ExportTraceServiceResponse()
        if self.reject:
            answer.partial_success.rejected_spans = self.reject
            answer.partial_success.error_message = "too old"
        return 200, answer.SerializeToString()


def plain(pairs: Any) -> dict[str, Any]:
    """Return attributes as Python has them."""
    return {pair.key: _plain(pair.value) for pair in pairs}


def _plain(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_plain(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return plain(value.kvlist_value.values)
    return None if kind is None else getattr(value, kind)


@contextmanager
def collector() -> Iterator[Collector]:
    """Yield a running collector."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["content-length"]))
            assert self.path == "/v1/traces"
            assert self.headers["content-type"] == "application/x-protobuf"
            made.headers = {name.lower(): value for name, value in self.headers.items()}
            status, answer = made.receive(gzip.decompress(content))
            if status == 0:
                self.connection.close()
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in {"content-type": "application/x-protobuf", **made.reply_headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Collector(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
