"""Values that programs keep for a while, of an app or of the whole workspace."""

from __future__ import annotations

from typing import Any

import msgspec


class PutValue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value to keep: any JSON, for `ttl` seconds, or without an end."""

    value: Any
    ttl: float | None = None


class CachedValue(msgspec.Struct, frozen=True, kw_only=True):
    """A value that was found; `ttl` is the seconds that it has left, None for no end."""

    key: str
    value: Any
    ttl: int | None


class CacheKeyView(msgspec.Struct, frozen=True, kw_only=True):
    """A key under which something lies, and its bytes. `updated_at` is None where the store does not know."""

    key: str
    size: int
    ttl: int | None
    updated_at: str | None = None


class CacheKeyPage(msgspec.Struct, frozen=True, kw_only=True):
    """Keys; pass `next` as `after` for more. A store elsewhere tells them in no order, and may tell one twice."""

    keys: list[CacheKeyView]
    next: str | None = None
