"""Connections to servers, kept open and shared by the threads of a process."""

from __future__ import annotations

import functools
import os
import ssl
import threading

import httpx2

from botyard import __version__
from botyard.sdk.automio import environment

#: How long a connection may take to be made, in seconds; how long an answer may take is up to each call.
CONNECT_SECONDS = 10.0
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


class Connections:
    """One pool for each server. A process that was forked off makes its own."""

    def __init__(self, certificates: str | None = None) -> None:
        """`certificates` is a file with those to trust, when they are not the system's."""
        self._certificates = certificates
        self._lock = threading.Lock()
        self._pools: dict[tuple[int, str], httpx2.Client] = {}

    def to(self, base: str) -> httpx2.Client:
        """Return the client for the server at an address."""
        key = os.getpid(), base
        found = self._pools.get(key)
        if found is None:
            with self._lock:
                found = self._pools.get(key) or self._open(base)
                self._pools[key] = found
        return found

    def close(self) -> None:
        """Close all connections; the next call opens new ones."""
        with self._lock:
            pools, self._pools = self._pools, {}
        for (process, _), pool in pools.items():
            if process == os.getpid():
                pool.close()

    def _open(self, base: str) -> httpx2.Client:
        return httpx2.Client(
            headers={"User-Agent": f"botyard-sdk/{__version__} (automio)"},
            timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),
            verify=_trusted(self._certificates) if base.startswith("https:") else False,
            trust_env=not environment.is_near(base),
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=32, keepalive_expiry=4),
        )


@functools.lru_cache(maxsize=4)
def _trusted(certificates: str | None) -> ssl.SSLContext:
    named = certificates or next((file for name in _BUNDLES if (file := os.environ.get(name))), None)
    if named is not None and os.path.isdir(named):  # noqa: PTH112 -- what it is given is text
        return ssl.create_default_context(capath=named)
    return ssl.create_default_context(cafile=named)
