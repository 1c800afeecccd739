"""CSV in and out: lines for spreadsheets, and files that people upload, read a little at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from botyard.base.exceptions import Invalid
from botyard.core import rows

MAX_FILE = 50 * 1024 * 1024
_MAX_COLUMNS = 250
# A spreadsheet runs a cell that begins like this as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def line(values: Sequence[Any]) -> bytes:
    """Return one line; a text that a spreadsheet would run begins with an apostrophe."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow([_cell(value) for value in values])
    return buffer.getvalue().encode("utf-8", "replace")


def _cell(value: Any) -> str:
    text = rows.as_text(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


async def text_of(chunks: AsyncIterator[bytes]) -> str:
    """Return the text of a file. Raises Invalid when it is not UTF-8."""
    content = b"".join([chunk async for chunk in chunks])
    try:
        return content.decode("utf-8-sig").replace("\0", "\ufffd")
    except UnicodeDecodeError:
        raise Invalid("The file is not text in UTF-8.", hint="Save it as CSV in UTF-8.", field="file") from None


def head_of(text: str) -> list[str]:
    """Return the names in the first line. Raises Invalid when there is none."""
    _, head = next(lines_of(text), (1, []))
    if not any(name.strip() for name in head):
        raise Invalid("The file has no first line with names.", hint="Name the columns in it.", field="file")
    if len(head) > _MAX_COLUMNS:
        raise Invalid(f"The file has more than {_MAX_COLUMNS} columns.", hint="Leave some out.", field="file")
    return [name.strip()[:120] for name in head]


def lines_of(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each line that is not empty with its number, the first with the names. Raises Invalid for broken ones."""
    first = text[:100_000].split("\n", 1)[0]
    sign = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True)
    try:
        at = 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield at, cells
            at = reader.line_num + 1
    except csv.Error as error:
        raise Invalid(
            f"Line {reader.line_num} of the file cannot be read: {error}.", hint="Correct it.", field="file"
        ) from None
