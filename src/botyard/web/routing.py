"""Routes: what a protocol answers, and which permission each answer needs.

A protocol is one `RouteTable`. A route without a permission cannot be written, so nothing is open by accident.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote_to_bytes

import msgspec

from botyard.base.exceptions import Invalid, NotFound, Unsupported
from botyard.core.access import Caller, Permission
from botyard.web.declaring import Media, Query
from botyard.web.errors import PROBLEM, ErrorTable

if TYPE_CHECKING:
    from botyard.web.request import Request
    from botyard.web.response import Response

MEBIBYTE = 1024 * 1024
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})

Handler = Callable[["Request"], Awaitable["Response"]]
Authenticate = Callable[["Request"], Awaitable[Caller]]
Guard = Callable[["Request"], Awaitable[None]]


class Access(Enum):
    """What a route may demand instead of a permission."""

    #: Answered without any credential. Every such route is in the checked-in list of open routes.
    OPEN = "open"
    #: Any known caller, whatever its permissions.
    SIGNED_IN = "signed in"


OPEN = Access.OPEN
SIGNED_IN = Access.SIGNED_IN


class Route(msgspec.Struct, frozen=True):
    """One method on one path. `{name}` in the path is one segment, found decoded in `request.path["name"]`.

    `{name...}` at the end is all that follows, slashes and all, but for one at its own end.
    """

    method: str
    path: str
    handler: Handler
    permission: Permission | Access
    #: The query parameters that a table with `strict_query` accepts here.
    query: tuple[Query, ...] = ()
    #: How many bytes of body are read at most.
    body_limit: int = MEBIBYTE
    #: What the body holds: the type of its JSON (`kind | None` when it may be left out), Media, or None for no body.
    takes: Any = None
    #: What a success answers with: the type of its JSON, Media, a tuple when the caller chooses, or None for nothing.
    gives: Any = None
    #: The statuses of success when they are not 200, or 204 for a route that gives nothing.
    status: int | tuple[int, ...] = ()
    #: Codes of the errors that are this route's own, beside those which follow from what it declares.
    problems: tuple[str, ...] = ()
    #: A body of JSON to send, as a reader would write it.
    example: Any = None
    #: A reader is told the state of what it reads (ETag); who changes it may say which one it saw (If-Match).
    tagged: bool = False
    #: The answer holds a secret, so that it is kept nowhere.
    secret: bool = False
    #: "tag_verb", for clients that are made from the description; else that of the handler and its module.
    name: str = ""

    @property
    def statuses(self) -> tuple[int, ...]:
        """Return the statuses that a success may have."""
        if self.status:
            return self.status if isinstance(self.status, tuple) else (self.status,)
        return (204,) if self.gives is None else (200,)

    @property
    def repeatable(self) -> bool:
        """Return whether a request with an Idempotency-Key is carried out once: one that makes something."""
        streamed = isinstance(self.takes, Media) and self.takes.streamed
        return self.method == "POST" and 201 in self.statuses and not self.is_open and not streamed

    @property
    def guarded(self) -> bool:
        """Return whether If-Match is heeded."""
        return self.tagged and self.method != "GET"

    @property
    def is_open(self) -> bool:
        """Return whether it answers without a credential."""
        return self.permission is OPEN

    @property
    def operation(self) -> str:
        """Return a name that is this route's alone within its table and stays when its path changes."""
        return self.name or f"{self.handler.__module__.rpartition('.')[2]}_{self.handler.__name__}"


class Match(NamedTuple):
    """Where a request goes."""

    table: RouteTable
    route: Route
    values: dict[str, str]


