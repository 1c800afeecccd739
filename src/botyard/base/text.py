"""Text from outside: names that can be shown and stored anywhere, prose of a bounded length."""

from __future__ import annotations

import re
import unicodedata

from botyard.base.exceptions import Invalid

MAX_NAME = 255

# C0 and C1 controls, half surrogate pairs, and the marks that reorder what a reader sees.
_UNFIT_FOR_NAMES = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def name(text: str, *, field: str, limit: int = MAX_NAME) -> str:
    """Return `text` as a name: NFC, trimmed, 1 to `limit` characters, one line. Raises Invalid."""
    clean = unicodedata.normalize("NFC", text).strip()
    if not clean:
        raise Invalid(f'"{field}" is empty.', hint="Give it at least one visible character.", field=field)
    if len(clean) > limit:
        raise Invalid(f'"{field}" is {len(clean)} characters long.', hint=f"Keep it to {limit}.", field=field)
    if _UNFIT_FOR_NAMES.search(clean):
        raise Invalid(f'"{field}" holds control characters.', hint="Send plain text on one line.", field=field)
    return clean


def label(text: str, *, field: str = "label", limit: int = 100) -> str:
    """Return `text` as a label, which may be part of an address. Raises Invalid for one that could not be."""
    clean = name(text, field=field, limit=limit)
    if set(clean) & set("/\\?#%") or clean in (".", ".."):
        raise Invalid(
            f'"{clean}" cannot be a label: it holds one of / \\ ? # % or is only dots.',
            hint="Use letters, digits, spaces and - _ . : for example.",
            field=field,
        )
    return clean


def file_name(path: str, *, field: str) -> str:
    """Return the last part of a path of any system as a name. Raises Invalid when there is none."""
    last = re.split(r"[/\\]", path)[-1].strip()
    if last in (".", ".."):
        raise Invalid(f'"{field}" names a folder, not a file.', hint="Send the name of a file.", field=field)
    return name(last, field=field)


def prose(text: str, *, field: str, limit: int) -> str:
    """Return `text` with NULs, which no database column holds, shown as replacement characters.

    Raises Invalid over `limit` characters.
    """
    if len(text) > limit:
        raise Invalid(f'"{field}" is {len(text)} characters long.', hint=f"Keep it to {limit}.", field=field)
    return text.replace("\0", "\ufffd")
