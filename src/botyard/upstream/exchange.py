"""One request and its answer on one connection."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable
from typing import Protocol

import httptools

from botyard.upstream.failures import Failed, UpstreamError

MAX_HEAD = 64 * 1024
MAX_HEADERS = 200
_MUCH = 256 * 1024
_FIRST_FINAL = 200


class Line(Protocol):
    """What an exchange needs of its connection."""

    async def flush(self) -> None:
        """Wait until what was written is on its way, or the connection is lost."""

    def write(self, data: bytes) -> None:
        """Send."""

    def pause(self) -> None:
        """Read no more for now."""

    def resume(self) -> None:
        """Read on."""

    def abort(self) -> None:
        """Cut the connection."""


class Exchange:
    """Reads one answer as it comes, holds back a sender that is faster than its reader, and checks the form.

    Every way in which it ends badly is a Failed, raised where the answer is waited for.
    """

    def __init__(self, line: Line, *, method: str, host: str) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.status = 0
        self.complete = False
        self.reusable = False
        self.silent = True
        #: When something came last, by the clock of the event loop.
        self.heard_at = asyncio.get_running_loop().time()
        self._line = line
        self._method = method
        self._host = host
        self._parser = httptools.HttpResponseParser(self)
        self._head_size = 0
        self._started = False
        self._to_the_end = True
        self._chunks: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._held = False
        self._failure: UpstreamError | None = None
        self._waiter: asyncio.Future[None] | None = None

    # What the reader calls.

    async def send(self, head: bytes, content: bytes | AsyncIterable[bytes] | None, *, chunked: bool) -> None:
        """Send the request; stop in the middle when the answer is there already."""
        if content is None or isinstance(content, bytes):
            self._line.write(head + content if content else head)
            return
        self._line.write(head)
        async for block in content:
            if self._failure is not None or self._started:
                self.reusable = False
                return
            if block:
                self._line.write(b"%x\r\n%b\r\n" % (len(block), block) if chunked else block)
                await self._line.flush()
        if chunked:
            self._line.write(b"0\r\n\r\n")

    async def started(self) -> None:
        """Wait for status and headers. Raises Failed."""
        while not self._started:
            await self._wait()

    @property
    def is_held_back(self) -> bool:
        """Return whether it is the reader who is slow."""
        return self._held

    @property
    def is_empty(self) -> bool:
        """Return whether nothing of the body waits to be read."""
        return not self._chunks

    async def next_chunk(self) -> bytes | None:
        """Return the next bytes of the body, None at its end. Raises Failed."""
        while not self._chunks:
            if self.complete:
                return None
            await self._wait()
        chunk = self._chunks.popleft()
        self._waiting_bytes -= len(chunk)
        if self._held and self._waiting_bytes < _MUCH:
            self._held = False
            self._line.resume()
        return chunk

    def fail(self, failure: UpstreamError) -> None:
        """End badly; the first reason stays."""
        if self.complete or self._failure is not None:
            return
        self._failure = failure
        self.reusable = False
        self._line.abort()
        self._wake()

    # What the connection calls.

    def detach(self) -> None:
        """Let go of the parser, which refers back to this."""
        del self._parser

    def feed(self, data: bytes) -> None:
        """Take what came in."""
        self.silent = False
        self.heard_at = asyncio.get_running_loop().time()
        if self._failure is not None:
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            if self.complete:
                self.reusable = False
            else:
                self._garbage("sent something that is not an answer of HTTP")
            return
        if not self._started:
            self._head_size += len(data)
            if self._head_size > MAX_HEAD:
                self._garbage(f"sent more than {MAX_HEAD} bytes of headers")

    def lost(self) -> None:
        """Take that the connection is gone."""
        if self.complete:
            return
        if self._started and self._to_the_end:
            self.complete = True
            self._wake()
        elif self.silent:
            self._garbage("closed the connection without an answer")
        else:
            self._garbage("closed the connection in the middle of its answer")

    # What the parser calls.

    def on_message_begin(self) -> None:
        """Begin an answer; a second one on this request is not for anybody."""
        if self.complete:
            self.reusable = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; trailers are dropped."""
        if self._started:
            return
        self.headers.append((name.lower(), value))
        if len(self.headers) > MAX_HEADERS:
            self._garbage(f"sent more than {MAX_HEADERS} headers")

    def on_headers_complete(self) -> None:
        """Take the head of an answer, or of an interim one."""
        if self._started:
            return
        status = self._parser.get_status_code()
        if status < _FIRST_FINAL:
            self.headers.clear()
            if status < 100 or status == 101:
                self._garbage("sent something that is not an answer to the request")
            return
        self.status = status
        self._started = True
        for name, value in self.headers:
            if name == b"content-length":
                self._to_the_end = False
            elif name == b"transfer-encoding":
                self._to_the_end = False
                if value.strip().lower() != b"chunked":
                    self._garbage("sent its answer in a transfer encoding that nobody asked for")
        if self._method == "HEAD":
            self._finish()
        self._wake()

    def on_body(self, data: bytes) -> None:
        """Take a part of the body."""
        if self.complete:
            return
        self._chunks.append(data)
        self._waiting_bytes += len(data)
        if self._waiting_bytes >= _MUCH and not self._held:
            self._held = True
            self._line.pause()
        self._wake()

    def on_message_complete(self) -> None:
        """Take that the answer is complete."""
        if self._started and not self.complete:
            self._finish()
            self._wake()

    def _finish(self) -> None:
        self.complete = True
        self.reusable = self._failure is None and bool(self._parser.should_keep_alive())

    def _garbage(self, what: str) -> None:
        self.fail(Failed("protocol", f"{self._host} {what}."))

    async def _wait(self) -> None:
        if self._failure is not None:
            raise self._failure
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None
        if self._failure is not None:
            raise self._failure

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
