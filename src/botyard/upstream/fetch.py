"""The one client that calls other systems: guarded, pooled, bounded in time and size."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterable, Iterable, Mapping
from types import TracebackType

import botyard
from botyard.upstream.answer import Answer
from botyard.upstream.connections import Connection, Connections
from botyard.upstream.decoding import ACCEPTED
from botyard.upstream.exchange import Exchange
from botyard.upstream.failures import Failed, Refused
from botyard.upstream.guard import Target, check_addresses, check_target, parse, redirected
from botyard.upstream.policy import Policy
from botyard.upstream.resolver import Resolver, SystemResolver

log = logging.getLogger("botyard.upstream")

#: Calls of one server at the same time; each is an open file.
MOST_CALLS = 400

HeaderPairs = Mapping[str, str] | Iterable[tuple[str, str]]
Content = bytes | AsyncIterable[bytes] | None

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
_METHOD = re.compile(r"[A-Z][A-Z-]{0,19}")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}")
_CONTROLS = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
#: Headers that belong to the connection, or to this client.
_OURS = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "keep-alive", "upgrade", "te"}
    | {"trailer", "expect", "proxy-authorization", "proxy-authenticate", "proxy-connection"}
)
#: What another server than the one that was meant may see; anything else may be a key.
_HARMLESS = frozenset({"accept", "accept-language", "content-type", "content-language", "user-agent"})
_ABOUT_CONTENT = frozenset({"content-type", "content-language", "content-encoding"})


class Upstream:
    """Calls other systems. One per server; connections are kept and used again."""

    def __init__(self, resolver: Resolver | None = None) -> None:
        self._resolver = resolver or SystemResolver()
        self._connections = Connections()
        self._room = asyncio.Semaphore(MOST_CALLS)

    def send(
        self, method: str, url: str, *, policy: Policy, headers: HeaderPairs = (), content: Content = None
    ) -> Call:
        """Return a call to be entered: `async with upstream.send("GET", url, policy=policy) as answer:`.

        Entering it sends the request and waits for status and headers. Raises Refused before anything was sent, or
        when a redirect leads to what is refused, and Failed; otherwise only what `content` itself raises. Headers of
        the connection (Host, Content-Length, ...) are set here and cannot be given. `content` from an iterable is sent
        in chunks.
        """
        return Call(self, method, url, policy=policy, headers=headers, content=content)

    async def close(self) -> None:
        """Close idle connections; calls that are under way end by themselves."""
        self._connections.close()
        self._resolver.close()

    async def addresses(self, target: Target, policy: Policy) -> list[str]:
        """Return the checked addresses of a target. Raises Refused and Failed."""
        check_target(target, policy)
        if target.address is not None:
            return [str(target.address)]
        found = await self._resolver.resolve(target.host)
        return check_addresses(found, target, policy)


class Call:
    """One call: entered, it is the answer; left, its connection goes back or is cut."""

    def __init__(
        self, upstream: Upstream, method: str, url: str, *, policy: Policy, headers: HeaderPairs, content: Content
    ) -> None:
        self._upstream = upstream
        self._connections = upstream._connections  # noqa: SLF001 -- a call is a part of its client
        self._room = upstream._room  # noqa: SLF001 -- likewise
        self._method = method.upper()
        self._url = url
        self._policy = policy
        self._given = headers
        self._content = content
        self._host = ""
        self._connection: Connection | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._watching: asyncio.TimerHandle | None = None
        self._entered = False

    async def __aenter__(self) -> Answer:
        deadline = asyncio.get_running_loop().time() + self._policy.timeout
        try:
            target = parse(self._url)
            self._host = target.host
            self._check_method()
            headers = _read_headers(self._given)
            async with asyncio.timeout_at(deadline):
                await self._room.acquire()
                self._entered = True
                target, exchange = await self._follow(target, headers, deadline)
        except TimeoutError:
            self._leave()
            raise self._too_slow() from None
        except Refused as refused:
            self._leave()
            log.info("upstream.refused", extra={"host": self._host, "reason": refused.reason})
            raise
        except BaseException:
            self._leave()
            raise
        return Answer(exchange, url=target.url, host=target.host, max_bytes=self._policy.max_bytes)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        del kind, error, traceback
        self._leave()

    async def _follow(self, target: Target, headers: list[tuple[str, str]], deadline: float) -> tuple[Target, Exchange]:
        method, content = self._method, self._content
        left = self._policy.redirects
        while True:
            exchange = await self._exchange(target, method, headers, content, deadline)
            location = _location(exchange)
            if location is None or self._policy.redirects == 0:
                return target, exchange
            if left == 0:
                raise Failed("redirects", f"{target.host} redirects more than {self._policy.redirects} times.")
            left -= 1
            following = redirected(target, location)
            if following.origin != target.origin:
                if self._policy.same_origin_redirects:
                    raise Refused(f"{target.host} redirects to another server, {following.host}.")
                # A key meant for one server must not reach another, whatever its header is called.
                headers = [pair for pair in headers if pair[0].lower() in _HARMLESS]
            if exchange.status == 303 or (exchange.status in (301, 302) and method == "POST"):
                if self._policy.keep_method and method != "GET":
                    raise Failed("redirects", f"{target.host} redirects, and does not want to be sent the same again.")
                method, content = ("HEAD" if method == "HEAD" else "GET"), None
                headers = [pair for pair in headers if pair[0].lower() not in _ABOUT_CONTENT]
            elif content is not None and not isinstance(content, bytes):
                raise Failed("redirects", f"{target.host} redirects what was sent, and it cannot be sent again.")
            self._release()
            target = following
            self._host = target.host

    async def _exchange(
        self, target: Target, method: str, headers: list[tuple[str, str]], content: Content, deadline: float
    ) -> Exchange:
        addresses = await self._upstream.addresses(target, self._policy)
        head, chunked = _head(method, target, headers, content)
        connection = self._connections.take(target, addresses)
        while True:
            fresh = connection is None
            connection = connection or await self._open(target, addresses)
            self._connection = connection
            exchange = connection.begin(method)
            self._timer = asyncio.get_running_loop().call_at(deadline, exchange.fail, self._too_slow())
            if self._policy.silence:
                self._watch(exchange)
            try:
                await exchange.send(head, content, chunked=chunked)
                await exchange.started()
            except Failed:
                self._release()
                # An old connection that was closed just now: nobody has seen the request.
                again = exchange.silent and not fresh and method in _REPEATABLE and not _is_stream(content)
                if not again or asyncio.get_running_loop().time() >= deadline:
                    raise
                connection = None
            else:
                return exchange

    async def _open(self, target: Target, addresses: list[str]) -> Connection:
        if not self._policy.silence:
            return await self._connections.open(target, addresses)
        try:
            async with asyncio.timeout(self._policy.silence):
                return await self._connections.open(target, addresses)
        except TimeoutError:
            raise Failed(
                "timeout", f"No connection to {target.host} within {self._policy.silence:g} seconds."
            ) from None

    def _watch(self, exchange: Exchange) -> None:
        """Look again and again whether anything came."""
        loop = asyncio.get_running_loop()
        if exchange.is_held_back:
            exchange.heard_at = loop.time()
        left = exchange.heard_at + self._policy.silence - loop.time()
        if left > 0:
            self._watching = loop.call_later(left, self._watch, exchange)
        else:
            exchange.fail(Failed("timeout", f"{self._host} sent nothing for {self._policy.silence:g} seconds."))

    def _check_method(self) -> None:
        if not _METHOD.fullmatch(self._method) or self._method in ("CONNECT", "TRACE"):
            raise Refused("The method is not one that can be sent.")

    def _too_slow(self) -> Failed:
        return Failed("timeout", f"{self._host} did not answer completely within {self._policy.timeout:g} seconds.")

    def _release(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None
        connection, self._connection = self._connection, None
        if connection is not None:
            self._connections.give_back(connection)

    def _leave(self) -> None:
        self._release()
        if self._entered:
            self._entered = False
            self._room.release()


def _location(exchange: Exchange) -> str | None:
    if exchange.status not in _REDIRECTS:
        return None
    value = next((value for name, value in exchange.headers if name == b"location"), None)
    return None if value is None else value.decode("utf-8", "replace")


def _is_stream(content: Content) -> bool:
    return content is not None and not isinstance(content, bytes)


def _read_headers(given: HeaderPairs) -> list[tuple[str, str]]:
    pairs = given.items() if isinstance(given, Mapping) else given
    headers = []
    for name, value in pairs:
        if not _NAME.fullmatch(name):
            raise Refused("A header has a name that cannot be sent.")
        if _CONTROLS.search(value):
            raise Refused(f"The header {name} holds control characters.")
        if name.lower() not in _OURS:
            headers.append((name, value.strip()))
    return headers


def _head(method: str, target: Target, headers: list[tuple[str, str]], content: Content) -> tuple[bytes, bool]:
    lines = [
        f"{method} {target.path} HTTP/1.1",
        f"Host: {target.authority}",
        f"Accept-Encoding: {ACCEPTED}",
    ]
    names = {name.lower() for name, _ in headers}
    if "accept" not in names:
        lines.append("Accept: */*")
    if "user-agent" not in names:
        lines.append(f"User-Agent: botyard/{botyard.__version__}")
    lines += [f"{name}: {value}" for name, value in headers]
    chunked = _is_stream(content)
    if chunked:
        lines.append("Transfer-Encoding: chunked")
    elif content or method in ("POST", "PUT", "PATCH"):
        lines.append(f"Content-Length: {len(content) if isinstance(content, bytes) else 0}")
    # Values beyond Latin-1 go as UTF-8, which is what servers that expect them at all expect.
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "replace"), chunked
