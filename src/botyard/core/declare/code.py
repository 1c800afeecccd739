"""Code in a document: whoever reads the file puts `code: {path, source}` where the path of a file stood."""

from __future__ import annotations

from typing import Any

from botyard.core.declare.source import Source


def text_of(given: Any, path: str, source: Source) -> str | None:
    """Return the text of the file, None when none is named. Raises Invalid."""
    if given is None:
        return None
    text = given.get("source") if isinstance(given, dict) else None
    if not isinstance(text, str) or set(given) - {"path", "source"}:
        raise source.problem(path, "The code must be the path of a file.", "Apply the file with botyard apply.")
    if not text.strip():
        raise source.problem(path, "The code is empty.", "Write a program into the file.")
    return text
