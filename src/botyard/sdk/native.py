"""How calls are sent: `Client` from threads and scripts, `AsyncClient` from event loops.

    with Client("http://127.0.0.1:8080", token) as client:
        task = client.send(Tasks.get(7))

Both send the same calls as data (module `calls`), try again when that is safe, and raise the errors of `errors`.
`botyard.sdk.Botyard` and `AsyncBotyard` are these with a method for every call.
"""

from __future__ import annotations

import copy
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from urllib.parse import quote

from botyard.sdk.calls import Call
from botyard.sdk.content import AsyncContent, Content, asent, sent
from botyard.sdk.errors import Missing, Unavailable
from botyard.sdk.feeds import AsyncLive, Feed, Live
from botyard.sdk.paging import AsyncItems, Items, Listing
from botyard.sdk.pools import AsyncPool, Pool

if TYPE_CHECKING:
    import httpx2

    from botyard.sdk.exchange import Patience

T = TypeVar("T")


class _Settings:
    """What both clients know: where the server is, and how long they wait for it."""

    def __init__(
        self, server: str, token: str, *, timeout: float = 30.0, patience: float = 10.0, workspace: str | None = None
    ) -> None:
        """`timeout` is how many seconds an answer may take, and `patience` how many a call goes on trying.

        `workspace` names another workspace than the token's own; only the local administrator may.
        """
        # The HTTP library takes longest to import, so that it waits until somebody connects.
        from botyard.sdk import exchange

        self.server = server.rstrip("/")
        self._timeout = timeout
        self.patience = patience
        self._key: str | None = None
        self._seen: str | None = None
        self._options = exchange.client_options(server, token, timeout)
        if workspace is not None:
            self._options["headers"]["X-Botyard-Workspace"] = quote(workspace)

    def using(
        self,
        *,
        timeout: float | None = None,
        patience: float | None = None,
        idempotency_key: str | None = None,
        if_match: str | None = None,
    ) -> Self:
        """Return the same client, over the same connections, with other limits or conditions for the calls to come.

        With `idempotency_key` a call that makes something does so once, however often and from wherever it is sent
        with that key; calls that take none raise Refused. With `if_match`, a tag from `tagged`, a change
        raises Changed unless the thing is as it was.
        """
        changed = {
            "_timeout": self._timeout if timeout is None else timeout,
            "patience": self.patience if patience is None else patience,
            "_key": idempotency_key,
            "_seen": if_match,
        }
        other = copy.copy(self)
        other.__dict__ |= changed
        return other


class Client(_Settings):
    """A connection to one server with one token; may be used from several threads at once, and after a fork."""

    def __init__(
        self, server: str, token: str, *, timeout: float = 30.0, patience: float = 10.0, workspace: str | None = None
    ) -> None:
        super().__init__(server, token, timeout=timeout, patience=patience, workspace=workspace)
        self._pool = Pool(self._options)

    def send(self, call: Call[T]) -> T:
        """Return the answer. Raises Unavailable when patience is over and a Refused when the server says no."""
        from botyard.sdk import exchange

        patience = exchange.Patience(call, self.patience, key=self._key)
        return self._persist(patience, lambda: self._once(call, patience.key))

    def tagged(self, call: Call[T]) -> tuple[T, str | None]:
        """Return the answer and a tag for the state that the thing is in, None when the server gives none."""
        from botyard.sdk import exchange

        response = self.patiently(call, lambda: self._answer(call, None))
        return exchange.read_reply(call, response), response.headers.get("etag")

    def patiently(self, call: Call[Any], once: Callable[[], T]) -> T:
        """Return what `once` does with the call, done again from the start while that is safe."""
        from botyard.sdk import exchange

        return self._persist(exchange.Patience(call, self.patience), once)

    def iterate(self, listing: Listing[T]) -> Items[T]:
        """Return what a list holds, to be iterated over."""
        return Items(self, listing)

    def fetch(self, call: Call[None]) -> Content:
        """Return bytes of the server, to be fetched."""
        return Content(self, call)

    def follow(self, feed: Feed[T]) -> Live[T]:
        """Return what happens from now on, to be iterated over."""
        return Live(self, feed)

    def run(self, steps: Generator[Call[Any], Any, T]) -> T:
        """Send several calls in a row and return what comes of them."""
        try:
            call = next(steps)
            while True:
                call = steps.send(self.send(call))
        except StopIteration as end:
            value: T = end.value
            return value

    @contextmanager
    def stream(self, call: Call[None]) -> Iterator[Iterator[bytes]]:
        """Read a body in pieces, without holding it in memory. Nothing is retried."""
        from botyard.sdk import exchange

        options = exchange.request_options(call, self._timeout)
        try:
            with self._pool.http.stream(call.method, call.path, **options) as response:
                if not response.is_success:
                    response.read()
                    raise exchange.refusal(response)
                yield response.iter_bytes()
        except exchange.FAILED as error:
            raise exchange.unreachable(self.server, error) from error

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _persist(self, patience: Patience, once: Callable[[], T]) -> T:
        while True:
            try:
                return once()
            except Missing as error:
                if not patience.is_gone(error):
                    raise
                return cast("T", None)
            except Unavailable as error:
                pause = patience.pause(error)
            time.sleep(pause)

    def _once(self, call: Call[T], key: str | None) -> T:
        from botyard.sdk import exchange

        return exchange.read_reply(call, self._answer(call, key))

    def _answer(self, call: Call[Any], key: str | None) -> httpx2.Response:
        from botyard.sdk import exchange

        options = exchange.request_options(call, self._timeout, key=key, seen=self._seen, content=sent(call.content))
        try:
            response = self._pool.http.request(call.method, call.path, **options)
        except exchange.FAILED as error:
            raise exchange.unreachable(self.server, error) from error
        return exchange.checked(response)


