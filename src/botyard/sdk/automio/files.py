"""Files that go along with a call, in all the forms that `requests` takes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

File = tuple[str, tuple[Any, ...]]


def normalised(files: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> list[File]:
    """Return files as pairs of a field and (name, bytes, media type, headers).

    A file is bytes, text, something to read from, or a tuple that begins with its name. It is read into memory, so that
    the call can be made again.
    """
    pairs = files.items() if isinstance(files, Mapping) else files
    return [(field, _file(field, given)) for field, given in pairs]


def _file(field: str, given: Any) -> tuple[Any, ...]:
    if isinstance(given, tuple | list):
        name, content, *more = given
        return (name, _bytes(content), *more)
    name = getattr(given, "name", None)
    named = os.path.basename(name) if isinstance(name, str) else field  # noqa: PTH119 -- a name, not a place
    return (named, _bytes(given))


def _bytes(content: Any) -> bytes:
    if callable(read := getattr(content, "read", None)):
        content = read()
    return content.encode() if isinstance(content, str) else bytes(content)
