"""Answers: bytes with a status, or a stream of them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, MutableMapping
from contextlib import aclosing
from typing import Any
from urllib.parse import quote

import msgspec

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Header = tuple[bytes, bytes]

JSON = b"application/json"
_encode = msgspec.json.Encoder().encode

#: Types that a browser may be told about when it downloads a stored file; everything else is just bytes.
_SAFE_TYPES = frozenset(
    {
        "application/json",
        "application/pdf",
        "application/zip",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
        "text/csv",
        "text/plain",
    }
)


class Response:
    """A whole answer, held in memory."""

    __slots__ = ("body", "headers", "media_type", "status")

    def __init__(
        self, body: bytes = b"", *, status: int = 200, media_type: bytes = JSON, headers: Iterable[Header] = ()
    ) -> None:
        self.body = body
        self.status = status
        self.media_type = media_type
        self.headers = tuple(headers)

    async def send(self, send: Send, extra: tuple[Header, ...]) -> None:
        """Write the answer; `extra` are the headers that every answer carries."""
        body = self.body
        if self.status in (204, 304):
            start: list[Header] = [*self.headers, *extra]
        else:
            length = str(len(body)).encode()
            start = [(b"content-type", self.media_type), (b"content-length", length), *self.headers, *extra]
        await send({"type": "http.response.start", "status": self.status, "headers": start})
        await send({"type": "http.response.body", "body": body})


class StreamResponse(Response):
    """An answer whose bytes come one chunk at a time; the source is closed when the client leaves."""

    __slots__ = ("chunks",)

    def __init__(
        self,
        chunks: AsyncIterator[bytes],
        *,
        status: int = 200,
        media_type: bytes = b"application/octet-stream",
        headers: Iterable[Header] = (),
        size: int | None = None,
    ) -> None:
        length = () if size is None else ((b"content-length", str(size).encode()),)
        super().__init__(b"", status=status, media_type=media_type, headers=(*headers, *length))
        self.chunks = chunks

    async def send(self, send: Send, extra: tuple[Header, ...]) -> None:
        """Write the head once the first chunk is there, then the chunks, then the end."""
        async with aclosing(_closing(self.chunks)) as chunks:
            # A source that fails before it yields anything is still an error answer, not half a file.
            first = await anext(chunks, b"")
            start = [(b"content-type", self.media_type), *self.headers, *extra]
            await send({"type": "http.response.start", "status": self.status, "headers": start})
            await send({"type": "http.response.body", "body": first, "more_body": True})
            async for chunk in chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def _closing(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    try:
        async for chunk in chunks:
            yield chunk
    finally:
        close = getattr(chunks, "aclose", None)
        if close is not None:
            await close()


def json_response(value: Any, *, status: int = 200, headers: Iterable[Header] = ()) -> Response:
    """Return `value` as compact JSON."""
    return Response(_encode(value), status=status, headers=headers)


def no_content() -> Response:
    """Return the empty 204 answer."""
    return Response(status=204)


def text_response(text: str, *, status: int = 200, headers: Iterable[Header] = ()) -> Response:
    """Return plain text in UTF-8."""
    return Response(text.encode(), status=status, media_type=b"text/plain; charset=utf-8", headers=headers)


def html_response(text: str, *, status: int = 200, headers: Iterable[Header] = ()) -> Response:
    """Return a page."""
    return Response(text.encode(), status=status, media_type=b"text/html; charset=utf-8", headers=headers)


def redirect(path: str, *, headers: Iterable[Header] = ()) -> Response:
    """Send the browser to `path` with a GET; `path` is one of ours (see `session.safe_next`)."""
    location = quote(path, safe="/?&=#%:,;+-._~!$'()*@").encode()
    return Response(status=303, media_type=b"text/plain", headers=((b"location", location), *headers))


def file_response(
    chunks: AsyncIterator[bytes], *, name: str, size: int | None, media_type: str | None = None
) -> StreamResponse:
    """Return a stored file as a download that no browser runs or renders on our origin."""
    base = (media_type or "").partition(";")[0].strip().lower()
    kind = base if base in _SAFE_TYPES else "application/octet-stream"
    headers = (
        (b"content-disposition", disposition(name)),
        (b"content-security-policy", b"sandbox; default-src 'none'"),
    )
    return StreamResponse(chunks, media_type=kind.encode(), headers=headers, size=size)


def disposition(name: str) -> bytes:
    """Return a Content-Disposition for a download called `name`, safe whatever characters the name has."""
    plain = "".join(char if char.isascii() and (char.isalnum() or char in " ._-()") else "_" for char in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}".encode()
