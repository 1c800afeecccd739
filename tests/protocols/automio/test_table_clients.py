"""The unmodified clients of Automio, and ours, read and write tables through a real server, as their manual shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.support.automio import CLIENTS, run
from tests.support.processes import Server, make_server

WORKSPACE = """
apps:
  - id: 130
    slug: shop
    tables:
      - name: orders
        fields:
          - {name: orderId, type: text, required: true, unique: true}
          - {name: buyerLogin, type: text}
          - {name: delivered, type: boolean}
      - name: messages
        fields:
          - {name: order, type: foreign_key, to: orders, on_delete: cascade}
          - {name: messageContent, type: text}
      - name: billing_entries
        fields:
          - {name: allegroId, type: text, unique: true}
          - {name: occurredAt, type: datetime}
          - {name: type, type: text}
          - {name: value, type: number}
          - {name: balance, type: number}
"""


@pytest.fixture
def server(tmp_path: Path, data: Path, database_url: str | None) -> Iterator[Server]:
    """Yield a running server."""
    process = make_server(tmp_path, data, database_url, "--no-runner")
    try:
        process.start_ready()
        yield process
    finally:
        process.stop()


def test_the_clients_do_everything_that_the_manual_says_of_tables(server: Server, tmp_path: Path) -> None:
    (tmp_path / "ws.yaml").write_text(WORKSPACE)
    server.cli("apply", str(tmp_path / "ws.yaml"))
    assert "Nothing to change" in server.cli("apply", str(tmp_path / "ws.yaml")).stdout
    env = server.json("connect", "automio", "--app", "130")["env"]
    forget = {"query": "mutation { a: delete_app_130_orders(where: {}) { affected_rows } }"}
    for client, module in CLIENTS.items():
        assert run(client, "tables.py", env, tmp_path, module, env["ORGANIZATION_ID"]).endswith("fine\n")
        header = {"Authorization": f"App-Token {env['APP_TOKEN']}"}
        answer = httpx2.post(f"{server.url}/api/apps/graphql/", json=forget, headers=header).json()
        assert answer["data"] == {"a": {"affected_rows": 1}}
