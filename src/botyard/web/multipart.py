"""Multipart uploads: files go to disk as they arrive, fields are small and few."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Self

from python_multipart.exceptions import FormParserError
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from botyard.base.exceptions import Invalid

_CHUNK = 256 * 1024
MAX_PARTS = 64
#: A form may have a field, or files, for each of the 200 parameters that an automation declares at most.
MAX_FIELDS = 600
MAX_FILES = 200
MAX_FIELD_BYTES = 64 * 1024


class Upload:
    """A file in a multipart body, spooled to disk until the form is closed."""

    def __init__(self, file: UploadFile) -> None:
        self._file = file
        #: The name the client gave; metadata, never a path to open.
        self.file_name = (file.filename or "").replace("\0", "")
        self.media_type = file.content_type
        self.size = file.size or 0

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the bytes from the start."""
        await self._file.seek(0)
        while chunk := await self._file.read(_CHUNK):
            yield chunk


class Form:
    """The fields and files of one body; close it (it is an async context manager) to drop the files."""

    def __init__(self, fields: list[tuple[str, str]], uploads: list[tuple[str, UploadFile]]) -> None:
        self._fields = fields
        self._uploads = uploads

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Delete the spooled files."""
        for _, upload in self._uploads:
            await upload.close()

    def text(self, name: str, default: str = "") -> str:
        """Return the last value of a field, or `default`."""
        return next((value for key, value in reversed(self._fields) if key == name), default)

    def all(self, name: str) -> list[str]:
        """Return every value of a field, in order."""
        return [value for key, value in self._fields if key == name]

    def names(self) -> set[str]:
        """Return the names of all fields."""
        return {key for key, _ in self._fields}

    def files(self, name: str) -> list[Upload]:
        """Return the files sent as `name`; a browser sends an empty one, without a name, when none was chosen."""
        return [Upload(upload) for key, upload in self._uploads if key == name and upload.filename]

    def uploads(self) -> list[tuple[str, Upload]]:
        """Return every file with the name that it was sent as, in order."""
        return [(name, Upload(file)) for name, file in self._uploads]

    def file(self, name: str) -> Upload:
        """Return the file sent as `name`. Raises Invalid when there is none."""
        for key, upload in self._uploads:
            if key == name:
                return Upload(upload)
        raise Invalid(f'The form has no file called "{name}".', hint="Attach the file under this name.", field=name)


async def read_form(content_type: str, stream: AsyncGenerator[bytes]) -> Form:
    """Parse a multipart body. Raises Invalid for anything malformed or over the limits."""
    parser = MultiPartParser(
        Headers({"content-type": content_type}),
        stream,
        max_files=MAX_FILES,
        max_fields=MAX_FIELDS,
        max_part_size=MAX_FIELD_BYTES,
    )
    try:
        data = await parser.parse()
    except MultiPartException as error:
        raise malformed(error.message) from None
    except (FormParserError, KeyError, LookupError, UnicodeError):
        raise malformed("its boundary or a part header is wrong") from None
    fields, uploads = list[tuple[str, str]](), list[tuple[str, UploadFile]]()
    for name, value in data.multi_items():
        if isinstance(value, str):
            fields.append((name, value.replace("\0", "\ufffd")))
        else:
            uploads.append((name, value))
    return Form(fields, uploads)


def malformed(reason: str) -> Invalid:
    """Return the error for a multipart body that cannot be read."""
    return Invalid(f"The multipart body is malformed: {reason}.".replace("..", "."), hint="Send it as a form upload.")
