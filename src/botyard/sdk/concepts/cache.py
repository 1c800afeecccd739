"""Values that programs keep for a while, of an app or of the whole workspace."""

from __future__ import annotations

from typing import Any

from botyard.sdk.calls import Call, delete, get, put
from botyard.sdk.faces import C, Group, call, listing
from botyard.sdk.paging import Listing, pages
from botyard.wire import caches as wire

_SHARED = "/api/v1/cache"
_OF_APP = "/api/v1/apps/{app}/cache"


class Cache(Group[C]):
    """Values that programs keep for a while: those of an app where one is named, else of the whole workspace."""

    @listing
    def keys(
        self, *, app: str | int | None = None, prefix: str | None = None, limit: int | None = None
    ) -> Listing[wire.CacheKeyView]:
        """List keys, those that begin so or all."""
        route, values = _where(app)
        return pages(route, wire.CacheKeyPage, lambda page: page.keys, *values, limit=limit, prefix=prefix)

    @call
    def get(self, key: str, *, app: str | int | None = None) -> Call[wire.CachedValue]:
        """Return what lies under a key. Raises Missing when there is nothing, or nothing any more."""
        route, values = _where(app)
        return get(f"{route}/{{key}}", wire.CachedValue, *values, key)

    @call
    def put(
        self, key: str, value: Any, *, ttl: float | None = None, app: str | int | None = None
    ) -> Call[wire.CachedValue]:
        """Keep a value, for `ttl` seconds or without an end."""
        route, values = _where(app)
        return put(f"{route}/{{key}}", wire.PutValue(value=value, ttl=ttl), wire.CachedValue, *values, key)

    @call
    def delete(self, key: str, *, app: str | int | None = None) -> Call[None]:
        """Forget what lies under a key."""
        route, values = _where(app)
        return delete(f"{route}/{{key}}", *values, key)


def _where(app: str | int | None) -> tuple[str, tuple[object, ...]]:
    return (_SHARED, ()) if app is None else (_OF_APP, (app,))
