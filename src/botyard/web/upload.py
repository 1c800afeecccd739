"""One file of a multipart body as a stream: nothing is kept in memory or on disk on the way to the file store."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from botyard.base.exceptions import Invalid
from botyard.web.multipart import MAX_PARTS, malformed

_MAX_HEADER_BYTES = 16 * 1024


async def file_chunks(content_type: str | None, stream: AsyncGenerator[bytes], name: str) -> AsyncGenerator[bytes]:
    """Yield the bytes of the first part called `name`; see `FilePart.chunks`."""
    async with aclosing(FilePart(content_type, stream, name).chunks()) as chunks:
        async for chunk in chunks:
            yield chunk


class FilePart:
    """The first part called `name` of a multipart body, read once from start to end."""

    def __init__(self, content_type: str | None, stream: AsyncGenerator[bytes], name: str) -> None:
        self._content_type = content_type
        self._stream = stream
        self._name = name
        self._part = _Part(name.encode())

    @property
    def file_name(self) -> str:
        """Return what the client calls the file, known once the bytes have come; empty for none. Never a path."""
        return self._part.file_name.decode("utf-8", "replace").replace("\0", "")

    async def chunks(self) -> AsyncGenerator[bytes]:
        """Yield the bytes, which may be none; other parts are skipped.

        Raises Invalid when the body is no multipart form, has no such part, or ends too early. The end of the
        iteration means that the whole body was there, so what came before may be kept.
        """
        kind, options = parse_options_header(self._content_type)
        if kind.lower() != b"multipart/form-data":
            raise Invalid(
                "The body is not a multipart form.",
                hint=f'Send the file as the part "{self._name}" of a multipart/form-data body.',
                code="unsupported_media_type",
            )
        part = self._part
        parser = _parser(options.get(b"boundary", b""), part)
        async for chunk in self._stream:
            try:
                parser.write(chunk)
            except FormParserError:
                raise malformed("a boundary or a part header is wrong") from None
            for found in part.take():
                yield found
        if not part.complete:
            raise malformed("it ends before its last boundary")
        if not part.found:
            raise Invalid(
                f'The form has no part called "{self._name}".',
                hint="Attach the file under this name.",
                field=self._name,
            )


class _Part:
    """Follows the parser's events and keeps the data of the one part that is wanted."""

    def __init__(self, wanted: bytes) -> None:
        self.found = False
        self.complete = False
        self.file_name = b""
        self._wanted = wanted
        self._inside = False
        self._count = 0
        self._field = bytearray()
        self._value = bytearray()
        self._chunks: list[bytes] = []

    def take(self) -> list[bytes]:
        """Return the data since the last call."""
        chunks, self._chunks = self._chunks, []
        return chunks

    def begin(self) -> None:
        self._count += 1
        if self._count > MAX_PARTS:
            raise malformed(f"it has more than {MAX_PARTS} parts")

    def field(self, data: bytes, start: int, end: int) -> None:
        self._collect(self._field, data[start:end])

    def value(self, data: bytes, start: int, end: int) -> None:
        self._collect(self._value, data[start:end])

    def header_end(self) -> None:
        if bytes(self._field).lower() == b"content-disposition":
            options = parse_options_header(bytes(self._value))[1]
            self._inside = not self.found and options.get(b"name") == self._wanted
            if self._inside:
                self.file_name = options.get(b"filename", b"")
        self._field.clear()
        self._value.clear()

    def headers_end(self) -> None:
        self.found = self.found or self._inside

    def data(self, data: bytes, start: int, end: int) -> None:
        if self._inside:
            self._chunks.append(data[start:end])

    def part_end(self) -> None:
        self._inside = False

    def end(self) -> None:
        self.complete = True

    def _collect(self, target: bytearray, data: bytes) -> None:
        if len(target) + len(data) > _MAX_HEADER_BYTES:
            raise malformed("a part header is too long")
        target += data


def _parser(boundary: bytes, part: _Part) -> MultipartParser:
    if not boundary:
        raise malformed("its boundary is missing")
    try:
        return MultipartParser(
            boundary,
            {
                "on_part_begin": part.begin,
                "on_part_data": part.data,
                "on_part_end": part.part_end,
                "on_header_field": part.field,
                "on_header_value": part.value,
                "on_header_end": part.header_end,
                "on_headers_finished": part.headers_end,
                "on_end": part.end,
            },
        )
    except FormParserError:
        raise malformed("its boundary is too long") from None
