"""What an entry is, and what it may be."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import msgspec

from botyard.base.exceptions import Invalid

#: The app of what all apps of a workspace share.
SHARED = 0
#: Bytes of a key in UTF-8.
MAX_KEY = 1024
#: Bytes of a value as JSON.
MAX_VALUE = 1024 * 1024
#: Seconds; longer counts as this long.
MAX_TTL = 3650 * 86_400


class Place(NamedTuple):
    """Where an entry lies; `app_id` is SHARED for what belongs to the workspace."""

    workspace_id: int
    app_id: int
    key: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A value to keep; `value` is JSON as it was sent, `ttl` the seconds it is kept, None for as long as possible."""

    place: Place
    value: str
    ttl: int | None
    now: int


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A value that was found; `ttl` is the seconds it has left."""

    value: str
    ttl: int | None


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A key under which something lies: the size of both, the seconds left, and when it was written, if known."""

    key: str
    size: int
    ttl: int | None
    updated_at: int | None = None


def checked_key(key: str) -> str:
    """Return `key` when an entry can have it. Raises Invalid."""
    if not key or "\0" in key or len(key.encode("utf-8", "replace")) > MAX_KEY:
        raise Invalid(
            "The key is empty, too long, or holds the NUL character.",
            hint=f"Use 1 to {MAX_KEY} bytes of text.",
            field="key",
        )
    return key


def checked_ttl(ttl: Any) -> int | None:
    """Return the seconds that an entry is kept, None for no end, which 0 means as well. Raises Invalid."""
    if ttl is None or ttl == 0:
        return None
    if isinstance(ttl, bool) or not isinstance(ttl, int | float) or not 0 < ttl < math.inf:
        raise Invalid("The ttl is no number of seconds.", hint="Send a positive number, or null.", field="ttl")
    return min(math.ceil(ttl), MAX_TTL)
