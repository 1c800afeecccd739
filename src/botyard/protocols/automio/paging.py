"""Pages as the clients of this dialect count them: `page` from 1, `per_page` up to 100 (contract j)."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlencode

from botyard.web.request import Request
from botyard.web.response import Response, json_response

_PER_PAGE = 20
_MOST_PER_PAGE = 100
_MAX_PAGE = 1_000_000


class Page(NamedTuple):
    """Which page is asked for."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        """Return how many come before it."""
        return (self.number - 1) * self.size

    def answer(self, request: Request, total: int, results: list[dict[str, Any]]) -> Response:
        """Return the page with the addresses of its neighbours."""
        following = _address(request, self.number + 1) if self.number * self.size < total else None
        previous = _address(request, self.number - 1) if self.number > 1 else None
        return json_response({"count": total, "next": following, "previous": previous, "results": results})


def page_of(request: Request) -> Page:
    """Return the page that the query asks for. Raises Invalid."""
    number = request.query_int("page", default=1, low=1, high=_MAX_PAGE)
    size = request.query_int("per_page", default=_PER_PAGE, low=1, high=_MAX_PAGE)
    return Page(number, min(size, _MOST_PER_PAGE))


def _address(request: Request, page: int) -> str:
    query = dict(request.query) | {"page": str(page)}
    return f"{request.server}{request.raw_path.decode('latin-1')}?{urlencode(query)}"