class RouteTable:
    """All routes of one protocol, how it knows its callers, and the shape of its errors."""

    def __init__(
        self,
        name: str,
        prefix: str,
        routes: Sequence[Route],
        *,
        authenticate: Authenticate | None = None,
        errors: ErrorTable = PROBLEM,
        errors_of: Callable[[Request], ErrorTable] | None = None,
        dialects: tuple[str, ...] = (),
        guard: Guard | None = None,
        strict_query: bool = False,
        any_content_type: bool = False,
        loose_slashes: bool = False,
        headers: tuple[tuple[bytes, bytes], ...] | None = None,
    ) -> None:
        """Describe a protocol. The prefix may have parameters as paths have.

        `authenticate` returns the caller or raises Denied(code="unauthenticated"); by default it reads a bearer
        token of ours. `errors_of` chooses, instead of `errors`, how one request is told about its error. `dialects`:
        the table answers nothing until a key for one of them exists. `guard` runs before every handler, open ones
        too. `any_content_type`: JSON is read whatever its declared type.
        `loose_slashes`: a path that no route has as it was sent is tried with single slashes, and with and without
        one at its end, never by a redirect.
        `headers` replace the security headers of an API answer.
        """
        self.name = name
        self.prefix = prefix.rstrip("/")
        self.routes = tuple(routes)
        self.authenticate = authenticate
        self.errors = errors
        self.errors_of = errors_of
        self.dialects = dialects
        self.guard = guard
        self.strict_query = strict_query
        self.any_content_type = any_content_type
        self.loose_slashes = loose_slashes
        self.headers = headers
        for route in self.routes:
            _check(route)

    def full_path(self, route: Route) -> str:
        """Return the path of `route` from the root of the server."""
        return self.prefix + route.path or "/"


def _check(route: Route) -> None:
    if route.method not in METHODS or not (route.path == "" or route.path.startswith("/")):
        raise ValueError(f"{route.method} {route.path} is no route: give a method in capitals and a path from /.")


class _Node:
    __slots__ = ("literals", "methods", "parameter", "table")

    def __init__(self) -> None:
        self.literals: dict[str, _Node] = {}
        self.parameter: _Node | None = None
        self.methods: dict[str, tuple[RouteTable, Route, tuple[str, ...]]] | None = None
        self.table: RouteTable | None = None


class Router:
    """Finds the route of a request over all tables: one dictionary look-up for fixed paths, else a walk of a tree."""

    def __init__(self, tables: Iterable[RouteTable]) -> None:
        self.tables = tuple(tables)
        self._root = _Node()
        self._fixed: dict[bytes, _Node] = {}
        self._tails: list[tuple[re.Pattern[bytes], _Node]] = []
        for table in self.tables:
            self._claim(table)
            for route in table.routes:
                self._add(table, route)

    def owner(self, raw_path: bytes) -> RouteTable:
        """Return the table whose prefix covers the path: its errors are the ones to answer with."""
        parts = raw_path.decode("latin-1").split("/")[1:]
        _, owner = _owner(self._root, parts, 0)
        if "" in parts[:-1]:
            _, loose = _owner(self._root, [part for part in parts if part], 0)
            owner = loose if loose is not None and loose.loose_slashes else owner
        if owner is None:
            raise LookupError("no table is mounted at /")
        return owner

    def find(self, method: str, raw_path: bytes) -> Match:
        """Return the match. Raises NotFound, Unsupported(code="method_not_allowed"), Invalid for a bad path."""
        node = self._fixed.get(raw_path)
        values: tuple[str, ...] = ()
        if node is None:
            node, values = self._find_tail(raw_path)
        if node is None:
            parts = _segments(raw_path)
            found = _walk(self._root, parts, 0, ()) or self._find_loosely(parts)
            if found is None:
                raise NotFound(
                    "There is nothing at this address.", hint="Check the path; docs list them.", code="unknown_route"
                )
            node, values = found
        methods = node.methods or {}
        target = methods.get(method)
        if target is None:
            raise MethodNotAllowed(method, sorted(methods))
        table, route, names = target
        return Match(table, route, dict(zip(names, values, strict=True)) if names else {})

    def _find_tail(self, raw_path: bytes) -> tuple[_Node | None, tuple[str, ...]]:
        """Return what an open end of a path leads to, with that end; doubled slashes before it count as one."""
        for prefix, node in self._tails:
            begun = prefix.match(raw_path)
            if begun is not None:
                return node, (_decoded(raw_path[begun.end() :].removesuffix(b"/")),)
        return None, ()

    def _find_loosely(self, parts: list[str]) -> tuple[_Node, tuple[str, ...]] | None:
        """Return what the path leads to with its slashes put right, where that is a table which allows it."""
        plain = [part for part in parts if part]
        for path in ([*plain, ""], plain):
            found = _walk(self._root, path, 0, ())
            if found is not None and found[0].methods:
                table, _, _ = next(iter(found[0].methods.values()))
                if table.loose_slashes:
                    return found
        return None

    def _claim(self, table: RouteTable) -> None:
        node = self._root
        for part in _split(table.prefix):
            node = _child(node, part)
        node.table = table

    def _add(self, table: RouteTable, route: Route) -> None:
        path = table.full_path(route)
        if path.endswith("...}"):
            self._add_tail(table, route, path)
            return
        node, names = self._root, list[str]()
        for part in _split(path):
            if part.startswith("{"):
                names.append(part[1:-1])
            node = _child(node, part)
        node.methods = {} if node.methods is None else node.methods
        if route.method in node.methods:
            raise ValueError(f"{route.method} {path} is declared twice.")
        node.methods[route.method] = (table, route, tuple(names))
        if not names:
            self._fixed[path.encode()] = node

    def _add_tail(self, table: RouteTable, route: Route, path: str) -> None:
        before, _, name = path.rpartition("/{")
        pattern = re.compile(b"".join(b"/+" + re.escape(part.encode()) for part in _split(before)) + b"/")
        node = next((node for known, node in self._tails if known.pattern == pattern.pattern), None)
        if node is None:
            node = _Node()
            self._tails.append((pattern, node))
        if "{" in before or route.method in (node.methods or {}):
            raise ValueError(f"{route.method} {path} is declared twice, or has more than its end open.")
        node.methods = {**(node.methods or {}), route.method: (table, route, (name.removesuffix("...}"),))}


