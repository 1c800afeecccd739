"""Compressed answers, unpacked in small pieces: a small answer may hold gigabytes."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from botyard.upstream.failures import Failed

#: What requests say they take.
ACCEPTED = "gzip, deflate"
PIECE = 64 * 1024

_GZIP_BEGINS = b"\x1f"
_GZIP = zlib.MAX_WBITS | 16


class Decoder:
    """Unpacks one answer."""

    def __init__(self, coding: str, *, host: str) -> None:
        """Raise Failed for a coding that nobody asked for."""
        self._host = host
        self._gzip = coding in ("gzip", "x-gzip")
        if not self._gzip and coding != "deflate":
            raise Failed("protocol", f"{host} sent its answer in a content encoding that nobody asked for.")
        self._unpack = zlib.decompressobj(_GZIP if self._gzip else zlib.MAX_WBITS)
        self._begun = False
        #: Whether there may be more to come of what was already taken in.
        self._pending = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what `data` unpacks to, in pieces of at most 64 KiB. Raises Failed when it is damaged."""
        while data or self._pending:
            if self._unpack.eof:
                if not self._gzip or not data.startswith(_GZIP_BEGINS):
                    return
                # A gzip file may consist of several, one after the other.
                self._unpack = zlib.decompressobj(_GZIP)
            piece = self._decompress(data)
            self._begun = True
            self._pending = len(piece) == PIECE and not self._unpack.eof
            data = self._unpack.unused_data if self._unpack.eof else self._unpack.unconsumed_tail
            if piece:
                yield piece

    def finish(self) -> None:
        """Raise Failed when the end is missing."""
        if self._begun and not self._unpack.eof:
            raise self._damaged()

    def _decompress(self, data: bytes) -> bytes:
        try:
            return self._unpack.decompress(data, PIECE)
        except zlib.error:
            if self._gzip or self._begun:
                raise self._damaged() from None
        # Some servers send deflate without its wrapping.
        self._unpack = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            return self._unpack.decompress(data, PIECE)
        except zlib.error:
            raise self._damaged() from None

    def _damaged(self) -> Failed:
        return Failed("protocol", f"The compressed answer of {self._host} is damaged.")
