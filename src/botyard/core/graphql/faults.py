"""What goes wrong in a request, as items of its `errors` (contract automio, section d.9)."""

from __future__ import annotations

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

_CODES = {"not_found": NOT_FOUND, "denied": PERMISSION, "too_large": LIMIT}


class Failed(Exception):
    """The request changed nothing; `errors` say why. Raised inside a unit of work, it undoes the unit."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors)
        self.errors = errors


def refuse(message: str, code: str = VALIDATION, *, path: list[str] | None = None) -> NoReturn:
    """Raise GraphQLError with a code; `path` are the keys that lead to the place in the answer."""
    raise GraphQLError(message, path=list(path or ()), extensions={"code": code})


def item(error: GraphQLError, *, path: list[str] | None = None, code: str = VALIDATION) -> dict[str, Any]:
    """Return an error as an item of `errors`. Its path holds texts only: clients refuse numbers in it."""
    places = [{"line": place.line, "column": place.column} for place in error.locations or ()]
    steps = [str(step) for step in error.path or path or ()]
    found: dict[str, Any] = {"message": error.message}
    if places:
        found["locations"] = places
    if steps:
        found["path"] = steps
    given = error.extensions or {}
    return found | {
        "extensions": {"path": "$" + "".join(f".{step}" for step in steps), "code": given.get("code", code)}
    }


def of(error: BotyardError) -> GraphQLError:
    """Return an error of the core as one of a request."""
    return GraphQLError(str(error), extensions={"code": _CODES.get(error.code, DATA)})