class MethodNotAllowed(Unsupported):
    """The path exists, the method on it does not."""

    def __init__(self, method: str, allowed: list[str]) -> None:
        super().__init__(
            f"{method[:16]} is not possible here.", hint=f"Use {' or '.join(allowed)}.", code="method_not_allowed"
        )
        self.allowed = allowed


def _child(node: _Node, part: str) -> _Node:
    """Return the node below for a part of a declared path, made when missing."""
    if part.startswith("{"):
        node.parameter = node.parameter or _Node()
        return node.parameter
    return node.literals.setdefault(part, _Node())


def _owner(node: _Node, parts: list[str], depth: int) -> tuple[int, RouteTable | None]:
    """Return the table of the longest prefix that fits, and how long that is; fixed parts go before parameters."""
    best: tuple[int, RouteTable | None] = (-1 if node.table is None else depth, node.table)
    if depth == len(parts):
        return best
    for child in (node.literals.get(parts[depth]), node.parameter if parts[depth] else None):
        if child is not None:
            found = _owner(child, parts, depth + 1)
            best = found if found[0] > best[0] else best
    return best


def _split(path: str) -> list[str]:
    return path.split("/")[1:] if path not in ("", "/") else ([""] if path == "/" else [])


def _decoded(raw: bytes) -> str:
    try:
        return unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        raise Invalid("The path is not valid UTF-8.", hint="Percent-encode it as UTF-8.") from None


def _segments(raw_path: bytes) -> list[str]:
    # Decoding comes after splitting: an encoded slash is part of a name, never a separator.
    try:
        if b"%" not in raw_path:
            parts = raw_path.decode().split("/")[1:]
        else:
            parts = [unquote_to_bytes(part).decode() for part in raw_path.split(b"/")[1:]]
    except UnicodeDecodeError:
        raise Invalid("The path is not valid UTF-8.", hint="Percent-encode it as UTF-8.") from None
    if len(parts) > 32 or "\0" in "".join(parts):
        raise NotFound("There is nothing at this address.", hint="Check the path.", code="unknown_route")
    return parts


def _walk(node: _Node, parts: list[str], index: int, values: tuple[str, ...]) -> tuple[_Node, tuple[str, ...]] | None:
    if index == len(parts):
        return (node, values) if node.methods else None
    part = parts[index]
    child = node.literals.get(part)
    if child is not None:
        found = _walk(child, parts, index + 1, values)
        if found is not None:
            return found
    if node.parameter is not None and part:
        return _walk(node.parameter, parts, index + 1, (*values, part))
    return None
