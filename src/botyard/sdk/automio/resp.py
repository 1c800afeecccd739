"""A small client of Redis, for values that a program keeps there itself while no cache service is set.

It speaks as much of the protocol as that needs, so that no package has to be installed for it.
"""

from __future__ import annotations

import socket
import threading

Reply = str | int | None

#: How long Redis may take to be reached and to answer, in seconds.
_SECONDS = 10.0


class RedisError(Exception):
    """Redis refused a command; the text is what it said."""


class Redis:
    """One connection, which is made when it is needed and again when it was lost; threads take turns."""

    def __init__(self, host: str, port: int, *, db: int = 0, password: str | None = None) -> None:
        self._address = host, port
        self._first = [("AUTH", password)] if password else []
        self._first += [("SELECT", str(db))] if db else []
        self._lock = threading.Lock()
        self._open: _Open | None = None

    def command(self, *parts: str | int) -> Reply:
        """Return the answer to a command. Raises RedisError, or OSError when Redis cannot be reached."""
        with self._lock:
            fresh = self._open is None
            try:
                return self._exchange(*parts)
            except ConnectionError:
                self._drop()
                if fresh:
                    raise
                return self._exchange(*parts)  # the connection was closed while nothing was said
            except OSError:
                self._drop()
                raise

    def close(self) -> None:
        """Close the connection; the next command opens a new one."""
        with self._lock:
            self._drop()

    def _exchange(self, *parts: str | int) -> Reply:
        if self._open is None:
            self._open = _Open(socket.create_connection(self._address, timeout=_SECONDS))
            for first in self._first:
                self._open.say(*first)
        return self._open.say(*parts)

    def _drop(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


class _Open:
    """A connection that has been made."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._answers = connected.makefile("rb")

    def say(self, *parts: str | int) -> Reply:
        texts = [str(part).encode() for part in parts]
        packed = b"".join(b"$%d\r\n%s\r\n" % (len(text), text) for text in texts)
        self._socket.sendall(b"*%d\r\n%s" % (len(texts), packed))
        return self._reply()

    def close(self) -> None:
        self._answers.close()
        self._socket.close()

    def _reply(self) -> Reply:
        line = self._bytes(None)
        mark, rest = line[:1], line[1:].decode("utf-8", "replace")
        if mark == b"-":
            raise RedisError(rest)
        if mark == b"$":
            size = int(rest)
            return None if size < 0 else self._bytes(size).decode("utf-8", "replace")
        return int(rest) if mark == b":" else rest

    def _bytes(self, size: int | None) -> bytes:
        found = self._answers.readline() if size is None else self._answers.read(size + 2)
        if not found.endswith(b"\r\n"):
            raise ConnectionError("Redis closed the connection.")
        return found[:-2]
