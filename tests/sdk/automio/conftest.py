"""A server with an app, tables and integrations, which all tests of the drop-in share."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from botyard.sdk.automio.wrapper import API, RETRY_DELAYS_SECONDS
from tests.support.peer import Peer, running_peer
from tests.support.processes import Server

WORKSPACE = """
apps:
  - id: 130
    slug: shop
    tables:
      - {{name: orders, fields: [{{name: orderId, type: text, unique: true}}, {{name: connected, type: boolean}}]}}
      - {{name: data_table, fields: [{{name: text, type: text}}]}}
    actions: [{{slug: nightly, name: Nightly, type: app_action, code: nightly.py}}]
integrations:
  - {{id: github, name: GitHub, version: "1", base_url: "{url}", allow_private_network: true}}
  - {{id: service_name, name: Service, version: "1", base_url: "{url}", allow_private_network: true}}
  - id: allegro_sandbox
    name: Allegro
    version: "1"
    base_url: {url}
    allow_private_network: true
    auth: {{kind: api_key, scheme: Bearer}}
    connections: [{{name: user@domain.com, key: k-1, apps: [130]}}, {{name: eva, key: k-2, apps: [130]}}]
  - id: api_service
    name: Service
    version: "1"
    base_url: {url}
    allow_private_network: true
    auth: {{kind: api_key, scheme: Bearer}}
    connections: [{{name: user@domain.com, key: k-1, apps: [130]}}]
"""


class Things(BaseHTTPRequestHandler):
    """Another system, which has something to say about every path except those that end in "missing"."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        pdf = parts.path.endswith("pdf")
        found = {"name": parts.path, "query": parts.query, "items": [{"id": "1"}, {"id": "2"}]}
        body = b"%PDF" if pdf else json.dumps(found).encode()
        self.send_response(404 if parts.path.endswith("missing") else 200)
        self.send_header("Content-Type", "application/pdf" if pdf else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def shop(live: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Yield the variables of an app that may call another system."""
    folder = tmp_path_factory.mktemp("shop")
    with ThreadingHTTPServer(("127.0.0.1", 0), Things) as things:
        thread = threading.Thread(target=lambda: things.serve_forever(poll_interval=0.05), daemon=True)
        thread.start()
        (folder / "nightly.py").write_text("print('working')\nRESULT = 1\n")
        url = f"http://127.0.0.1:{things.server_address[1]}"
        (folder / "workspace.yaml").write_text(WORKSPACE.format(url=url))
        live.cli("apply", str(folder / "workspace.yaml"))
        env: dict[str, str] = live.json("connect", "automio", "--app", "130")["env"]
        yield env
        things.shutdown()
        thread.join()


@pytest.fixture
def variables(shop: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """Put the variables of the app into this process's environment, and return them."""
    monkeypatch.chdir(tmp_path)
    for name, value in shop.items():
        monkeypatch.setenv(name, value)
    return shop


@pytest.fixture
def peer() -> Iterator[Peer]:
    with running_peer() as server:
        yield server


@pytest.fixture
def api(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> Iterator[API]:
    """Yield a client; it fails the test when it sleeps."""
    variables = {"API_BASE_URL": peer.url, "APP_TOKEN": "by_app_1", "APP_ID": "130", "TASK_ID": "t"}
    for name, value in {**variables, "CACHE_SERVICE_URL": f"{peer.url}/cache/", "CACHE_SERVICE_TOKEN": "c"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("CONNECTION_ID", raising=False)
    monkeypatch.setattr(time, "sleep", slept)
    with API() as client:
        yield client


@pytest.fixture
def hasty() -> Iterator[None]:
    """Let what has to wait do so without taking time."""
    before = list(RETRY_DELAYS_SECONDS)
    RETRY_DELAYS_SECONDS[:] = [0.0, 0.0]
    yield
    RETRY_DELAYS_SECONDS[:] = before


def slept(seconds: float) -> None:
    assert seconds == 0, f"the client sleeps for {seconds} s"
