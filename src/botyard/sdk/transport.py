"""How the drop-in modules talk to a server: one pool of connections for the whole process.

    reply = transport.send("GET", f"{server}/api/v2/task/7", headers={"token": token}, timeout=30.0)
    if reply.ok: ...

Safe to use from several threads. A forked child opens connections of its own. Cookies are neither kept nor sent,
because callers with different tokens share the pool.
"""

from __future__ import annotations

import atexit
import json as stdlib_json
import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from botyard.sdk.failures import CallFailed, HTTPError, InvalidAddress, TimedOut, Unreachable, failure

if TYPE_CHECKING:
    import httpx2

#: Seconds to wait; `(connect, read)` for two different ones; None waits for ever.
Timeout = float | tuple[float | None, float | None] | None
#: Whether to check a server's certificate, or the file or folder of the authorities to check it against.
Verify = bool | str

#: An idle connection is left before servers close theirs (5 s at the earliest), so that no call meets a closed one.
_KEEP_SECONDS = 4.0
_MAX_REDIRECTS = 5
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SECRET_HEADERS = ("authorization", "token", "organization", "x-robot-token", "cookie")

_clients: dict[tuple[int, Verify], httpx2.Client] = {}


class Reply:
    """A server's answer, read whole. It can be asked what one of `requests` can be asked."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self.status_code = response.status_code
        self.ok = response.status_code < 400

    @property
    def url(self) -> str:
        """The address that answered."""
        return str(self.response.url)

    @property
    def reason(self) -> str:
        """The words beside the status."""
        return self.response.reason_phrase

    @property
    def headers(self) -> dict[str, str]:
        """The headers, spelt as the server spells them."""
        return {name.decode("latin-1"): value.decode("latin-1") for name, value in self.response.headers.raw}

    @property
    def content(self) -> bytes:
        """The body."""
        return self.response.content

    @property
    def text(self) -> str:
        """The body as text: in the character set that the server names, else UTF-8."""
        return self.response.text

    def header(self, name: str) -> str:
        """Return a header however it is spelt, or an empty text."""
        return str(self.response.headers.get(name, ""))

    def json(self) -> Any:
        """Return the decoded body. Raises ValueError when it is not JSON."""
        return stdlib_json.loads(self.response.content)

    def iter_content(self, chunk_size: int = 65536) -> Iterator[bytes]:
        """Yield the body in pieces."""
        for start in range(0, len(self.content), chunk_size):
            yield self.content[start : start + chunk_size]

    def raise_for_status(self) -> None:
        """Raise HTTPError when the server refused, with what it said."""
        if not self.ok:
            side = "Client" if self.status_code < 500 else "Server"
            message = f"{self.status_code} {side} Error: {self.reason} for url: {self.url} {self._told()}"
            raise failure(HTTPError, message.rstrip(), response=self)

    def _told(self) -> str:
        """Return the sentence that the server put into its answer, if it did."""
        try:
            answer = self.json()
        except ValueError:
            return ""
        return str(answer.get("message") or answer.get("detail") or "") if isinstance(answer, dict) else ""


def send(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str | None] | None = None,
    params: Mapping[str, Any] | None = None,
    content: bytes | str | None = None,
    json: Any = None,
    files: Mapping[str, Any] | None = None,
    timeout: Timeout = 30.0,
    verify: Verify = True,
) -> Reply:
    """Make one call and return the answer, whatever its status. Raises CallFailed when there is none.

    A header or parameter of None is left out. `json` may be anything that the standard library can write. A GET
    follows redirects, without its secrets when they lead to another server; nothing else does.
    """
    if json is not None:
        content = stdlib_json.dumps(json)
        headers = {"Content-Type": "application/json", **(headers or {})}
    with _failures(url):
        client = _client_for(url, verify)
        request = client.build_request(
            method,
            _with_query(url, params or {}),
            headers=_written(headers or {}),
            content=content,
            files=files,
            timeout=_timeout(timeout),
        )
        return Reply(_follow(client, request))


@contextmanager
def stream(
    method: str, url: str, *, json: Any, timeout: Timeout = 30.0, verify: Verify = True
) -> Iterator[tuple[Reply, Iterator[bytes]]]:
    """Make one call and yield the answer with its body in pieces, which are not held in memory.

    The body of a refusal is read at once, so that the answer can be asked for it. Raises CallFailed as `send` does,
    also while the pieces are read.
    """
    headers = {"Content-Type": "application/json"}
    with _failures(url):
        client = _client_for(url, verify)
        request = client.build_request(
            method, url, headers=headers, content=stdlib_json.dumps(json), timeout=_timeout(timeout)
        )
        response = client.send(request, stream=True)
    try:
        if response.status_code >= 400:
            with _failures(url):
                response.read()
        yield Reply(response), _pieces(response, url)
    finally:
        response.close()


def _pieces(response: httpx2.Response, url: str) -> Iterator[bytes]:
    with _failures(url):
        yield from response.iter_bytes()


@contextmanager
def _failures(url: str) -> Iterator[None]:
    """Raise what HTTP failed with as a CallFailed."""
    import httpx2

    try:
        yield
    except httpx2.TimeoutException as error:
        raise failure(TimedOut, f"No answer from {origin(url)} in time ({_kind(error)}).") from error
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as error:
        raise failure(InvalidAddress, f'"{url}" is not an address: {error}') from error
    except httpx2.HTTPError as error:
        raise failure(Unreachable, f"No answer from {origin(url)}: {_kind(error)}.") from error


def _written(headers: Mapping[str, str | None]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items() if value is not None]


def address(text: str) -> str:
    """Return the address of a server without a slash at its end.

    A bare name ("maestro.example.org", "localhost:8080") gets its scheme: http on this machine, https elsewhere.
    """
    text = text.rstrip("/")
    if "://" in text:
        return text
    host = urlsplit(f"//{text}").hostname
    return f"{'http' if host in _LOOPBACK else 'https'}://{text}"


def segment(text: object) -> str:
    """Return a label or an id as one segment of a path, whatever characters it has."""
    return quote(str(text), safe="")


def origin(url: str) -> str:
    """Return what a message may show of an address: no query, which may hold secrets."""
    return url.partition("?")[0]


def _with_query(url: str, params: Mapping[str, Any]) -> str:
    given = {name: value for name, value in params.items() if value is not None}
    return f"{url}{'&' if '?' in url else '?'}{urlencode(given, doseq=True)}" if given else url


def close() -> None:
    """Close this process's idle connections; the next call opens new ones."""
    own = [key for key in _clients if key[0] == os.getpid()]
    for key in own:
        _clients.pop(key).close()


