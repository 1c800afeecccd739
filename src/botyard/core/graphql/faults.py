"""What goes wrong in a request, as items of its `errors` (contract automio, section d.9)."""

from __future__ import annotations

import re
from typing import Any, NoReturn

from graphql import GraphQLError

from botyard.base.exceptions import BotyardError

VALIDATION = "validation-failed"
PARSE = "parse-failed"
CONSTRAINT = "constraint-violation"
DATA = "data-exception"
PERMISSION = "permission-error"
LIMIT = "limit-exceeded"
NOT_FOUND = "not-found"
UNEXPECTED = "unexpected"

_CODES = {"not_found": NOT_FOUND, "denied": PERMISSION, "too_large": LIMIT}


_COMPARISON = re.compile(r"'(\w+)_comparison_exp' not to include unknown field")
_OPERATORS = ("_eq", "_neq", "_gt", "_gte", "_lt", "_lte", "_in", "_nin", "_is_null")
_OF_TEXT = ("_like", "_nlike", "_ilike", "_nilike", "_similar", "_nsimilar", "_regex", "_nregex", "_iregex", "_niregex")
_OF_JSON = ("_contains", "_contained_in", "_has_key", "_has_keys_any", "_has_keys_all", "_cast")


class Failed(Exception):
    """The request changed nothing; `errors` say why. Raised inside a unit of work, it undoes the unit."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors)
        self.errors = errors


def refuse(message: str, code: str = VALIDATION, *, path: list[str] | None = None) -> NoReturn:
    """Raise GraphQLError with a code; `path` are the keys that lead to the place in the answer."""
    raise GraphQLError(message, path=list(path or ()), extensions={"code": code})


def fault(message: str, code: str) -> dict[str, Any]:
    """Return an item of `errors` about the request as a whole."""
    return item(GraphQLError(message), code=code)


def item(error: GraphQLError, *, path: list[str] | None = None, code: str = VALIDATION) -> dict[str, Any]:
    """Return an error as an item of `errors`. Its path holds texts only: clients refuse numbers in it."""
    message = f"{error.message}{_operators(error.message)}"
    places = [{"line": place.line, "column": place.column} for place in error.locations or ()]
    steps = [str(step) for step in error.path or path or ()]
    found: dict[str, Any] = {"message": message}
    if places:
        found["locations"] = places
    if steps:
        found["path"] = steps
    given = error.extensions or {}
    return found | {
        "extensions": {"path": "$" + "".join(f".{step}" for step in steps), "code": given.get("code", code)}
    }


def _operators(message: str) -> str:
    """Return a hint for an operator that is like none there is."""
    named = _COMPARISON.search(message)
    if named is None or "Did you mean" in message:
        return ""
    known = [*_OPERATORS, *(_OF_TEXT if named[1] == "String" else ()), *(_OF_JSON if named[1] == "jsonb" else ())]
    return f" Its operators are {', '.join(known)}."


def of(error: BotyardError) -> GraphQLError:
    """Return an error of the core as one of a request."""
    return GraphQLError(str(error), extensions={"code": _CODES.get(error.code, DATA)})
