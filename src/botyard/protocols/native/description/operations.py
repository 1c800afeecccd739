"""A route as its readers see it: an operation with a name, a tag, parameters, a body and what it answers."""

from __future__ import annotations

import inspect
import re
import types
from collections import defaultdict
from http import HTTPStatus
from typing import Any, NamedTuple, get_args

from botyard.core.access import Permission
from botyard.web.declaring import Media, Query, problems_of
from botyard.web.errors import status_of
from botyard.web.routing import Route, RouteTable


class Operation(NamedTuple):
    """One route, described."""

    route: Route
    path: str
    name: str
    tag: str
    summary: str
    about: str
    permission: str | None
    parameters: tuple[str, ...]
    takes: Any
    body_required: bool
    gives: tuple[Any, ...]
    problems: dict[int, list[str]]

    @property
    def query(self) -> tuple[Query, ...]:
        """Return the query parameters."""
        return self.route.query


def operations(table: RouteTable) -> list[Operation]:
    """Return every operation of a table, in its order."""
    return [_operation(table, route) for route in table.routes]


def types_of(table: RouteTable) -> list[Any]:
    """Return every type of JSON that the routes of a table take or give."""
    found: dict[Any, None] = {}
    for operation in operations(table):
        for kind in (operation.takes, *operation.gives):
            if kind is not None and not isinstance(kind, Media):
                found[kind] = None
    return list(found)


def phrase(status: int) -> str:
    """Return the standard phrase of a status."""
    return HTTPStatus(status).phrase


def _operation(table: RouteTable, route: Route) -> Operation:
    summary, _, rest = (inspect.getdoc(route.handler) or "").partition("\n\n")
    optional = isinstance(route.takes, types.UnionType)
    return Operation(
        route=route,
        path=table.full_path(route),
        name=route.operation,
        tag=route.operation.partition("_")[0],
        summary=summary.replace("\n", " "),
        about=rest.replace("\n", " "),
        permission=route.permission.value if isinstance(route.permission, Permission) else None,
        parameters=tuple(re.findall(r"{(\w+)}", table.full_path(route))),
        takes=get_args(route.takes)[0] if optional else route.takes,
        body_required=not optional,
        gives=route.gives if isinstance(route.gives, tuple) else () if route.gives is None else (route.gives,),
        problems=_problems(route),
    )


def _problems(route: Route) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for code in problems_of(route):
        found[status_of(code)].append(code)
    return dict(sorted(found.items()))
