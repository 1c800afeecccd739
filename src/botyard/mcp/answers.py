"""What tools answer: plain values of a bounded size, since an assistant reads every letter of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from botyard.sdk.paging import AsyncItems

#: Longer texts are cut, and say so.
TEXT = 2_000
#: A log is more than one text.
LOG = 60_000
_DEEP = 6
_MANY = 200


def plain(value: Any) -> Any:
    """Return a struct, or what JSON has, as JSON has it, without None, and with long texts and lists cut."""
    return _short(msgspec.to_builtins(value), _DEEP)


async def listed(name: str, items: AsyncItems[Any], limit: int, fields: Sequence[str] = ()) -> dict[str, Any]:
    """Return up to `limit` things as `{name: [...], "more": bool}`, each with these fields only when some are named."""
    found: list[Any] = []
    more = False
    async for item in items:
        if len(found) == limit:
            more = True
            break
        found.append(plain(item))
    if fields:
        found = [{field: one[field] for field in fields if field in one} for one in found]
    return {name: found, "more": more}


def cut(text: str, length: int = TEXT) -> str:
    """Return the text, or its beginning and how much is missing."""
    return text if len(text) <= length else f"{text[:length]}… ({len(text) - length} more characters)"


def _short(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return cut(value)
    if isinstance(value, dict):
        return {name: _short(part, depth - 1) for name, part in value.items() if part is not None} if depth else "…"
    if isinstance(value, list):
        return [_short(part, depth - 1) for part in value[:_MANY]] if depth else "…"
    return value