class AsyncClient(_Settings):
    """The same for event loops. A cancelled call closes its connection, which the server notices."""

    def __init__(
        self, server: str, token: str, *, timeout: float = 30.0, patience: float = 10.0, workspace: str | None = None
    ) -> None:
        super().__init__(server, token, timeout=timeout, patience=patience, workspace=workspace)
        self._pool = AsyncPool(self._options)

    def move(self, server: str) -> None:
        """Send the calls that follow to another address of the same server."""
        self.server = server.rstrip("/")
        self._pool.move(self.server)

    async def send(self, call: Call[T], *, patience: float | None = None) -> T:
        """Return the answer. Raises Unavailable when patience is over and a Refused when the server says no."""
        from botyard.sdk import exchange

        kept = exchange.Patience(call, self.patience if patience is None else patience, key=self._key)
        return await self._persist(kept, lambda: self._once(call, kept.key))

    async def tagged(self, call: Call[T]) -> tuple[T, str | None]:
        """Return the answer and a tag for the state that the thing is in, None when the server gives none."""
        from botyard.sdk import exchange

        response = await self.patiently(call, lambda: self._answer(call, None))
        return exchange.read_reply(call, response), response.headers.get("etag")

    async def patiently(self, call: Call[Any], once: Callable[[], Awaitable[T]]) -> T:
        """Return what `once` does with the call, done again from the start while that is safe."""
        from botyard.sdk import exchange

        return await self._persist(exchange.Patience(call, self.patience), once)

    def iterate(self, listing: Listing[T]) -> AsyncItems[T]:
        """Return what a list holds, to be iterated over."""
        return AsyncItems(self, listing)

    def fetch(self, call: Call[None]) -> AsyncContent:
        """Return bytes of the server, to be fetched."""
        return AsyncContent(self, call)

    def follow(self, feed: Feed[T]) -> AsyncLive[T]:
        """Return what happens from now on, to be iterated over."""
        return AsyncLive(self, feed)

    async def run(self, steps: Generator[Call[Any], Any, T]) -> T:
        """Send several calls in a row and return what comes of them."""
        try:
            call = next(steps)
            while True:
                call = steps.send(await self.send(call))
        except StopIteration as end:
            value: T = end.value
            return value

    @asynccontextmanager
    async def stream(self, call: Call[None]) -> AsyncIterator[AsyncIterator[bytes]]:
        """Read a body in pieces, without holding it in memory. Nothing is retried."""
        from botyard.sdk import exchange

        options = exchange.request_options(call, self._timeout)
        try:
            async with self._pool.http.stream(call.method, call.path, **options) as response:
                if not response.is_success:
                    await response.aread()
                    raise exchange.refusal(response)
                yield response.aiter_bytes()
        except exchange.FAILED as error:
            raise exchange.unreachable(self.server, error) from error

    async def close(self) -> None:
        """Close the connections of the running event loop."""
        await self._pool.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _persist(self, patience: Patience, once: Callable[[], Awaitable[T]]) -> T:
        from asyncio import sleep

        while True:
            try:
                return await once()
            except Missing as error:
                if not patience.is_gone(error):
                    raise
                return cast("T", None)
            except Unavailable as error:
                pause = patience.pause(error)
            await sleep(pause)

    async def _once(self, call: Call[T], key: str | None) -> T:
        from botyard.sdk import exchange

        return exchange.read_reply(call, await self._answer(call, key))

    async def _answer(self, call: Call[Any], key: str | None) -> httpx2.Response:
        from botyard.sdk import exchange

        options = exchange.request_options(call, self._timeout, key=key, seen=self._seen, content=asent(call.content))
        try:
            response = await self._pool.http.request(call.method, call.path, **options)
        except exchange.FAILED as error:
            raise exchange.unreachable(self.server, error) from error
        return exchange.checked(response)
