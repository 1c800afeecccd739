"""Tells a collector of traces what was run, by OTLP over HTTP; off unless there is an address.

What is due stays so until the collector has answered that it took it: neither a collector that is away nor a server
that is killed loses a span, though both can make one come twice, with the same ids. Nothing is kept in memory but the
batch on its way.
"""

from __future__ import annotations

import asyncio
import gzip
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import botyard
from botyard.base import clock
from botyard.base.exceptions import Invalid
from botyard.base.settings import Settings
from botyard.core import telemetry
from botyard.core.telemetry import SpanToExport, TaskToExport
from botyard.storage import Database

if TYPE_CHECKING:  # loaded by those who have a collector: it takes a server a tenth of a second
    import httpx2

log = logging.getLogger("botyard.telemetry")

_PATH = "/v1/traces"
_SPANS = 500
_TASKS = 100
_TIMEOUT = 5.0
#: Less than a leader may be silent, see `loops.py`.
_WHOLE = 8.0
_LONGEST_PAUSE = 60.0
_MAX_ANSWER = 64 * 1024
#: Answers to a request that would be refused again, for what is in it. Any other failure may pass.
_FINAL = frozenset({400, 413, 422})


class Refused(Exception):
    """The collector will not take this, now or later."""


class Unreachable(Exception):
    """The collector did not take anything, and may at another time; `after` is when it wants to be asked again."""

    def __init__(self, reason: str, *, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Exporter:
    """Sends what is due when told to; a pause after each failure, longer each time."""

    def __init__(self, settings: Settings, db: Database) -> None:
        """Raise Invalid for an address or headers that cannot be."""
        self._db = db
        self._url = traces_address(settings.otlp_url) if settings.otlp_url else ""
        self._headers = read_headers(settings.otlp_headers or "")
        self._failures = 0
        self._resume = 0.0
        self._begun = False

    async def has_work(self) -> bool:
        """Return whether `run` would send anything now; also begins, or ends, the noting of what comes."""
        if not self._begun:
            await self._begin()
        if not self._url or time.monotonic() < self._resume:
            return False
        return await self._db.read(telemetry.has_due)

    async def _begin(self) -> None:
        exporting = await self._db.read(telemetry.is_exporting)
        if self._url:
            await self._db.write(telemetry.begin, now=self._db.now())
        elif exporting:
            await self._db.write(telemetry.end)
        self._begun = True

    async def run(self, leads: Callable[[], Awaitable[bool]]) -> None:
        """Send what is due, in batches, while this server leads and until nothing is left or the collector fails."""
        import httpx2

        async with httpx2.AsyncClient(timeout=_TIMEOUT, trust_env=False) as client:
            try:
                while await leads() and await self._send_batch(client):
                    pass
            except Unreachable as failure:
                self._postpone(failure)

    async def _send_batch(self, client: httpx2.AsyncClient) -> bool:
        """Send one batch of spans and one of tasks; return whether there may be more."""
        spans = await self._db.read(telemetry.due_spans, limit=_SPANS)
        tasks = await self._db.read(telemetry.due_tasks, limit=_TASKS)
        if not spans and not tasks:
            await self._db.write(telemetry.advance, now=self._db.now())
            return False
        if spans:
            await self._send_spans(client, spans)
            await self._db.write(telemetry.spans_sent, spans=spans)
        if tasks:
            await self._send_tasks(client, tasks)
            await self._db.write(telemetry.tasks_sent, tasks=tasks)
        return True

    async def _send_spans(self, client: httpx2.AsyncClient, spans: Sequence[SpanToExport]) -> None:
        """Send spans; what the collector refuses for good is halved until only the culprits are left out."""
        try:
            await self._post(client, spans, [])
        except Refused as refusal:
            if len(spans) == 1:
                extra = {"task": spans[0].task_id, "span": spans[0].span_id, "reason": str(refusal)}
                log.warning("telemetry.refused", extra=extra)
                return
            middle = len(spans) // 2
            await self._send_spans(client, spans[:middle])
            await self._send_spans(client, spans[middle:])

    async def _send_tasks(self, client: httpx2.AsyncClient, tasks: Sequence[TaskToExport]) -> None:
        try:
            await self._post(client, [], tasks)
        except Refused as refusal:
            if len(tasks) == 1:
                log.warning("telemetry.refused", extra={"task": tasks[0].id, "span": "", "reason": str(refusal)})
                return
            middle = len(tasks) // 2
            await self._send_tasks(client, tasks[:middle])
            await self._send_tasks(client, tasks[middle:])

    async def _post(
        self, client: httpx2.AsyncClient, spans: Sequence[SpanToExport], tasks: Sequence[TaskToExport]
    ) -> None:
        content = await asyncio.to_thread(_packed, spans, tasks)
        import httpx2

        try:
            async with (
                asyncio.timeout(_WHOLE),
                client.stream("POST", self._url, content=content, headers=self._headers) as reply,
            ):
                answer = await _bounded(reply)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            raise Unreachable(f"{type(error).__name__}: {error}") from None
        if reply.status_code in _FINAL:
            raise Refused(f"it answered {reply.status_code}")
        if not reply.is_success:
            raise Unreachable(f"it answered {reply.status_code}", after=_wait(reply.headers.get("retry-after")))
        self._failures = 0
        rejected, message = _rejected(answer) if "protobuf" in reply.headers.get("content-type", "") else (0, "")
        if rejected:
            log.warning("telemetry.rejected", extra={"spans": rejected, "reason": message})

    def _postpone(self, failure: Unreachable) -> None:
        self._failures += 1
        pause = min(_LONGEST_PAUSE, max(failure.after or 0.0, 0.25 * 2 ** min(self._failures, 10)))
        self._resume = time.monotonic() + pause
        log.warning("telemetry.unreachable", extra={"reason": str(failure), "seconds": round(pause, 1)})


def traces_address(text: str) -> str:
    """Return where traces go, from the address of a collector. Raises Invalid."""
    try:
        parts = urlsplit(text)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise Invalid(
            "BOTYARD_OTLP_URL is no address.", hint="Write it as http://collector:4318, for example.", field="otlp_url"
        )
    return text if parts.path.endswith(_PATH) else text.rstrip("/") + _PATH


def read_headers(text: str) -> dict[str, str]:
    """Return the headers of `name=value,name=value`, values percent-encoded. Raises Invalid, without the values."""
    headers = {
        "content-type": "application/x-protobuf",
        "content-encoding": "gzip",
        "accept-encoding": "identity",
        "user-agent": f"botyard/{botyard.__version__}",
    }
    for part in filter(None, (each.strip() for each in text.split(","))):
        name, equals, value = part.partition("=")
        name, value = name.strip().lower(), unquote(value.strip())
        good = equals and name.replace("-", "").replace("_", "").isalnum() and name.isascii() and value.isascii()
        if not good or not value.isprintable():
            raise Invalid(
                "BOTYARD_OTLP_HEADERS is not a list of headers.",
                hint="Write it as name=value,name=value, with values percent-encoded.",
                field="otlp_headers",
            )
        headers[name] = value
    return headers


def _packed(spans: Sequence[SpanToExport], tasks: Sequence[TaskToExport]) -> bytes:
    from botyard.protocols.otlp import outgoing  # half of what a server without traces would load

    return gzip.compress(outgoing.encode(spans, tasks), compresslevel=5)


async def _bounded(reply: httpx2.Response) -> bytes:
    """Return the beginning of an answer."""
    answer = b""
    async for part in reply.aiter_bytes():
        answer += part
        if len(answer) > _MAX_ANSWER:
            break
    return answer[:_MAX_ANSWER]


def _rejected(answer: bytes) -> tuple[int, str]:
    """Return how many spans the collector left out, and why."""
    from google.protobuf.message import DecodeError
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

    try:
        partial = ExportTraceServiceResponse.FromString(answer).partial_success
    except DecodeError:
        return 0, ""
    return partial.rejected_spans, partial.error_message[:300]


def _wait(text: str | None) -> float | None:
    """Return the seconds of a Retry-After, which may be a number or a date."""
    if text is None:
        return None
    if text.isascii() and text.isdigit():
        return float(text[:6])
    try:
        return (clock.from_datetime(parsedate_to_datetime(text)) - clock.now()) / clock.SECOND
    except (ValueError, TypeError, Invalid):
        return None
