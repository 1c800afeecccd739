"""An API of somebody else's on this machine: it echoes, misbehaves on request, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
TEXT = "Zażółć Å … \u2028 \u2029 \x85 😀"


@dataclass(frozen=True)
class Seen:
    """One request as it came."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes


class OtherApi(ThreadingHTTPServer):
    """Listens on a free port of this machine."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: list[Seen] = []
        self.release = threading.Event()
        self.busy = 0
        self.most_busy = 0
        self.guard = threading.Lock()

    @property
    def url(self) -> str:
        """Return the address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing about clients that leave."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: OtherApi
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        other = self.server
        parts = urlsplit(self.path)
        body = self._body()
        query = parse_qsl(parts.query, keep_blank_values=True)
        seen = Seen(self.command, parts.path, query, {k.lower(): v for k, v in self.headers.items()}, body)
        with other.guard:
            other.seen.append(seen)
            other.busy += 1
            other.most_busy = max(other.most_busy, other.busy)
        try:
            self._answer(seen, dict(query))
        finally:
            with other.guard:
                other.busy -= 1

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self, seen: Seen, query: dict[str, str]) -> None:
        name = seen.path.strip("/").split("/")[-1]
        answer = getattr(self, f"_{name}", None) if name.isalpha() else None
        if answer is not None and name not in ("answer", "body", "send", "json"):
            answer(query)
        elif name.isdigit() and seen.path.startswith("/status/"):
            self._json({"error": f"status {name}"}, int(name))
        else:
            self._json(
                {
                    "method": seen.method,
                    "path": seen.path,
                    "raw": self.path,
                    "query": seen.query,
                    "headers": seen.headers,
                    "body": seen.body.decode("latin-1"),
                }
            )

    def _json(self, value: Any, status: int = 200) -> None:
        self._send(json.dumps(value).encode(), status=status)

    def _send(
        self, body: bytes, kind: str = "application/json", status: int = 200, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _slow(self, query: dict[str, str]) -> None:
        time.sleep(float(query.get("ms", "100")) / 1000)
        self._json({"n": query.get("n")})

    def _hang(self, _: dict[str, str]) -> None:
        self.server.release.wait(30)
        self._json({})

    def _loop(self, _: dict[str, str]) -> None:
        self._send(b"", status=302, headers={"Location": "/loop"})

    def _elsewhere(self, _: dict[str, str]) -> None:
        self._send(b"", status=302, headers={"Location": "http://localhost:1/x"})

    def _giant(self, query: dict[str, str]) -> None:
        size = int(query.get("bytes", "1000000"))
        self._send(b'"' + b"x" * size + b'"')

    def _html(self, _: dict[str, str]) -> None:
        self._send(b"<p>Hi</p>", "text/html; charset=utf-8")

    def _png(self, _: dict[str, str]) -> None:
        self._send(PNG, "image/png")

    def _nan(self, _: dict[str, str]) -> None:
        self._send(b'{"a": NaN}')

    def _broken(self, _: dict[str, str]) -> None:
        self._send(b'{"a": ')

    def _unicode(self, _: dict[str, str]) -> None:
        self._send(json.dumps({"text": TEXT, "big": 12345678901234567890123}, ensure_ascii=False, indent=1).encode())

    def _latin(self, _: dict[str, str]) -> None:
        self._send("é".encode("latin-1"), "text/plain; charset=iso-8859-1")

    def _cookie(self, _: dict[str, str]) -> None:
        key = (self.headers.get("Authorization") or "").rpartition(" ")[2]
        self._send(b"[1]", headers={"Set-Cookie": "a=b", "X-Echo": key or "none", "X-Plain": "yes"})

    def _nothing(self, _: dict[str, str]) -> None:
        self.send_response(204)
        self.end_headers()

    def _drop(self, _: dict[str, str]) -> None:
        self.close_connection = True

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body


for _method in ("POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"):
    setattr(_Handler, f"do_{_method}", _Handler.do_GET)


@contextmanager
def running() -> Iterator[OtherApi]:
    """Yield a running one."""
    api = OtherApi()
    thread = threading.Thread(target=lambda: api.serve_forever(poll_interval=0.05), daemon=True)
    thread.start()
    yield api
    api.release.set()
    api.shutdown()
    api.server_close()
    thread.join()


@pytest.fixture
def other_api() -> Iterator[OtherApi]:
    """Yield an API of somebody else's."""
    with running() as api:
        yield api
