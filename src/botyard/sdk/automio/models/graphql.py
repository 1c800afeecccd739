"""Requests to tables, and their answers."""

from __future__ import annotations

from typing import Any

from botyard.sdk.automio.models.base import Model


class GraphQLRequest(Model, kw_only=True):
    """A query or a mutation. Raises ValueError when the query is no text or the variables are no object."""

    query: str
    variables: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        given: tuple[Any, Any] = (self.query, self.variables)
        wrong = [] if isinstance(given[0], str) else [f"The query has to be text, not {given[0]!r:.80}."]
        if not isinstance(given[1], dict | None):
            wrong.append(f"The variables have to be an object, not {given[1]!r:.80}.")
        if wrong:
            raise ValueError(" ".join(wrong))


class GraphQLResponseErrorsInnerLocationsInner(Model, kw_only=True):
    """Where in the query an error is."""

    line: int | None = None
    column: int | None = None


class GraphQLResponseErrorsInner(Model, kw_only=True):
    """What is wrong; `extensions`, which the vendor's 0.1.6 drops, has a `code`."""

    message: str | None = None
    locations: list[GraphQLResponseErrorsInnerLocationsInner] | None = None
    path: list[str | int] | None = None
    extensions: dict[str, Any] | None = None


class GraphQLResponse(Model, kw_only=True):
    """The answer; look at `errors` before `data`."""

    data: dict[str, Any] | None = None
    errors: list[GraphQLResponseErrorsInner] | None = None
    extensions: dict[str, Any] | None = None
