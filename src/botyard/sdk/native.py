"""Clients of the native protocol: `Client` for threads and scripts, `AsyncClient` for event loops.

    with Client("http://127.0.0.1:8080", token) as client:
        task = client.send(calls.get("/api/v1/tasks/7", wire.TaskView))

Both send the same calls (module `calls`), try again when that is safe, and raise the errors of `errors`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import quote

import httpx2

from botyard.sdk import exchange
from botyard.sdk.calls import Call
from botyard.sdk.errors import Unavailable

T = TypeVar("T")


class Client:
    """A connection to one server with one token; may be used from several threads at once."""

    def __init__(
        self, server: str, token: str, *, timeout: float = 30.0, patience: float = 10.0, workspace: str | None = None
    ) -> None:
        """`patience` is how many seconds a call keeps trying while the server cannot be reached.

        `workspace` names another workspace than the token's own; only the local administrator may.
        """
        self.server = server.rstrip("/")
        self._timeout = timeout
        self._patience = patience
        self._http = httpx2.Client(**exchange.client_options(server, token, timeout))
        if workspace is not None:
            self._http.headers["X-Botyard-Workspace"] = quote(workspace)

    def send(self, call: Call[T]) -> T:
        """Return the answer. Raises Unavailable when patience is over and a Refused when the server says no."""
        give_up = time.monotonic() + self._patience
        for delay in exchange.backoff():
            try:
                return self._once(call)
            except Unavailable as error:
                pause = max(delay, error.retry_after or 0.0)
                if not exchange.may_retry(call, error) or time.monotonic() + pause > give_up:
                    raise
                time.sleep(pause)
        raise AssertionError("backoff never ends")

    @contextmanager
    def stream(self, path: str, *, accept: str = "*/*", **query: str) -> Iterator[Iterator[bytes]]:
        """Read a body in pieces, without holding it in memory. Nothing is retried."""
        try:
            with self._http.stream("GET", path, params=query, headers={"Accept": accept}) as response:
                if not response.is_success:
                    response.read()
                    raise exchange.refusal(response)
                yield response.iter_bytes()
        except httpx2.HTTPError as error:
            raise exchange.unreachable(self.server, error) from error

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _once(self, call: Call[T]) -> T:
        try:
            response = self._http.request(call.method, call.path, **exchange.request_options(call, self._timeout))
        except httpx2.HTTPError as error:
            raise exchange.unreachable(self.server, error) from error
        return exchange.read_reply(call, response)


class AsyncClient:
    """The same for an event loop. A cancelled call closes its connection, which the server notices."""

    def __init__(self, server: str, token: str, *, timeout: float = 30.0, patience: float = 10.0) -> None:
        """`patience` is how many seconds a call keeps trying while the server cannot be reached."""
        self.server = server.rstrip("/")
        self._timeout = timeout
        self._patience = patience
        self._http = httpx2.AsyncClient(**exchange.client_options(server, token, timeout))

    def move(self, server: str) -> None:
        """Send the calls that follow to another address of the same server."""
        self.server = server.rstrip("/")
        self._http.base_url = self.server

    async def send(self, call: Call[T], *, patience: float | None = None) -> T:
        """Return the answer. Raises Unavailable when patience is over and a Refused when the server says no."""
        give_up = time.monotonic() + (self._patience if patience is None else patience)
        for delay in exchange.backoff():
            try:
                return await self._once(call)
            except Unavailable as error:
                pause = max(delay, error.retry_after or 0.0)
                if not exchange.may_retry(call, error) or time.monotonic() + pause > give_up:
                    raise
                await asyncio.sleep(pause)
        raise AssertionError("backoff never ends")

    @asynccontextmanager
    async def stream(self, path: str, *, accept: str = "*/*", **query: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """Read a body in pieces, without holding it in memory. Nothing is retried."""
        try:
            async with self._http.stream("GET", path, params=query, headers={"Accept": accept}) as response:
                if not response.is_success:
                    await response.aread()
                    raise exchange.refusal(response)
                yield response.aiter_bytes()
        except httpx2.HTTPError as error:
            raise exchange.unreachable(self.server, error) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _once(self, call: Call[T]) -> T:
        options = exchange.request_options(call, self._timeout)
        try:
            response = await self._http.request(call.method, call.path, **options)
        except httpx2.HTTPError as error:
            raise exchange.unreachable(self.server, error) from error
        return exchange.read_reply(call, response)
