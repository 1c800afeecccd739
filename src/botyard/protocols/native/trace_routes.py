"""The routes of native v1 about spans, progress and the cache."""

from __future__ import annotations

from typing import get_args

from botyard.core.access import Permission
from botyard.protocols.native import caches, traces
from botyard.protocols.native.queries import AFTER, LIMIT, MAX_ID, TEXT
from botyard.web.declaring import Query
from botyard.web.routing import Route
from botyard.wire import native as wire

_P = Permission
_READ, _WRITE = _P.CACHE_READ, _P.CACHE_WRITE
_SHARED, _OF_APP = "/cache", "/apps/{app}/cache"
#: Two thousand spans with payloads of some KiB; larger batches are for the client to split.
_SPANS = 16 * 1024 * 1024
#: A value of 1 MiB, escaped.
_VALUE = 8 * 1024 * 1024
_AUTOMATION = Query("automation", "Only those of the automation with this label.")
_STATUS = Query("status", "Only those that ended so.", choices=get_args(wire.SpanStatus))
_EPOCH = Query("epoch", "Only those of this attempt.", int, default=0, low=0, high=MAX_ID)
_PLACE = Query("before", "Go on behind this place: `next` of the page before.")
_MANY = Query("limit", "How many spans to return at most.", int, default=500, low=1, high=5000)
_PREFIX = Query("prefix", "Only keys that begin so.")
_PUT = {"value": {"rate": 4.31}, "ttl": 3600}

TRACE_ROUTES = [
    Route(
        "GET",
        "/spans",
        traces.search,
        _P.LOGS_READ,
        query=(_AUTOMATION, _STATUS, TEXT, _PLACE, LIMIT),
        gives=wire.SpanPage,
    ),
    Route(
        "GET",
        "/tasks/{id}/spans",
        traces.list_of_task,
        _P.LOGS_READ,
        query=(_EPOCH, _STATUS, TEXT, AFTER, _MANY),
        gives=wire.SpanPage,
    ),
    Route(
        "POST",
        "/tasks/{id}/spans",
        traces.add,
        _P.TASKS_REPORT,
        body_limit=_SPANS,
        takes=wire.AddSpans,
        gives=wire.SpansAdded,
        status=201,
        example={"spans": [{"span_id": "s1", "name": "Ask the model", "status": "ok", "duration": 1_500_000}]},
    ),
    Route("GET", "/tasks/{id}/spans/{epoch}/{span}", traces.get, _P.LOGS_READ, gives=wire.SpanDetail),
    Route("GET", "/tasks/{id}/progress", traces.read_progress, _P.TASKS_READ, gives=wire.ProgressView),
]

CACHE_ROUTES = [
    Route(
        "GET",
        _SHARED,
        caches.search,
        _READ,
        query=(_PREFIX, AFTER, LIMIT),
        gives=wire.CacheKeyPage,
        name="cache_search",
    ),
    Route("GET", f"{_SHARED}/{{key}}", caches.get, _READ, gives=wire.CachedValue, name="cache_get"),
    Route(
        "PUT",
        f"{_SHARED}/{{key}}",
        caches.put,
        _WRITE,
        body_limit=_VALUE,
        takes=wire.PutValue,
        gives=wire.CachedValue,
        example=_PUT,
        name="cache_put",
    ),
    Route("DELETE", f"{_SHARED}/{{key}}", caches.delete, _WRITE, name="cache_delete"),
    Route(
        "GET",
        _OF_APP,
        caches.search,
        _READ,
        query=(_PREFIX, AFTER, LIMIT),
        gives=wire.CacheKeyPage,
        name="apps_search_cache",
    ),
    Route("GET", f"{_OF_APP}/{{key}}", caches.get, _READ, gives=wire.CachedValue, name="apps_get_cached"),
    Route(
        "PUT",
        f"{_OF_APP}/{{key}}",
        caches.put,
        _WRITE,
        body_limit=_VALUE,
        takes=wire.PutValue,
        gives=wire.CachedValue,
        example=_PUT,
        name="apps_put_cached",
    ),
    Route("DELETE", f"{_OF_APP}/{{key}}", caches.delete, _WRITE, name="apps_delete_cached"),
]
