"""The answer to a call, read as it comes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from botyard.upstream.decoding import Decoder
from botyard.upstream.exchange import Exchange
from botyard.upstream.failures import Failed


class Headers:
    """The headers of an answer; names in lower case, in the order they came."""

    def __init__(self, pairs: list[tuple[bytes, bytes]]) -> None:
        self._pairs = [(name.decode("latin-1"), _text(value)) for name, value in pairs]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._pairs)

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None

    def get(self, name: str) -> str | None:
        """Return the first value of a header, whatever the case of its name."""
        name = name.lower()
        return next((value for known, value in self._pairs if known == name), None)

    def get_all(self, name: str) -> list[str]:
        """Return every value of a header."""
        name = name.lower()
        return [value for known, value in self._pairs if known == name]

    def drop(self, *names: str) -> None:
        """Forget headers."""
        self._pairs = [pair for pair in self._pairs if pair[0] not in names]


class Answer:
    """Status and headers are there; the body is read once, while the call is open.

    `url` is the address that answered, after redirects. The body comes unpacked, and headers that told of the packed
    one are gone. Reading raises Failed, with kind "too_large" past the policy's `max_bytes`.
    """

    def __init__(self, exchange: Exchange, *, url: str, host: str, max_bytes: int) -> None:
        self.status = exchange.status
        self.headers = Headers(exchange.headers)
        self.url = url
        self._exchange = exchange
        self._host = host
        self._max_bytes = max_bytes
        self._coding = ", ".join(self.headers.get_all("content-encoding")).strip().lower()
        self._length = _length(self.headers.get("content-length"))
        if self._coding not in ("", "identity"):
            self.headers.drop("content-encoding", "content-length")

    async def aiter_bytes(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes. Raises Failed."""
        if self._coding in ("", "identity"):
            if self._length is not None and self._length > self._max_bytes and not self._is_bodiless():
                raise self._too_large()
            unpacked = self._chunks()
        else:
            unpacked = self._unpacked()
        size = 0
        async for chunk in unpacked:
            size += len(chunk)
            if size > self._max_bytes:
                raise self._too_large()
            yield chunk

    async def read(self) -> bytes:
        """Return the whole body. Raises Failed."""
        return b"".join([chunk async for chunk in self.aiter_bytes()])

    async def _chunks(self) -> AsyncIterator[bytes]:
        while (chunk := await self._exchange.next_chunk()) is not None:
            yield chunk

    async def _unpacked(self) -> AsyncIterator[bytes]:
        decoder: Decoder | None = None
        packed = 0
        async for chunk in self._chunks():
            # Not before there is a body: answers without one may name a coding.
            decoder = decoder or Decoder(self._coding, host=self._host)
            packed += len(chunk)
            if packed > self._max_bytes:
                raise self._too_large()
            for piece in decoder.feed(chunk):
                yield piece
        if decoder is not None:
            decoder.finish()

    def _is_bodiless(self) -> bool:
        return self._exchange.complete and self._exchange.is_empty

    def _too_large(self) -> Failed:
        return Failed("too_large", f"The answer of {self._host} is larger than {self._max_bytes} bytes.")


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _length(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 20 else None
