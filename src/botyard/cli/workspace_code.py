"""Code that a workspace file names by its path: read on this machine and sent with the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from botyard.sdk.errors import Refused

_MAX_BYTES = 1024 * 1024

Read = Callable[[Any, str], Any]


def resolved(document: dict[str, Any], lines: Mapping[str, int], file: Path) -> dict[str, Any]:
    """Return the document with `code: PATH` replaced by `code: {path, source}` wherever something has code.

    Raises Refused naming file, line and key.
    """

    def of(entry: Any, path: str) -> Any:
        if not isinstance(entry, dict) or not isinstance(entry.get("code"), str):
            return entry
        source = _source(file.parent / entry["code"], f"{file}:{lines.get(f'{path}.code', 1)}: {path}.code")
        return {**entry, "code": {"path": entry["code"], "source": source}}

    found = {
        "apps": _each(document.get("apps"), "apps", lambda app, path: _within(app, path, "actions", of)),
        "plugins": _within(
            _within(document.get("plugins"), "plugins", "interfaces", of), "plugins", "implementations", of
        ),
    }
    return {**document, **{key: value for key, value in found.items() if key in document}}


def _within(entry: Any, path: str, key: str, read: Read) -> Any:
    """Return an object with the entries of one of its lists read."""
    if not isinstance(entry, dict) or not isinstance(entry.get(key), list):
        return entry
    return {**entry, key: _each(entry[key], f"{path}.{key}", read)}


def _each(entries: Any, path: str, read: Read) -> Any:
    # What is wrong with something that is no list, the server says.
    return [read(each, f"{path}[{n}]") for n, each in enumerate(entries)] if isinstance(entries, list) else entries


def _source(path: Path, where: str) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_BYTES + 1)
        if len(raw) > _MAX_BYTES:
            raise Refused(f"{where}: {path} is larger than {_MAX_BYTES >> 20} MiB.", hint="Split it.")
        return raw.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise Refused(f"{where}: {path} cannot be read: {reason}.", hint="Correct the path, or the file.") from None
