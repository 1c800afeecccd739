"""Connections: heads of a bounded size, and nobody who sits on one without sending."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, ClassVar, Protocol

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 16 * 1024
HEAD_SECONDS = 10.0
BODY_SECONDS = 30.0
#: How much of a body that nobody wants is read, so that its sender comes to read the answer.
MAX_UNWANTED_BYTES = 64 * 1024 * 1024
_TEXT = b"The head of the request exceeds %d bytes." % MAX_HEAD_BYTES
_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-type: text/plain; charset=utf-8\r\n"
    b"content-length: %d\r\n"
    b"connection: close\r\n\r\n%s"
) % (len(_TEXT), _TEXT)


class HeadTooLarge(Exception):
    """The head of a request passes the limit."""


class _Last:
    """The transport of a request after which the connection closes: not before the client could read the answer."""

    def __init__(self, transport: asyncio.Transport, close: Callable[[], None]) -> None:
        self._transport = transport
        self.close = close

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class Connection(HttpToolsProtocol):
    """One HTTP connection."""

    #: How many may be open at once; more are closed unheard, so that the ones that are served stay served.
    most: ClassVar[int] = 10_000

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_bytes = 0
        self._in_head = True
        self._head_since = self._heard = time.monotonic()
        self._ending = False
        self._unwanted = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection, or close it when there are too many."""
        super().connection_made(transport)
        if len(self.connections) > self.most:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        """Feed the parser, and count what belongs to an unfinished head."""
        self._heard = time.monotonic()
        before = self._head_since if self._in_head else None
        super().data_received(data)
        if self._in_head and before == self._head_since:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse()

    def on_message_begin(self) -> None:
        """Start a new head."""
        self._in_head = True
        self._head_bytes = 0
        self._head_since = self._heard
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Count and take a part of the target."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count and take a header."""
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """End the head."""
        self._in_head = False
        super().on_headers_complete()
        if not self.cycle.keep_alive:
            self.cycle.transport = _Last(self.transport, self._close_heard)  # type: ignore[assignment]

    def on_body(self, body: bytes) -> None:
        """Take a part of a body, or read over it when the request has been answered already."""
        if self._ending:
            self._unwanted += len(body)
            if self._unwanted > MAX_UNWANTED_BYTES:
                self.transport.close()
            return
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request; the connection too, when only its answer was left to be read."""
        super().on_message_complete()
        if self._ending:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Answer a request that cannot be parsed, or whose head is too large."""
        if self._head_bytes > MAX_HEAD_BYTES:
            self._refuse()
        else:
            super().send_400_response(msg)

    def is_stalled(self, now: float) -> bool:
        """Return whether the client owes the rest of a head or body for too long."""
        if self._in_head:
            return now - self._head_since > HEAD_SECONDS
        cycle = self.cycle
        if self._ending:
            return now - self._heard > BODY_SECONDS
        if cycle.response_complete or not cycle.more_body:
            return False
        return now - self._heard > BODY_SECONDS

    def drop(self) -> None:
        """Cut the connection."""
        self.transport.close()

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > MAX_HEAD_BYTES:
            raise HeadTooLarge

    def _close_heard(self) -> None:
        """Close now, or when the client has sent its body: closing on unread bytes would take the answer from it."""
        if not self.cycle.more_body:
            self.transport.close()
        elif not self.transport.is_closing():
            self._ending = True
            self.transport.write_eof()

    def _refuse(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()


class HasConnections(Protocol):
    """What the HTTP server keeps of its connections."""

    connections: set[Any]


async def drop_stalled(state: HasConnections, *, interval: float = 2.0) -> None:
    """Cut stalled connections for ever; one look at all of them is cheaper than a timer for each request."""
    while True:
        await asyncio.sleep(interval)
        now = time.monotonic()
        for connection in tuple(state.connections):
            if isinstance(connection, Connection) and connection.is_stalled(now):
                connection.drop()
