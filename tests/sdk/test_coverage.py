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
from botyard.sdk.paging import Listing
from botyard.web import Media, Route

#: Routes that no call of the SDK reaches, and why.
WITHOUT_A_CALL: dict[str, str] = {
    "GET /api/v1/openapi.json": "the description of the protocol is for programs that make clients, not for clients",
}


class Made(NamedTuple):
    """A call as some method makes it when it is given everything, and the query parameter that goes on in a list."""

    name: str
    call: Call[Any]
    cursor: str = ""


@cache
def made() -> tuple[Made, ...]:
    """Return every call that the SDK can make."""
    return (*_of_concepts(), *_of_runners())


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


def _of_concepts() -> Iterator[Made]:
    for group in groups():
        for name, face in vars(group).items():
            if isinstance(face, _Face) and not isinstance(face, steps):
                found = with_everything(face._build, None)
                listed = isinstance(found, Listing)
                call = found.first if listed else found
                yield Made(f"{group.__name__}.{name}", call, found.cursor if listed else "")


def _of_runners() -> Iterator[Made]:
    for name, function in vars(running).items():
        if inspect.isfunction(function) and function.__module__ == running.__name__:
            yield Made(f"running.{name}", with_everything(function))


def with_everything(build: Callable[..., Any], *first: Any) -> Any:
    """Return what `build` makes when each of its parameters is given."""
    hints = typing.get_type_hints(build)
    parameters = list(inspect.signature(build).parameters.values())[len(first) :]
    by_name = {each.name: sample(hints[each.name]) for each in parameters if each.kind is each.KEYWORD_ONLY}
    others = [sample(hints[each.name]) for each in parameters if each.kind is not each.KEYWORD_ONLY]
    return build(*first, *others, **by_name)


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
    reached = {f"{one.call.method} {one.call.route}" for one in made()}
    missing = sorted(set(routes()) - reached - set(WITHOUT_A_CALL))
    assert missing == []
    assert sorted(reached - set(routes())) == [], "calls that lead nowhere"
    assert sorted(set(WITHOUT_A_CALL) & reached) == [], "exceptions that nothing needs any more"


@pytest.mark.parametrize("one", made(), ids=lambda one: one.name)
def test_a_call_sends_what_its_route_takes(one: Made) -> None:
    takes = routes()[f"{one.call.method} {one.call.route}"].takes
    if isinstance(takes, Media):
        assert one.call.content is not None
        assert one.call.media_type == takes.type
    else:
        assert one.call.content is None
        accepted = typing.get_args(takes) or (type(None) if takes is None else takes,)
        assert type(one.call.json) in accepted


@pytest.mark.parametrize("one", made(), ids=lambda one: one.name)
def test_a_call_reads_what_its_route_gives(one: Made) -> None:
    gives = routes()[f"{one.call.method} {one.call.route}"].gives
    several = gives if isinstance(gives, tuple) else (gives,)
    if one.call.accept is None:
        assert one.call.reply in several
    else:
        assert one.call.reply is None
        assert any(isinstance(each, Media) and one.call.accept in (each.type, "*/*") for each in several)


@pytest.mark.parametrize("route", sorted(routes()))
def test_the_calls_of_a_route_know_all_of_its_query(route: str) -> None:
    calls = [one for one in made() if f"{one.call.method} {one.call.route}" == route]
    sent = {name for one in calls for name in (*one.call.query, one.cursor) if name}
    assert sent == {parameter.name for parameter in routes()[route].query}


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
