"""Connections to addresses that were checked, kept open for the next call to the same host at the same address."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence
from typing import cast

import msgspec

from botyard.upstream.exchange import Exchange
from botyard.upstream.failures import Failed
from botyard.upstream.guard import Target

#: Shorter than what servers commonly wait, so that they rarely close a connection just as it is used again.
IDLE_SECONDS = 4.0
MOST_IDLE = 256
#: How long one of several addresses may take before the next one is tried.
_NEXT_ADDRESS_SECONDS = 3.0
_CONNECTION_BUFFER = 64 * 1024


class Key(msgspec.Struct, frozen=True):
    """What must be equal for a connection to be used again: never the address alone, for TLS checked one name."""

    scheme: str
    host: str
    port: int
    address: str


class Connection(asyncio.Protocol):
    """One connection; at most one exchange at a time uses it."""

    def __init__(self, key: Key) -> None:
        self.key = key
        self.idle_until = 0.0
        self.used = 0
        self.closed = False
        self._exchange: Exchange | None = None
        self._transport: asyncio.Transport | None = None
        self._full: asyncio.Future[None] | None = None

    def begin(self, method: str) -> Exchange:
        """Return the exchange that has the connection from now on."""
        self.used += 1
        self._exchange = Exchange(self, method=method, host=self.key.host)
        if self.closed:
            self._exchange.lost()
        return self._exchange

    def end(self) -> bool:
        """Take the connection from its exchange; return whether another one can have it."""
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.detach()
        if self.closed or exchange is None or not exchange.reusable or self._full is not None:
            self.abort()
            return False
        self.resume()
        return True

    # What the exchange calls.

    def write(self, data: bytes) -> None:
        """Send."""
        if self._transport is not None and not self.closed:
            self._transport.write(data)

    async def flush(self) -> None:
        """Wait until what was written is on its way, or the connection is lost."""
        if self._full is not None:
            await asyncio.shield(self._full)

    def pause(self) -> None:
        """Read no more for now."""
        if self._transport is not None and not self.closed:
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read on."""
        if self._transport is not None and not self.closed and not self._transport.is_reading():
            self._transport.resume_reading()

    def abort(self) -> None:
        """Cut the connection."""
        self.closed = True
        if self._transport is not None:
            self._transport.abort()
        self._released()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=_CONNECTION_BUFFER)

    def data_received(self, data: bytes) -> None:
        """Hand over what came in; what nobody asked for cuts the connection."""
        if self._exchange is None:
            self.abort()
        else:
            self._exchange.feed(data)

    def eof_received(self) -> bool:
        """Let the transport close."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the exchange."""
        del exc
        self.closed = True
        self._released()
        if self._exchange is not None:
            self._exchange.lost()

    def pause_writing(self) -> None:
        """Hold back whoever sends."""
        if self._full is None:
            self._full = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        """Let whoever sends go on."""
        self._released()

    def _released(self) -> None:
        full, self._full = self._full, None
        if full is not None and not full.done():
            full.set_result(None)


class Connections:
    """The connections of one server, open ones and new ones."""

    def __init__(self) -> None:
        self._idle: dict[Key, list[Connection]] = {}
        self._count = 0
        self._tls: ssl.SSLContext | None = None
        self._cleaning: asyncio.TimerHandle | None = None

    def take(self, target: Target, addresses: Sequence[str]) -> Connection | None:
        """Return an open connection to one of the addresses, if there is one."""
        now = asyncio.get_running_loop().time()
        for address in addresses:
            kept = self._idle.get(Key(target.scheme, target.host, target.port, address))
            while kept:
                connection = kept.pop()
                self._count -= 1
                if not connection.closed and connection.idle_until > now:
                    return connection
                connection.abort()
        return None

    async def open(self, target: Target, addresses: Sequence[str]) -> Connection:
        """Return a new connection to the first of the addresses that answers. Raises Failed."""
        context = await self._context() if target.scheme == "https" else None
        for address in addresses[:-1]:
            try:
                async with asyncio.timeout(_NEXT_ADDRESS_SECONDS):
                    return await self._connect(target, address, context)
            except (Failed, TimeoutError):
                continue
        return await self._connect(target, addresses[-1], context)

    def give_back(self, connection: Connection) -> None:
        """Keep a connection for the next call, if it can be used again."""
        if not connection.end():
            return
        if self._count >= MOST_IDLE:
            connection.abort()
            return
        loop = asyncio.get_running_loop()
        connection.idle_until = loop.time() + IDLE_SECONDS
        self._idle.setdefault(connection.key, []).append(connection)
        self._count += 1
        if self._cleaning is None:
            self._cleaning = loop.call_later(IDLE_SECONDS, self._clean)

    def close(self) -> None:
        """Close what is idle."""
        if self._cleaning is not None:
            self._cleaning.cancel()
        for kept in self._idle.values():
            for connection in kept:
                connection.abort()
        self._idle.clear()
        self._count = 0

    def _clean(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for key, kept in list(self._idle.items()):
            fresh = []
            for connection in kept:
                if connection.closed or connection.idle_until <= now:
                    connection.abort()
                else:
                    fresh.append(connection)
            if fresh:
                self._idle[key] = fresh
            else:
                del self._idle[key]
        self._count = sum(map(len, self._idle.values()))
        self._cleaning = loop.call_later(IDLE_SECONDS / 2, self._clean) if self._count else None

    async def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            # Reading the system's certificates takes tens of milliseconds.
            self._tls = await asyncio.to_thread(_tls_context)
        return self._tls

    async def _connect(self, target: Target, address: str, context: ssl.SSLContext | None) -> Connection:
        key = Key(target.scheme, target.host, target.port, address)
        try:
            _, connection = await asyncio.get_running_loop().create_connection(
                lambda: Connection(key),
                address,
                target.port,
                ssl=context,
                server_hostname=target.host if context is not None else None,
                flags=socket.AI_NUMERICHOST,
            )
        except ssl.SSLCertVerificationError as error:
            raise Failed("tls", f"The certificate of {target.host} is not valid: {error.verify_message}.") from None
        except ssl.SSLError as error:
            reason = (error.reason or "unknown").replace("_", " ").lower()
            raise Failed("tls", f"{target.host} does not speak TLS that can be used: {reason}.") from None
        except (OSError, ValueError) as error:
            sentence = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise Failed("connect", f"No connection to {target.host} port {target.port}: {sentence}.") from None
        return connection


def _tls_context() -> ssl.SSLContext:
    """Return what checks certificates: the system's, or those that SSL_CERT_FILE names."""
    import httpx2

    context = httpx2.create_ssl_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
