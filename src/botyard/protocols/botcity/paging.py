"""Numbered pages, from the query to the body.

Pages count from zero; for `botcity-maestro-client`, whose pages begin at 1, page 1 is the first too. A page past the
end is empty, not an error. Lists are always newest first: `sort` is accepted and has no effect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from botyard.base import clock
from botyard.base.exceptions import Invalid
from botyard.web.request import Request

DEFAULT_SIZE = 20
MAX_SIZE = 1_000

# Beyond this many rows nothing is looked for: the databases count in 64 bits.
_MAX_OFFSET = 2**53
_MAX_DAYS = 36_500


class Paging(msgspec.Struct, frozen=True):
    """Which page a client asks for."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        """How many rows come before the page."""
        return min(self.number * self.size, _MAX_OFFSET)

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Paging:
        """Return the page that `page` and `size` name; more than 1,000 rows are cut to that. Raises Invalid."""
        number = whole(query, "page", 0)
        size = whole(query, "size", DEFAULT_SIZE)
        if size < 1:
            raise Invalid('"size" is 0.', hint="Ask for at least one row.", field="size")
        return cls(number, min(size, MAX_SIZE))

    @classmethod
    def asked(cls, request: Request) -> Paging:
        """Return the page that a request asks for, which counts from zero whatever the client does. Raises Invalid."""
        paging = cls.of(request.query)
        # One client alone names its workspace in this header, and its defaults and examples begin at page 1.
        if request.header("x-organization") is not None and paging.number > 0:
            return cls(paging.number - 1, paging.size)
        return paging


class Sort(msgspec.Struct, frozen=True, rename="camel"):
    """The order of a page, which is always newest first."""

    sorted: bool = True
    unsorted: bool = False
    empty: bool = False


class Pageable(msgspec.Struct, frozen=True, rename="camel"):
    """What was asked for, echoed."""

    page_number: int
    page_size: int
    offset: int
    sort: Sort = Sort()
    paged: bool = True
    unpaged: bool = False


class Page(msgspec.Struct, frozen=True, rename="camel"):
    """A page of anything."""

    content: Sequence[Any]
    pageable: Pageable
    total_pages: int
    total_elements: int
    last: bool
    first: bool
    number_of_elements: int
    size: int
    number: int
    empty: bool
    sort: Sort = Sort()

    @classmethod
    def of(cls, content: Sequence[Any], total: int, paging: Paging) -> Page:
        """Return the body for a page of `total` rows in all."""
        return cls(
            content=content,
            pageable=Pageable(paging.number, paging.size, paging.offset),
            total_pages=-(-total // paging.size),
            total_elements=total,
            last=paging.offset + len(content) >= total,
            first=paging.number == 0,
            number_of_elements=len(content),
            size=paging.size,
            number=paging.number,
            empty=not content,
        )


def whole(query: Mapping[str, str], name: str, default: int) -> int:
    """Return a whole number of at least zero from the query, `default` when absent or empty. Raises Invalid."""
    text = query.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit()):
        raise Invalid(f'"{name}" is "{text[:80]}".', hint="Send a whole number, 0 or more.", field=name)
    return min(int(text[:18]), _MAX_OFFSET) if len(text) <= 18 else _MAX_OFFSET


def since(query: Mapping[str, str], default: int | None, now: int) -> int:
    """Return the moment from which `days` asks for rows; without it `default` days ago, or ever. Raises Invalid."""
    days = whole(query, "days", _MAX_DAYS if default is None else default)
    return max(0, now - min(days, _MAX_DAYS) * clock.DAY)
