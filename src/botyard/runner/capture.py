"""Turning the bytes that a bot writes into log lines, at a bounded pace and in bounded memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import BinaryIO

#: A longer line is split; the parts follow each other in the log.
LINE_BYTES = 16 * 1024
#: A bot that writes faster than this is slowed down, as by a slow terminal. It may write this much at once.
BYTES_PER_SECOND = 4 << 20


class Splitter:
    """Cuts a stream of bytes into lines of text.

    Bytes that are not UTF-8 are shown as replacement characters; so is NUL, which no database stores as text.
    """

    def __init__(self, emit: Callable[[str], None]) -> None:
        self._emit = emit
        self._rest = b""

    def feed(self, data: bytes) -> None:
        """Take the next bytes and emit every line that they complete."""
        *lines, rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._emit_line(line)
        while len(rest) > LINE_BYTES:
            rest = self._emit_part(rest)
        self._rest = rest

    def finish(self) -> None:
        """Emit what is left: a last line without its end."""
        if self._rest:
            self._emit_line(self._rest)
            self._rest = b""

    def _emit_line(self, line: bytes) -> None:
        while len(line) > LINE_BYTES:
            line = self._emit_part(line)
        self._emit(_text(line.removesuffix(b"\r")))

    def _emit_part(self, line: bytes) -> bytes:
        """Emit the beginning of a long line, never half a character, and return the rest."""
        at = LINE_BYTES
        while at > LINE_BYTES - 4 and line[at] & 0xC0 == 0x80:
            at -= 1
        self._emit(_text(line[:at]))
        return line[at:]


class Pipe(asyncio.Protocol):
    """Reads one output of a bot until its end.

    Reading pauses when the bot is faster than BYTES_PER_SECOND, or for at most a second at a time while `crowded`
    says that what was read has not been dealt with; so a bot is slowed down but never stopped for good.
    """

    def __init__(self, emit: Callable[[str], None], crowded: Callable[[], bool]) -> None:
        loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = loop.create_future()
        self._splitter = Splitter(emit)
        self._crowded = crowded
        self._loop = loop
        self._transport: asyncio.ReadTransport | None = None
        self._allowance = float(BYTES_PER_SECOND)
        self._measured = loop.time()

    @classmethod
    async def connect(cls, source: BinaryIO, emit: Callable[[str], None], crowded: Callable[[], bool]) -> Pipe:
        """Start reading a pipe, which is closed at its end."""
        _, pipe = await asyncio.get_running_loop().connect_read_pipe(lambda: cls(emit, crowded), source)
        return pipe

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember what to pause."""
        assert isinstance(transport, asyncio.ReadTransport)  # noqa: S101  # narrows the type
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take what was written, and pause when it was too much."""
        self._splitter.feed(data)
        now = self._loop.time()
        earned = (now - self._measured) * BYTES_PER_SECOND
        self._allowance = min(self._allowance + earned, float(BYTES_PER_SECOND)) - len(data)
        self._measured = now
        if self._allowance < 0:
            self._pause(min(1.0, -self._allowance / BYTES_PER_SECOND + 0.01))
        elif self._crowded():
            self._pause(0.02, tries=50)

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 -- asyncio passes it
        """Emit the last line."""
        self._splitter.finish()
        if not self.ended.done():
            self.ended.set_result(None)

    def _pause(self, seconds: float, tries: int = 1) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()
            self._loop.call_later(seconds, self._resume, seconds, tries - 1)

    def _resume(self, seconds: float, tries: int) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if tries and self._crowded():
            self._loop.call_later(seconds, self._resume, seconds, tries - 1)
        else:
            self._transport.resume_reading()


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
