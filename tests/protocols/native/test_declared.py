"""Every route of native v1 declares what it takes and gives, and that is what its handler does."""

from __future__ import annotations

import ast
import inspect
import re
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import msgspec

from botyard.protocols.native.routes import ROUTES
from botyard.web.declaring import Media, Query, problems_of
from botyard.web.errors import status_of
from botyard.web.routing import Route
from tests.protocols.native import handlers

ERRORS = Path(__file__).parents[3] / "docs" / "errors.md"
#: Whose source does not say what they answer; wherever they are called it is compared with the declared type.
UNTYPED = {"keys_connect", "api_openapi", "tasks_bulk_matching", "schedules_bulk_matching", "runners_bulk_matching"}


def each(check: Callable[[Route], None]) -> Callable[[], None]:
    """Return a test that makes a check of every route, and says at which one it fails."""

    def test() -> None:
        for route in ROUTES.routes:
            try:
                check(route)
            except Exception as error:
                error.add_note(f"This is about {route.operation}, {route.method} {route.path}.")
                raise

    return test


def bodies(declared: Any) -> tuple[Any, ...]:
    """Return the types of JSON among what a route gives."""
    return tuple(kind for kind in (declared if isinstance(declared, tuple) else (declared,)) if not is_media(kind))


def is_media(kind: Any) -> bool:
    return isinstance(kind, Media)


def required(takes: Any) -> Any:
    """Return what a body has to be when there is one."""
    return get_args(takes)[0] if isinstance(takes, types.UnionType) else takes


@each
def test_a_handler_decodes_what_its_route_takes(route: Route) -> None:
    taken = set() if route.takes is None or is_media(route.takes) else {required(route.takes)}
    assert handlers.decoded(route.handler) == taken
    reads_bytes = any(ast.unparse(call.func) == "request.stream" for call, _ in handlers.calls(route.handler, "stream"))
    assert not reads_bytes or is_media(route.takes)


@each
def test_a_handler_answers_with_what_its_route_gives(route: Route) -> None:
    statuses, kinds = handlers.answered(route.handler)
    assert statuses == set(route.statuses)
    given = {kind for kind in bodies(route.gives) if kind is not None}
    assert kinds == given or route.operation in UNTYPED


@each
def test_a_handler_reads_the_query_that_its_route_describes(route: Route) -> None:
    read = handlers.asked(route.handler)
    declared = {parameter.name: parameter for parameter in route.query}
    assert read.keys() == declared.keys() or ("" in read and read.keys() - {""} <= declared.keys())
    for name, said in read.items():
        if name and said.pop("kind") is not str:
            assert said == {part: getattr(declared[name], part) for part in said}
    assert all(parameter.about for parameter in route.query)


@each
def test_an_example_is_what_the_route_takes(route: Route) -> None:
    takes_json = not (route.takes is None or is_media(route.takes))
    assert takes_json == (route.example is not None)
    if takes_json:
        msgspec.convert(route.example, required(route.takes))


@each
def test_a_handler_says_in_a_sentence_what_it_does(route: Route) -> None:
    assert (inspect.getdoc(route.handler) or "").partition("\n\n")[0].endswith((".", "text."))


@each
def test_a_route_is_tagged_where_its_handler_knows_of_states(route: Route) -> None:
    if route.method == "GET":
        assert route.tagged == bool(list(handlers.calls(route.handler, "tag_of")))
    else:
        changes = [call for call, _ in handlers.calls(route.handler, "change")]
        assert route.tagged == any(word.arg == "current" for call in changes for word in call.keywords)


@each
def test_an_answer_with_a_token_is_not_kept(route: Route) -> None:
    names = {name for kind in bodies(route.gives) for name in getattr(kind, "__struct_fields__", ())}
    if route.repeatable and names & {"token", "password", "authorize_url"}:
        assert route.secret


def test_no_two_routes_have_the_same_name() -> None:
    names = [route.operation for route in ROUTES.routes]
    assert sorted(names) == sorted(set(names))


def test_a_query_parameter_that_is_a_number_has_bounds() -> None:
    asked: list[Query] = [parameter for route in ROUTES.routes for parameter in route.query]
    assert all(one.low is not None and one.high is not None for one in asked if one.kind in (int, float))


def test_every_problem_that_a_route_declares_has_the_status_of_the_documents() -> None:
    codes = {code for route in ROUTES.routes for code in problems_of(route)}
    documented = dict(re.findall(r"^\| `([a-z_]+)` \| (\d+)", ERRORS.read_text("utf-8"), re.MULTILINE))
    assert {code: status_of(code) for code in codes} == {code: int(documented[code]) for code in codes}
