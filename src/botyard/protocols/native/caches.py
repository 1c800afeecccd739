"""The cache: what programs keep for a while, of an app or of the whole workspace."""

from __future__ import annotations

from typing import Any

import msgspec

from botyard.base import jsontext
from botyard.base.exceptions import NotFound
from botyard.core import cache
from botyard.core.cache import SHARED, Entry, Key, Place, Stored
from botyard.protocols.native import asking, views
from botyard.web import body as bodies
from botyard.web.caching import cache_of, unreachable
from botyard.web.request import Request
from botyard.web.response import Response, json_response, no_content
from botyard.wire import native as wire


async def search(request: Request) -> Response:
    """List keys under which something lies, those that begin with `prefix`."""
    place = Place(request.caller.workspace_id, await _app(request), asking.text_of(request, "prefix") or "")
    found, following = await cache_of(request.tools).keys(
        place, after=asking.text_of(request, "after") or "", limit=asking.limit_of(request)
    )
    return json_response(wire.CacheKeyPage(keys=[_key(key) for key in found], next=following))


async def get(request: Request) -> Response:
    """Read what lies under a key."""
    place = await _place(request)
    found = await cache_of(request.tools).get(place)
    if found is None:
        raise missing(place)
    return json_response(_value(place, found))


async def put(request: Request) -> Response:
    """Keep a value under a key, instead of what was there."""
    call, place = await request.json(wire.PutValue), await _place(request)
    text = jsontext.encode(call.value)
    if len(text.encode()) > cache.MAX_VALUE:
        raise bodies.too_large(cache.MAX_VALUE)
    entry = Entry(place=place, value=text, ttl=cache.checked_ttl(call.ttl), now=request.now)
    if not await cache_of(request.tools).set(entry):
        raise unreachable()
    return json_response(_value(place, Stored(value=text, ttl=entry.ttl)))


async def delete(request: Request) -> Response:
    """Take out what lies under a key."""
    place = await _place(request)
    gone = await cache_of(request.tools).delete(place)
    if gone is None:
        raise unreachable()
    if not gone:
        raise missing(place)
    return no_content()


async def _place(request: Request) -> Place:
    """Return where the key of the path lies. Raises NotFound for the app, and Invalid for the key."""
    return Place(request.caller.workspace_id, await _app(request), cache.checked_key(request.path["key"]))


async def _app(request: Request) -> int:
    """Return the app of the path, SHARED without one. A run of an app sees its own and what is shared."""
    if "app" not in request.path:
        return SHARED
    app, caller = await asking.app_of(request), request.caller
    if caller.attempt_id is not None and caller.app_id != app.id:
        raise NotFound(f'The app "{app.slug}" has no values for this run.', hint="Use those of the run's own app.")
    return app.id


def missing(place: Place) -> NotFound:
    """Return the error for a key under which nothing lies."""
    return NotFound(f'Nothing lies under "{place.key[:100]}".', hint="It may have been forgotten; put it again.")


def _key(key: Key) -> wire.CacheKeyView:
    return wire.CacheKeyView(key=key.key, size=key.size, ttl=key.ttl, updated_at=views.moment(key.updated_at))


def _value(place: Place, stored: Stored) -> wire.CachedValue:
    value: Any = msgspec.Raw(stored.value.encode())
    return wire.CachedValue(key=place.key, value=value, ttl=stored.ttl)
