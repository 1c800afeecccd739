"""A small HTTP server that answers what a test prepared, to see what a client makes of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = dict[str, Any] | list[Any] | bytes | None


class Peer(ThreadingHTTPServer):
    """Answers each request with the next of the prepared answers, the last one for ever."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[tuple[int, Answer, dict[str, str]]] = [(200, {}, {})]
        self.seen: list[tuple[str, str, str, bytes]] = []
        self.heads: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        """Return the address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def prepare(self, *answers: tuple[int, Answer]) -> None:
        """Set what is answered: status and JSON body, or bytes; a status of 0 closes the connection instead."""
        self.answers = [(status, body, {}) for status, body in answers]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Peer

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def log_message(self, *_: object) -> None:
        pass

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _answer(self) -> None:
        body = self._body()
        peer = self.server
        peer.heads.append({name.lower(): value for name, value in self.headers.items()})
        peer.seen.append((self.command, self.path, self.headers.get("Authorization", ""), body))
        status, answer, headers = peer.answers.pop(0) if len(peer.answers) > 1 else peer.answers[0]
        if status == 0:
            self.close_connection = True
            return
        content = answer if isinstance(answer, bytes) else b"" if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" in headers:
            # Less comes than was promised.
            self.close_connection = True
        else:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def running_peer() -> Iterator[Peer]:
    """Yield a running server."""
    with Peer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()
