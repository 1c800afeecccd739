"""The other system: a small warehouse API, standard library only: python warehouse.py [PORT].

It wants a key, pages its products, takes its time, and refuses one page of seven when it is asked for the first time.
With every look at the first page something is sold.
"""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

KEY = "Bearer warehouse-key"
PRODUCTS = 400
SECONDS = 0.1


class Warehouse(ThreadingHTTPServer):
    """The server with its stock."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int = 8098) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.guard = threading.Lock()
        self.looks = 0
        self.refused: set[int] = set()
        self.stock = [number * 7 % 101 for number in range(PRODUCTS)]

    def look(self, page: int) -> bool:
        """Note that a page is asked for; return whether it is refused."""
        with self.guard:
            if page == 1:
                self.looks += 1
                self.stock = [max(0, free - 1) if number % 10 == 3 else free for number, free in enumerate(self.stock)]
            refused = page % 7 == 0 and page not in self.refused
            self.refused.add(page)
            return refused


class Handler(BaseHTTPRequestHandler):
    """Answers one request after the other."""

    protocol_version = "HTTP/1.1"
    server: Warehouse

    def do_GET(self) -> None:
        """Answer with a page of products."""
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        page, size = int(query.get("page", 1)), int(query.get("per_page", 20))
        time.sleep(SECONDS)
        if self.headers.get("Authorization") != KEY:
            self.answer(401, {"error": "This needs the key."})
        elif parts.path != "/products":
            self.answer(404, {"error": "There are only products here."})
        elif self.server.look(page):
            self.answer(503, {"error": "The warehouse is busy. Ask again."})
        else:
            numbers = range((page - 1) * size, min(page * size, PRODUCTS))
            items = [
                {"code": f"P-{n:04}", "title": f"Product {n}", "stock": {"free": self.server.stock[n]}} for n in numbers
            ]
            self.answer(200, {"page": page, "pages": -(-PRODUCTS // size), "items": items})

    def answer(self, status: int, body: dict) -> None:
        """Send JSON."""
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    with Warehouse(*map(int, sys.argv[1:2])) as warehouse:
        print(f"The warehouse is at http://127.0.0.1:{warehouse.server_address[1]}", flush=True)
        warehouse.serve_forever()