atexit.register(close)


def _client_for(url: str, verify: Verify) -> httpx2.Client:
    return _client(verify if url[:6].lower() == "https:" else False)


def _client(verify: Verify) -> httpx2.Client:
    key = (os.getpid(), verify)
    client = _clients.get(key)
    if client is None:
        made = _open(verify)
        client = _clients.setdefault(key, made)  # of two threads that come first, one wins
        if client is not made:
            made.close()
    return client


def _open(verify: Verify) -> httpx2.Client:
    import httpx2

    from botyard import __version__

    return httpx2.Client(
        verify=_context(verify),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        limits=httpx2.Limits(max_connections=None, max_keepalive_connections=20, keepalive_expiry=_KEEP_SECONDS),
        mounts={f"all://{f'[{host}]' if ':' in host else host}": None for host in _LOOPBACK},  # never through a proxy
        headers={"user-agent": f"botyard-sdk/{__version__}"},
    )


def _context(verify: Verify) -> ssl.SSLContext | bool:
    """Return what checks certificates: the given authorities, those of the environment, or the usual ones."""
    if verify is False:
        return False
    place = verify if isinstance(verify, str) else _environment("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
    if not place:
        return True
    folder = Path(place).is_dir()
    return ssl.create_default_context(capath=place if folder else None, cafile=None if folder else place)


def _environment(*names: str) -> str:
    return next((os.environ[name] for name in names if os.environ.get(name)), "")


def _timeout(value: Timeout) -> httpx2.Timeout:
    import httpx2

    if isinstance(value, tuple):
        connect, read = value
        return httpx2.Timeout(connect=connect, read=read, write=read, pool=None)
    return httpx2.Timeout(value, pool=None)


def _follow(client: httpx2.Client, request: httpx2.Request) -> httpx2.Response:
    response = client.send(request)
    hops = _MAX_REDIRECTS if request.method == "GET" else 0
    while response.next_request is not None and hops:
        following, hops = response.next_request, hops - 1
        if following.url.origin != request.url.origin:
            for name in _SECRET_HEADERS:
                following.headers.pop(name, None)
        response = client.send(following)
    return response


def _kind(error: Exception) -> str:
    return str(error) or type(error).__name__


__all__ = ["CallFailed", "Reply", "Timeout", "Verify", "address", "close", "origin", "segment", "send", "stream"]
