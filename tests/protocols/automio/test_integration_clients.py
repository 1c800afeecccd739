"""The unmodified clients of Automio, and ours, call integrations through a real server; none of them ever sleeps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.automio import CLIENTS, run
from tests.support.otherapi import OtherApi, other_api
from tests.support.processes import Server, make_server

__all__ = ["other_api"]

WORKSPACE = """
apps:
  - {{id: 130, slug: shop, tables: [{{name: orders, fields: [{{name: orderId, type: text}}]}}]}}
  - {{id: 131, slug: other}}
integrations:
  - id: allegro_sandbox
    name: Allegro
    version: "1"
    base_url: {url}
    allow_private_network: true
    auth: {{kind: api_key, scheme: Bearer}}
    connections:
      - {{name: joe@example.com, key: k-1, apps: [130]}}
      - {{name: hidden@example.com, key: k-3, apps: [131]}}
      - {{name: eva@example.com, key: {{env: EVAS_KEY}}, apps: [130]}}
  - {{id: open, name: Open, version: "1", base_url: "{url}", allow_private_network: true}}
  - {{id: shut, name: Shut, version: "1", base_url: "http://127.0.0.1:1", allow_private_network: true}}
  - {{id: nowhere, name: Nowhere, version: "1", base_url: "https://no-such-host.invalid"}}
  - id: whole
    name: {long}
    version: "1234567890"
    base_url: https://example.com
    description: All that the model has.
    accept: application/json
    headers: {{X-Client: botyard}}
    tags: [a, b]
    categories: [{{name: Shops, slug: shops}}]
    auth: {{kind: hmac, algorithm: sha256, fields: [body], header: "X-Sign: {{signature}}", key_format: hex}}
    connections: [{{name: h, key: "00ff", apps: [130]}}]
"""


@pytest.fixture
def server(tmp_path: Path, data: Path, database_url: str | None) -> Iterator[Server]:
    """Yield a running server that does not wait long for others."""
    process = make_server(tmp_path, data, database_url, "--no-runner")
    process.environment["BOTYARD_INTEGRATION_SECONDS"] = "3"
    try:
        process.start_ready()
        yield process
    finally:
        process.stop()


def test_the_clients_do_everything_of_the_manual(
    server: Server, other_api: OtherApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVAS_KEY", "k-2")
    (tmp_path / "ws.yaml").write_text(WORKSPACE.format(url=other_api.url, long="N" * 150))
    server.cli("apply", str(tmp_path / "ws.yaml"))
    assert "Nothing to change" in server.cli("apply", str(tmp_path / "ws.yaml")).stdout
    env = server.json("connect", "automio", "--app", "130")["env"]
    for client, module in CLIENTS.items():
        assert run(client, "calls.py", env, tmp_path, module, env["ORGANIZATION_ID"]).endswith("fine\n")
