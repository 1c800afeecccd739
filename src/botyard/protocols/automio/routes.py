"""The table of contents of this dialect: every route that is served, and what it needs.

The addresses end in a slash. Without it, or with slashes doubled, they lead to the same place and never to a redirect:
clients lose the body of what they send (contract 0.2). `/api` belongs to other dialects too, so each part has a table.
"""

from __future__ import annotations

from botyard.core.access import Permission
from botyard.core.cache import MAX_VALUE
from botyard.protocols.automio import (
    absent,
    actions,
    cache,
    files,
    integrations,
    invoking,
    logstream,
    notifications,
    parallel,
    plugins,
    tables,
    webhooks,
)
from botyard.protocols.automio.auth import DIALECT, authenticate, authenticate_bearer
from botyard.protocols.automio.errors import ERRORS
from botyard.web.routing import OPEN, Authenticate, Route, RouteTable
from botyard.wire.automio import CACHE_PATH

_P = Permission

#: A megabyte of input, escaped.
_INPUT = 6 * 1024 * 1024
_SMALL = 64 * 1024
#: A value of the largest size, a key and what is around them.
_VALUE = MAX_VALUE + _SMALL
#: Rows that are written in one request.
_ROWS = 32 * 1024 * 1024
#: Files that are passed on, and the data of many calls.
_FILES = 128 * 1024 * 1024
_CALLS = integrations.MAX_JSON

_ACTIONS = (
    Route("GET", "/", actions.list_all, _P.AUTOMATIONS_READ),
    Route("GET", "/run-code-stream/", logstream.stream, _P.LOGS_READ),
    Route("GET", "/runs/{run}/status/", actions.status, _P.TASKS_READ),
    Route("POST", "/runs/{run}/stop/", actions.stop, _P.TASKS_RUN),
    Route("POST", "/{action}/run/", actions.run, _P.TASKS_RUN, body_limit=_INPUT),
    Route("GET", "/{action}/run-request/", actions.find_request, _P.TASKS_READ),
)

_INTEGRATIONS = (
    Route("POST", "/mailer/notify-me/", notifications.notify_me, _P.APPS_USE),
    Route("GET", "/", integrations.list_all, _P.INTEGRATIONS_READ),
    Route("GET", "/{integration}/", integrations.get, _P.INTEGRATIONS_READ),
    Route("POST", "/{integration}/call/", integrations.call, _P.INTEGRATIONS_CALL, body_limit=_FILES),
    Route("POST", "/{integration}/parallel_call/", parallel.call, _P.INTEGRATIONS_CALL, body_limit=_CALLS),
    Route(
        "POST",
        "/{integration}/parallel_call_for_connection/",
        parallel.call_connection,
        _P.INTEGRATIONS_CALL,
        body_limit=_CALLS,
    ),
    Route("GET", "/{integration}/get_connections/", integrations.list_connections, _P.INTEGRATIONS_READ),
    Route("GET", "/{integration}/table_connections/", integrations.table_connections, _P.INTEGRATIONS_READ),
)

_APPS = (
    Route("POST", "/graphql/", tables.graphql, _P.APPS_USE, body_limit=_ROWS),
    Route("GET", "/graphql/", tables.playground, _P.APPS_USE),
    Route("POST", "/table-tags/{app}/{table}/add/", tables.add_tag, _P.APPS_USE, body_limit=_SMALL),
    Route("POST", "/{app}/files/upload/", files.upload, _P.APPS_USE),
    Route("POST", "/{app}/files/upload-from-url/", files.upload_from_url, _P.APPS_USE, body_limit=_SMALL),
    Route("GET", "/{app}/files/download/", files.metadata, _P.APPS_USE),
    Route("GET", "/{app}/files/download-binary/", files.content, _P.APPS_USE),
    Route("DELETE", "/{app}/files/delete/", files.delete, _P.APPS_USE),
    Route("GET", "/{app}/files/content/{object}/", files.public_content, OPEN),
    Route("GET", "/{app}/api-cache/", cache.get_scoped, _P.APPS_USE, body_limit=_VALUE),
    Route("POST", "/{app}/api-cache/", cache.put_scoped, _P.APPS_USE, body_limit=_VALUE),
    Route("DELETE", "/{app}/api-cache/", cache.delete_scoped, _P.APPS_USE, body_limit=_VALUE),
    Route("POST", "/{app}/notifications/", notifications.notify, _P.APPS_USE),
)

_PLUGINS = (
    Route("GET", "/plugins/get_list/{namespace}/", plugins.list_enabled, _P.INTEGRATIONS_READ),
    Route("GET", "/plugins/runtime/", plugins.list_runtime, _P.INTEGRATIONS_READ),
    Route("POST", "/plugins/runtime/{plugin}/invoke/", invoking.invoke, _P.TASKS_RUN, body_limit=_INPUT),
    Route("GET", "/plugin-interfaces/{namespace}/plugins/", plugins.list_pages, _P.INTEGRATIONS_READ),
)

#: A tree that the vendor's clients know and nothing here serves.
_AI_ROUTER = tuple(
    Route("POST", path, absent.ai_router, _P.APPS_USE)
    for path in ("/generate/", "/generate/stream/", "/call/", "/stream/", "/images/{rest}/", "/videos/{rest}/")
)

_CACHE = (
    Route("GET", "/get/{key...}", cache.get, _P.APPS_USE),
    Route("POST", "/set/", cache.put, _P.APPS_USE, body_limit=_VALUE),
    Route("DELETE", "/delete/{key...}", cache.delete, _P.APPS_USE),
    Route("POST", "/set-progress/{task}/", cache.set_progress, _P.APPS_USE, body_limit=_SMALL),
)

_WEBHOOKS = (Route("POST", "/{app}/{webhook}/", webhooks.run, OPEN),)


def _table(prefix: str, routes: tuple[Route, ...], known: Authenticate = authenticate) -> RouteTable:
    return RouteTable(
        DIALECT,
        prefix,
        routes,
        authenticate=known,
        errors=ERRORS,
        dialects=(DIALECT,),
        any_content_type=True,
        loose_slashes=True,
    )


#: Whatever else is below `/api` and no other dialect's: its errors are what these clients read, too.
_ELSEWHERE = RouteTable("automio elsewhere", "/api", (), errors=ERRORS, loose_slashes=True)

TABLES = (
    _table("/api/actions", _ACTIONS),
    _table("/api/integrations", _INTEGRATIONS),
    _table("/api/apps", _APPS),
    _table("/api/plugins", _PLUGINS),
    _table("/api/ai-router", _AI_ROUTER),
    _table("/api/webhooks", _WEBHOOKS),
    _table(CACHE_PATH, _CACHE, authenticate_bearer),
    _ELSEWHERE,
)
