"""Calls as data: how a request is built and how its answer is read.

`native.Client` sends a call from threads, `native.AsyncClient` from an event loop. The calls of each concept are
written once, in `botyard.sdk.concepts`; those that only a runner makes are in `botyard.sdk.running`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import msgspec

from botyard.sdk.errors import Refused

T = TypeVar("T")

#: A value of a query: a text, or several for a parameter that is repeated.
Query = Mapping[str, "str | list[str]"]


#: How long a server may take to make a large file durable once it has all of it.
KEEP_SECONDS = 60.0


class Call(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One request. `repeatable` means that sending it twice does no more than sending it once.

    `wait` is how long, in seconds, the server may hold the answer back by intent. `reply` is the type of
    the JSON answer; None means that there is none to read.
    """

    method: str
    path: str
    reply: type[T] | None
    #: The path with the names of its parameters, as in docs/routes.md.
    route: str = ""
    query: Query = {}
    json: Any = None
    #: Bytes, or a stream of them, which can be sent once; see `content.Source`.
    content: Any = None
    media_type: str = "application/json"
    #: What the answer shall be, when it is no JSON.
    accept: str | None = None
    repeatable: bool = False
    #: The server takes an Idempotency-Key here: sent again with the same one, the call is carried out once.
    keyed: bool = False
    wait: float = 0.0


def get(route: str, reply: type[T], /, *values: object, wait: float = 0.0, **query: object) -> Call[T]:
    """Read something. `values` fill the parameters of the route in order; a query value of None is left out."""
    return read(route, reply, values, query | ({"wait": wait} if wait else {}), wait=wait)


def read(
    route: str, reply: type[T], values: Sequence[object], query: Mapping[str, object], *, wait: float = 0.0
) -> Call[T]:
    """Read something, as `get` does."""
    path = filled(route, values)
    return Call(method="GET", path=path, route=route, reply=reply, query=_texts(query), repeatable=True, wait=wait)


def post(
    route: str,
    body: Any,
    reply: type[T] | None,
    /,
    *values: object,
    repeatable: bool = False,
    keyed: bool = False,
    wait: float = 0.0,
    **query: object,
) -> Call[T]:
    """Do something."""
    return Call(
        method="POST",
        path=filled(route, values),
        route=route,
        reply=reply,
        query=_texts(query),
        json=body,
        repeatable=repeatable,
        keyed=keyed,
        wait=wait,
    )


def make(route: str, body: Any, reply: type[T], *values: object) -> Call[T]:
    """Make something, once although the call is sent again."""
    return post(route, body, reply, *values, keyed=True)


def put(route: str, body: Any, reply: type[T], /, *values: object, repeatable: bool = True, **query: object) -> Call[T]:
    """Say what something shall be."""
    path = filled(route, values)
    return Call(
        method="PUT", path=path, route=route, reply=reply, query=_texts(query), json=body, repeatable=repeatable
    )


def patch(route: str, body: Any, reply: type[T], *values: object, repeatable: bool = True) -> Call[T]:
    """Change what the body names and leave the rest."""
    path = filled(route, values)
    return Call(method="PATCH", path=path, route=route, reply=reply, json=body, repeatable=repeatable)


def delete(route: str, /, *values: object, **query: object) -> Call[None]:
    """Remove something; when the answer was lost and it is gone the second time, that is what was asked for."""
    path = filled(route, values)
    return Call(method="DELETE", path=path, route=route, reply=None, query=_texts(query), repeatable=True)


def upload(
    route: str,
    source: Any,
    reply: type[T],
    /,
    *values: object,
    media_type: str = "application/octet-stream",
    repeatable: bool = False,
    keyed: bool = False,
    **query: object,
) -> Call[T]:
    """Send bytes, of a `content.Source`."""
    return Call(
        method="POST",
        path=filled(route, values),
        route=route,
        reply=reply,
        query=_texts(query),
        content=source,
        media_type=media_type,
        repeatable=repeatable,
        keyed=keyed,
        wait=KEEP_SECONDS,
    )


def content(route: str, /, *values: object, accept: str = "*/*", **query: object) -> Call[None]:
    """Fetch bytes."""
    path = filled(route, values)
    return Call(method="GET", path=path, route=route, reply=None, query=_texts(query), accept=accept, repeatable=True)


def filled(route: str, values: Sequence[object]) -> str:
    """Return the path of a route whose parameters have these values. Raises Refused for an empty one."""
    if not values:
        return route
    parts = route.split("/")
    places = [index for index, part in enumerate(parts) if part.startswith("{")]
    for index, value in zip(places, values, strict=True):
        parts[index] = _segment(str(value), parts[index].strip("{}"))
    return "/".join(parts)


def _segment(text: str, name: str) -> str:
    if not text:
        raise Refused(f"The {name} is empty.", hint=f"Say which {name} is meant.", field=name)
    # A path must not be shortened on its way: "." and ".." are names here.
    return quote(text, safe="") if text.strip(".") else "%2E" * len(text)


def _texts(query: Mapping[str, object]) -> Query:
    return {name.rstrip("_"): _text(value) for name, value in query.items() if value is not None}


def _text(value: object) -> str | list[str]:
    if isinstance(value, bool):
        return "true" if value else "false"
    return [str(part) for part in value] if isinstance(value, list | tuple) else str(value)
