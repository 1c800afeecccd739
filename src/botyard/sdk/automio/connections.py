"""Connections to servers, kept open and shared by the threads of a process."""

from __future__ import annotations

import functools
import os
import ssl
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx2

from botyard import __version__
from botyard.sdk.automio import environment

#: How long a connection may take to be made, in seconds; how long an answer may take is up to each call.
CONNECT_SECONDS = 10.0
#: An idle connection is left before a server closes it.
_KEEP_SECONDS = 4.0
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_ALWAYS = {
    "Accept": "*/*",
    "Accept-Encoding": "gzip, deflate",
    "User-Agent": f"botyard-sdk/{__version__} (automio)",
}

Timeout = float | tuple[float, float] | None
Form = tuple[Mapping[str, str], Any]


class Connections:
    """Sends requests over one pool for each server. A process that was forked off makes its own."""

    def __init__(self, certificates: str | None = None) -> None:
        """`certificates` is a file with those to trust, when they are not the system's."""
        self._certificates = certificates
        self._lock = threading.Lock()
        self._pools: dict[tuple[int, str], httpx2.HTTPTransport] = {}

    def send(
        self,
        method: str,
        base: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str],
        content: bytes | None = None,
        form: Form | None = None,
        timeout: Timeout = None,
        stream: bool = False,
    ) -> httpx2.Response:
        """Send a request once and return the answer, whatever it is; redirects are not followed.

        `form` are fields and files; values of None are left out of the query. An answer that is streamed has to be
        closed. Raises httpx2's errors.
        """
        given = urlencode({name: value for name, value in query.items() if value is not None}) if query else ""
        url, extensions = _url(f"{base}{path}?{given}" if given else base + path), {"timeout": _seconds(timeout)}
        if form is None:
            # The body is given as a stream, which leaves the headers as they are: they are complete.
            raw = _raw(base, headers, content)
            body = httpx2.ByteStream(content or b"")
            request = httpx2.Request(method, url, headers=raw, stream=body, extensions=extensions)
        else:
            everything = {**_ALWAYS, **headers}
            request = httpx2.Request(
                method, url, headers=everything, data=form[0], files=form[1], extensions=extensions
            )
        # Straight to the pool: all that a whole client adds (cookies, redirects, a line of log) is not wanted here.
        response = self._pool(base).handle_request(request)
        response.request = request
        if not stream:
            response.read()
        return response

    def close(self) -> None:
        """Close all connections; the next call opens new ones."""
        with self._lock:
            pools, self._pools = self._pools, {}
        for (process, _), pool in pools.items():
            if process == os.getpid():
                pool.close()

    def _pool(self, base: str) -> httpx2.HTTPTransport:
        key = os.getpid(), base
        found = self._pools.get(key)
        if found is None:
            with self._lock:
                found = self._pools.get(key) or self._open(base)
                self._pools[key] = found
        return found

    def _open(self, base: str) -> httpx2.HTTPTransport:
        return httpx2.HTTPTransport(
            verify=_trusted(self._certificates) if base.startswith("https:") else False,
            proxy=_proxy(base),
            trust_env=False,
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=32, keepalive_expiry=_KEEP_SECONDS),
        )


@functools.lru_cache(maxsize=4)
def _trusted(certificates: str | None) -> ssl.SSLContext:
    named = certificates or next((file for name in _BUNDLES if (file := os.environ.get(name))), None)
    if named is not None and os.path.isdir(named):  # noqa: PTH112 -- what it is given is text
        return ssl.create_default_context(capath=named)
    return ssl.create_default_context(cafile=named)


def _proxy(base: str) -> str | None:
    """Return the proxy that the environment names for a server, if any; there is none for this machine."""
    parts, proxies = urlsplit(base), getproxies()
    if not proxies or environment.is_near(base) or proxy_bypass(parts.netloc):
        return None
    found = proxies.get(parts.scheme) or proxies.get("all")
    return f"http://{found}" if found and "://" not in found else found


@functools.lru_cache(maxsize=256)
def _url(text: str) -> httpx2.URL:
    return httpx2.URL(text)


def _raw(base: str, headers: Mapping[str, str], content: bytes | None) -> list[tuple[bytes, bytes]]:
    size = [] if content is None else [(b"Content-Length", b"%d" % len(content))]
    named = {**_ALWAYS, **headers}
    return [(b"Host", _host(base)), *((name.encode(), value.encode()) for name, value in named.items()), *size]


@functools.lru_cache(maxsize=16)
def _host(base: str) -> bytes:
    return httpx2.URL(base).netloc


def _seconds(timeout: Timeout) -> dict[str, float | None]:
    connect, read = timeout if isinstance(timeout, tuple) else (CONNECT_SECONDS, timeout)
    return {"connect": connect, "read": read, "write": read, "pool": None}
