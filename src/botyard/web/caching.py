"""The cache, in the database or in Redis: the same behaviour, whichever the settings name."""

from __future__ import annotations

import math
from typing import Protocol

import msgspec

from botyard.base.exceptions import Busy, Invalid
from botyard.core import cache
from botyard.core.cache import Entry, Key, Place, Stored
from botyard.storage import Database
from botyard.storage.redis import Away, RedisStore
from botyard.web.application import Tools

_PREFIX = "botyard:cache:"
#: Digits of a position in Redis.
_MAX_CURSOR = 20


class Cache(Protocol):
    """Keeps values for programs."""

    async def get(self, place: Place) -> Stored | None:
        """Return what lies under a key, None when nothing does, or when it cannot be found out."""

    async def set(self, entry: Entry) -> bool:
        """Keep a value and return whether that was done."""

    async def delete(self, place: Place) -> bool | None:
        """Take a value out and return whether there was one; None when it cannot be found out."""

    async def keys(self, place: Place, *, after: str, limit: int) -> tuple[list[Key], str | None]:
        """Return keys of a place that begin as its key does, and where to go on, None at the end.

        Raises Invalid for an `after` that was never returned, and Busy when it cannot be found out.
        """


class DatabaseCache:
    """Values in the database: durable, and as available as everything else."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def get(self, place: Place) -> Stored | None:
        """See Cache."""
        return await self._db.read(cache.get, place=place, now=self._db.now())

    async def set(self, entry: Entry) -> bool:
        """See Cache."""
        await self._db.write_set(cache.set_many, entry)
        return True

    async def delete(self, place: Place) -> bool | None:
        """See Cache."""
        return await self._db.write_set(cache.delete_many, (place, self._db.now()))

    async def keys(self, place: Place, *, after: str, limit: int) -> tuple[list[Key], str | None]:
        """See Cache."""
        found = await self._db.read(cache.list_keys, place=place, after=after, now=self._db.now(), limit=limit)
        return found, found[-1].key if len(found) == limit else None


class RedisCache:
    """Values in Redis; while it is away nothing is found and nothing is kept, and nobody fails for that."""

    def __init__(self, store: RedisStore) -> None:
        self._store = store

    async def get(self, place: Place) -> Stored | None:
        """See Cache."""
        try:
            found = await self._store.get(_key(place))
        except Away:
            return None
        if found is None:
            return None
        value, left = found
        text = _json(value)
        return None if text is None else Stored(value=text, ttl=None if left is None else math.ceil(left))

    async def set(self, entry: Entry) -> bool:
        """See Cache."""
        try:
            await self._store.set(_key(entry.place), entry.value.encode(), seconds=entry.ttl)
        except Away:
            return False
        return True

    async def delete(self, place: Place) -> bool | None:
        """See Cache."""
        try:
            return await self._store.delete(_key(place))
        except Away:
            return None

    async def keys(self, place: Place, *, after: str, limit: int) -> tuple[list[Key], str | None]:
        """See Cache."""
        if after and not (after.isascii() and after.isdigit() and len(after) <= _MAX_CURSOR):
            raise Invalid("The position is none of a page.", hint="Pass next of the page before.", field="after")
        try:
            found, cursor = await self._store.keys(_key(place), cursor=int(after or 0), limit=limit)
        except Away:
            raise unreachable() from None
        begin = len(_key(Place(place.workspace_id, place.app_id, "")))
        keys = [
            Key(key=name[begin:].decode("utf-8", "replace"), size=size, ttl=None if left is None else math.ceil(left))
            for name, size, left in found
        ]
        return keys, str(cursor) if cursor else None


class _Chosen:
    """The cache of one server."""

    def __init__(self, cache: Cache) -> None:
        self.cache = cache


def cache_of(tools: Tools) -> Cache:
    """Return the cache of this server, made at the first use. Raises Invalid for an address that is none."""

    def make() -> _Chosen:
        if not tools.settings.cache_url:
            return _Chosen(DatabaseCache(tools.db))
        store = RedisStore(tools.settings.cache_url, prefix=_PREFIX)
        tools.closing.append(store.close)
        return _Chosen(RedisCache(store))

    return tools.shared(_Chosen, make).cache


def unreachable() -> Busy:
    """Return the error of a cache that cannot be reached."""
    return Busy("The cache cannot be reached; nothing was changed.", hint="Try again in a moment.", retry_after=1)


def _json(value: bytes) -> str | None:
    """Return a value as text, None for what somebody else put there and is no JSON."""
    try:
        msgspec.json.decode(value, type=msgspec.Raw)
        return value.decode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _key(place: Place) -> bytes:
    return f"{place.workspace_id}:{place.app_id}:{place.key}".encode()
