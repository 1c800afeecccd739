"""Every route of the native protocol can be called through the SDK, and the SDK agrees with what it declares."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Literal, NamedTuple

import msgspec
import pytest

from botyard.protocols.native.routes import ROUTES
from botyard.sdk import concepts, running
from botyard.sdk.calls import Call
from botyard.sdk.catalogue import Concepts
from botyard.sdk.faces import Group, _Face, steps
from botyard.sdk.feeds import Feed
from botyard.sdk.paging import Listing
from botyard.web import FILE, Media, Route

#: Routes that no call of the SDK reaches, and why.
WITHOUT_A_CALL: dict[str, str] = {
    "GET /api/v1/tasks/{id}/logs/stream": "Tasks.logs follows a log by pages that are held back until there are lines",
    "GET /api/v1/openapi.json": "the description of the protocol is for programs that make clients, not for clients",
}


class Made(NamedTuple):
    """A call as a method makes it, and the query parameter that goes on in a list."""

    call: Call[Any]
    cursor: str = ""

    @property
    def route(self) -> str:
        """Return the method and path as the table of routes has them."""
        return f"{self.call.method} {self.call.route}"


@cache
def made() -> dict[str, list[Made]]:
    """Return, by the name of each method of the SDK, the calls that it makes."""
    return dict([*_of_concepts(), *_of_runners()])


@cache
def routes() -> dict[str, Route]:
    return {f"{route.method} {ROUTES.full_path(route)}": route for route in ROUTES.routes}


def groups() -> list[type[Group[Any]]]:
    modules = [import_module(f"{concepts.__name__}.{found.name}") for found in iter_modules(concepts.__path__)]
    return [
        kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Group) and kind.__module__ == module.__name__
    ]


def _of_concepts() -> Iterator[tuple[str, list[Made]]]:
    for group in groups():
        for name, face in vars(group).items():
            if isinstance(face, _Face) and not isinstance(face, steps):
                yield f"{group.__name__}.{name}", [_made(found) for found in _ways(face._build, None)]


def _of_runners() -> Iterator[tuple[str, list[Made]]]:
    for name, function in vars(running).items():
        if inspect.isfunction(function) and function.__module__ == running.__name__:
            yield f"running.{name}", [_made(found) for found in _ways(function)]


def _made(found: Any) -> Made:
    if isinstance(found, Listing):
        return Made(found.first, found.cursor)
    return Made(found.first if isinstance(found, Feed) else found)


def _ways(build: Callable[..., Any], *first: Any) -> Iterator[Any]:
    """Yield what `build` makes of all its parameters, of those that it needs, and of all but one of the others."""
    hints = typing.get_type_hints(build)
    parameters = list(inspect.signature(build).parameters.values())[len(first) :]
    optional = {each.name for each in parameters if each.default is not each.empty}
    for left_out in (set(), optional, *({name} for name in optional)):
        given = [each for each in parameters if each.name not in left_out]
        by_name = {each.name: sample(hints[each.name]) for each in given if each.name in optional}
        yield build(*first, *(sample(hints[each.name]) for each in given if each.name not in optional), **by_name)


def sample(kind: Any) -> Any:
    """Return a value of a type, one that is not None or empty where the type allows it."""
    origin, inside = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return sample(next(each for each in inside if each not in (type(None), msgspec.UnsetType)))
    if origin is Literal:
        return inside[0]
    if origin is not None and issubclass(origin, Mapping):
        return {}
    if origin is not None and issubclass(origin, Sequence):
        return [sample(inside[0])]
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        needed = [each for each in msgspec.structs.fields(kind) if each.required]
        return kind(**{each.name: sample(each.type) for each in needed})
    simple: dict[Any, Any] = {str: "x", int: 7, float: 1.5, bool: True, bytes: b"x", Any: "x", Path: Path("x")}
    return simple.get(kind, b"x")


def test_every_route_has_a_call() -> None:
    reached = {one.route for calls in made().values() for one in calls}
    missing = sorted(set(routes()) - reached - set(WITHOUT_A_CALL))
    assert missing == []
    assert sorted(reached - set(routes())) == [], "calls that lead nowhere"
    assert sorted(set(WITHOUT_A_CALL) & reached) == [], "exceptions that nothing needs any more"


@pytest.mark.parametrize("name", made())
def test_a_call_sends_what_its_route_takes(name: str) -> None:
    for one in made()[name]:
        takes = routes()[one.route].takes
        if isinstance(takes, Media):
            assert one.call.content is not None
            assert one.call.media_type == takes.type or takes == FILE
        else:
            assert one.call.content is None
            accepted = typing.get_args(takes) or (type(None) if takes is None else takes,)
            assert type(one.call.json) in accepted


@pytest.mark.parametrize("name", made())
def test_a_call_reads_what_its_route_gives(name: str) -> None:
    for one in made()[name]:
        gives = routes()[one.route].gives
        several = gives if isinstance(gives, tuple) else (gives,)
        if one.call.accept is None:
            assert one.call.reply in several
        else:
            assert one.call.reply is None
            assert any(isinstance(each, Media) and one.call.accept in (each.type, "*/*") for each in several)


@pytest.mark.parametrize("name", made())
def test_what_a_call_makes_is_made_once(name: str) -> None:
    for one in made()[name]:
        takes_key = routes()[one.route].repeatable
        assert takes_key or not one.call.keyed
        assert one.call.keyed or one.call.repeatable or not takes_key


def test_the_calls_of_a_route_know_all_of_its_query() -> None:
    sent: dict[str, set[str]] = {}
    for one in (one for calls in made().values() for one in calls):
        sent.setdefault(one.route, set()).update(name for name in (*one.call.query, one.cursor) if name)
    declared = {route: {parameter.name for parameter in routes()[route].query} for route in sent}
    differing = {route: (names, declared[route]) for route, names in sent.items() if names != declared[route]}
    assert differing == {}


def test_every_group_is_part_of_the_clients() -> None:
    named = {
        typing.get_type_hints(each.func, vars(import_module("botyard.sdk.faces")) | _names())["return"].__origin__
        for each in vars(Concepts).values()
        if hasattr(each, "func")
    }
    assert named == set(groups())


def test_every_call_says_what_it_does() -> None:
    silent = [
        f"{group.__name__}.{name}"
        for group in groups()
        for name, face in vars(group).items()
        if isinstance(face, _Face) and not face.__doc__
    ]
    assert silent == []


def _names() -> dict[str, Any]:
    return {group.__name__: group for group in groups()}
