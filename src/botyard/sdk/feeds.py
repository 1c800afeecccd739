"""What happens, as it happens: server-sent events, as data and as what users iterate over."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from botyard.sdk.calls import Call, content
from botyard.sdk.errors import Unavailable

if TYPE_CHECKING:
    from botyard.sdk.native import AsyncClient, Client

T = TypeVar("T")

_MEDIA_TYPE = "text/event-stream"
#: The query parameter that says where to go on; a message's id is what it takes.
_CURSOR = "after"
_END = "end"


class Feed(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A stream on the server, and the type of its messages."""

    first: Call[None]
    kind: type[T]


def feed(route: str, kind: type[T], /, *values: object, **query: object) -> Feed[T]:
    """Return a stream whose messages are JSON of one type."""
    return Feed(first=content(route, *values, accept=_MEDIA_TYPE, **query), kind=kind)


class _Reading(Generic[T]):
    """Where somebody is in a stream. `call` goes on there; `ended` is True when nothing will follow."""

    def __init__(self, feed: Feed[T], patience: float) -> None:
        from botyard.sdk import exchange

        self.call = feed.first
        self.ended = False
        self._kind = feed.kind
        self._patience = patience
        self._backoff = exchange.backoff
        self._rest = b""
        self._begin()

    def take(self, piece: bytes) -> list[T]:
        """Return the messages that a piece completes."""
        self._begin()
        *whole, self._rest = (self._rest + piece).split(b"\n\n")
        return [value for message in whole for value in self._read(message)]

    def pause(self, error: Unavailable | None = None) -> float:
        """Return how long to wait before connecting again. Raises the error when patience is over."""
        self._rest = b""
        seconds = max(next(self._delays), (error and error.retry_after) or 0.0)
        if error is not None and time.monotonic() + seconds > self._until:
            raise error
        return seconds

    def _begin(self) -> None:
        """Be patient anew: the server is there."""
        self._delays = self._backoff()
        self._until = time.monotonic() + self._patience

    def _read(self, message: bytes) -> Iterator[T]:
        lines = dict(line.partition(b": ")[::2] for line in message.split(b"\n") if not line.startswith(b":"))
        if b"id" in lines:
            place = lines[b"id"].decode()
            self.call = msgspec.structs.replace(self.call, query={**self.call.query, _CURSOR: place})
        if lines.get(b"event") == _END.encode():
            self.ended = True
        elif b"data" in lines:
            yield msgspec.json.decode(lines[b"data"], type=self._kind)


class Live(Generic[T]):
    """What happens from now on. A connection that breaks is made anew behind the last thing that came."""

    def __init__(self, client: Client, feed: Feed[T]) -> None:
        self._client = client
        self._feed = feed

    def __iter__(self) -> Iterator[T]:
        reading = _Reading(self._feed, self._client.patience)
        while not reading.ended:
            try:
                with self._client.stream(reading.call) as pieces:
                    for piece in pieces:
                        yield from reading.take(piece)
                pause = reading.pause()
            except Unavailable as error:
                pause = reading.pause(error)
            if not reading.ended:
                time.sleep(pause)


class AsyncLive(Generic[T]):
    """What happens from now on. A connection that breaks is made anew behind the last thing that came."""

    def __init__(self, client: AsyncClient, feed: Feed[T]) -> None:
        self._client = client
        self._feed = feed

    async def __aiter__(self) -> AsyncIterator[T]:
        from asyncio import sleep

        reading = _Reading(self._feed, self._client.patience)
        while not reading.ended:
            try:
                async with self._client.stream(reading.call) as pieces:
                    async for piece in pieces:
                        for value in reading.take(piece):
                            yield value
                pause = reading.pause()
            except Unavailable as error:
                pause = reading.pause(error)
            if not reading.ended:
                await sleep(pause)
