"""Lists that come in pages, as data and as what users iterate over. One page is held in memory at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from botyard.sdk.calls import Call, get, read

if TYPE_CHECKING:
    from botyard.sdk.native import AsyncClient, Client

T = TypeVar("T")
P = TypeVar("P")

#: How many things are asked for at once.
PAGE = 100


class Listing(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A list on the server: the call for its first page, and how to go on from each."""

    first: Call[Any]
    items: Callable[[Any], Sequence[T]]
    #: The place after a page, None at the end.
    following: Callable[[Any], object]
    #: The query parameter in which the place is sent.
    cursor: str
    #: How many things are wanted at most.
    limit: int | None = None


def pages(
    route: str,
    page: type[P],
    items: Callable[[P], Sequence[T]],
    /,
    *values: object,
    cursor: str = "after",
    limit: int | None = None,
    page_size: int = PAGE,
    **query: object,
) -> Listing[T]:
    """Return a list whose pages say what follows them as `next`."""
    size = page_size if limit is None else max(1, min(limit, page_size))
    first = read(route, page, values, {**query, "limit": size})
    return Listing(first=first, items=items, following=_next, cursor=cursor, limit=limit)


def whole(route: str, page: type[P], items: Callable[[P], Sequence[T]], *values: object) -> Listing[T]:
    """Return a list that the server sends in one piece."""
    return Listing(first=get(route, page, *values), items=items, following=_nothing, cursor="")


def _next(page: Any) -> object:
    return page.next


def _nothing(_: object) -> None:
    return None


class _Walk(Generic[T]):
    """Where somebody is in a list. `call` asks for the next page; it is None at the end."""

    def __init__(self, listing: Listing[T]) -> None:
        self._listing = listing
        self._left = listing.limit
        self.call: Call[Any] | None = None if listing.limit == 0 else listing.first

    def take(self, page: Any) -> Sequence[T]:
        """Return what the page holds and go on behind it."""
        listing, call = self._listing, self.call
        found = listing.items(page)
        if self._left is not None:
            found = found[: self._left]
            self._left -= len(found)
        place = None if self._left == 0 else listing.following(page)
        if place is None or call is None:
            self.call = None
        else:
            self.call = msgspec.structs.replace(call, query={**call.query, listing.cursor: str(place)})
        return found


class Items(Generic[T]):
    """What a list holds, fetched page by page while it is iterated over, each time anew."""

    def __init__(self, client: Client, listing: Listing[T]) -> None:
        self._client = client
        self._listing = listing

    def __iter__(self) -> Iterator[T]:
        for found in self.pages():
            yield from found

    def pages(self) -> Iterator[Sequence[T]]:
        """Yield the things by pages; one may be empty."""
        walk = _Walk(self._listing)
        while walk.call is not None:
            yield walk.take(self._client.send(walk.call))

    def first(self) -> T | None:
        """Return the first thing, None when there is none."""
        return next(iter(self), None)


class AsyncItems(Generic[T]):
    """What a list holds, fetched page by page while it is iterated over, each time anew."""

    def __init__(self, client: AsyncClient, listing: Listing[T]) -> None:
        self._client = client
        self._listing = listing

    async def __aiter__(self) -> AsyncIterator[T]:
        async for found in self.pages():
            for item in found:
                yield item

    async def pages(self) -> AsyncIterator[Sequence[T]]:
        """Yield the things by pages; one may be empty."""
        walk = _Walk(self._listing)
        while walk.call is not None:
            yield walk.take(await self._client.send(walk.call))

    async def first(self) -> T | None:
        """Return the first thing, None when there is none."""
        return await anext(aiter(self), None)
