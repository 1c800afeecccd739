"""The cache service of this dialect (contract c), and what a program says of its progress (contract i).

Whatever happens, the body is JSON and a miss is no error: older clients take whatever comes for the cached value.
"""

from __future__ import annotations

from typing import Any

import msgspec

from botyard.base import jsontext
from botyard.base.exceptions import Denied, Invalid
from botyard.core import cache, progress
from botyard.core.access import Caller
from botyard.core.cache import SHARED, Entry, Place, Stored
from botyard.protocols.automio.auth import app_of
from botyard.web import body as bodies
from botyard.web.caching import cache_of
from botyard.web.request import Request
from botyard.web.response import Response, json_response
from botyard.web.secrets import hidden
from botyard.wire.execution import task_of_uuid

_NULL = msgspec.Raw(b"null")
_SCOPES = {"app": False, "org": True, "user": True, "organization": True}
_UNREACHABLE = "The cache cannot be reached; nothing was changed."


class ValueSent(msgspec.Struct, frozen=True):
    """A value to keep."""

    key: str
    value: msgspec.Raw = _NULL
    ttl: Any = None


class ScopedValue(msgspec.Struct, frozen=True):
    """A value of an app that runs for others, or the key of one."""

    key: str
    value: msgspec.Raw = _NULL
    ttl: Any = None
    scope: str = "app"


class ProgressSent(msgspec.Struct, frozen=True):
    """How far a program is."""

    progress: float
    info: str | None = ""
    status: str | None = ""


async def get(request: Request) -> Response:
    """Answer with what lies under a key, or that nothing does."""
    place = await _place(request, request.path["key"])
    found = await cache_of(request.tools).get(place)
    if request.tools.settings.cache_get_shape == "value":
        return json_response(_raw(found))
    exists, ttl = found is not None, found.ttl if found else None
    return json_response({"key": place.key, "value": _raw(found), "exists": exists, "ttl": ttl})


async def put(request: Request) -> Response:
    """Keep a value under a key."""
    sent = await request.json(ValueSent)
    entry = _entry(await _place(request, sent.key), sent.value, sent.ttl, request.now)
    kept = await cache_of(request.tools).set(entry)
    message = "The value is kept." if kept else _UNREACHABLE
    return json_response({"success": kept, "key": sent.key, "message": message, "ttl": entry.ttl})


async def delete(request: Request) -> Response:
    """Take out what lies under a key."""
    place = await _place(request, request.path["key"])
    gone = await cache_of(request.tools).delete(place)
    message = {True: "The value is gone.", False: "There was no value.", None: _UNREACHABLE}[gone]
    return json_response({"success": gone is not None, "key": place.key, "message": message, "deleted": bool(gone)})


async def set_progress(request: Request) -> Response:
    """Tell how far a run, or a program outside of every runner, is."""
    sent, task_key = await hidden(request, await request.json(ProgressSent), "info", "status"), request.path["task"]
    await _check_task(request, task_key)
    told = await request.db.write(
        progress.report,
        workspace_id=request.caller.workspace_id,
        app_id=app_of(request.caller),
        task_key=task_key,
        percent=sent.progress,
        info=sent.info or "",
        status=sent.status or "",
        now=request.now,
    )
    answer = {"success": True, "message": "The progress is known.", "task_id": task_key, "progress": told.percent}
    return json_response(answer | {"info": told.info, "status": told.status})


async def get_scoped(request: Request) -> Response:
    """Answer with what lies under a key that comes in the body (contract b.18)."""
    sent = await request.json(ScopedValue)
    found = await cache_of(request.tools).get(_scoped(request.caller, sent.scope, sent.key))
    return json_response({"value": _raw(found)})


async def put_scoped(request: Request) -> Response:
    """Keep a value under a key (contract b.18)."""
    sent = await request.json(ScopedValue)
    place = _scoped(request.caller, sent.scope, sent.key)
    return json_response({"ok": await cache_of(request.tools).set(_entry(place, sent.value, sent.ttl, request.now))})


async def delete_scoped(request: Request) -> Response:
    """Take out what lies under a key that comes in the body (contract b.18)."""
    sent = await request.json(ScopedValue)
    gone = await cache_of(request.tools).delete(_scoped(request.caller, sent.scope, sent.key))
    return json_response({"ok": gone is not None})


async def _place(request: Request, key: str) -> Place:
    """Return where the key of a request lies. Raises Invalid, and Denied for the task of another run or app."""
    await _check_task(request, request.query.get("task_id", ""))
    return _scoped(request.caller, request.query.get("cache_type") or "app", key)


def _scoped(caller: Caller, scope: str, key: str) -> Place:
    if scope not in _SCOPES:
        raise Invalid(f'"{scope[:40]}" is no kind of cache.', hint='Use "app" or "org".', field="cache_type")
    app_id = app_of(caller)
    return Place(caller.workspace_id, SHARED if _SCOPES[scope] else app_id, cache.checked_key(key))


async def _check_task(request: Request, task_key: str) -> None:
    """Raise Denied when a run names another run's task, or an app one of another app (contract c).

    An id that a client made up says nothing, nor does that of a task which is there no more.
    """
    caller, named = request.caller, task_of_uuid(task_key)
    if named is None:
        return
    if caller.task_id is None:
        await request.tools.shared(OwnTasks, OwnTasks).check(request, named)
    elif named != caller.task_id:
        raise Denied("This token belongs to another run.", hint="Use the TASK_ID that the run was started with.")


class OwnTasks:
    """Remembers of which tasks an app was asked for and has them, which never changes."""

    _MOST = 5000

    def __init__(self) -> None:
        self._known: set[tuple[int, int, int]] = set()

    async def check(self, request: Request, task_id: int) -> None:
        """Raise Denied when a task is there and no run of the caller's app."""
        workspace_id, app_id = request.caller.workspace_id, app_of(request.caller)
        if (workspace_id, app_id, task_id) in self._known:
            return
        home = await request.db.read(progress.home_of, task_id=task_id)
        if home is None:
            return
        if home != (workspace_id, app_id):
            raise Denied("This task is no run of this app.", hint="Use the TASK_ID of a run of this app.")
        if len(self._known) >= self._MOST:
            self._known.clear()
        self._known.add((workspace_id, app_id, task_id))


def _entry(place: Place, value: msgspec.Raw, ttl: Any, now: int) -> Entry:
    """Return a value to keep, exactly as it was sent. Raises Invalid for what is too large or no JSON."""
    raw = bytes(value)
    if len(raw) > cache.MAX_VALUE:
        raise bodies.too_large(cache.MAX_VALUE)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise Invalid("The value is not valid UTF-8.", hint="Send it as UTF-8.", field="value") from None
    jsontext.check(raw)
    return Entry(place=place, value=text, ttl=cache.checked_ttl(ttl), now=now)


def _raw(found: Stored | None) -> msgspec.Raw:
    return _NULL if found is None else msgspec.Raw(found.value.encode())
