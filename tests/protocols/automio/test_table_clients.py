"""The unmodified clients of Automio read and write tables through a real server, as their manual shows."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from tests.support.processes import Server, clean_environment, make_server

BOT = Path(__file__).parent / "bots" / "tables.py"
CLIENTS = {"automio-0.1.6": "automio", "robotnikai-0.2.11": "robotnikai", "automio-0.5.7": "automio"}
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


def test_the_clients_do_everything_that_the_manual_says_of_tables(
    server: Server, client_python: Callable[[str], Path], tmp_path: Path
) -> None:
    (tmp_path / "ws.yaml").write_text(WORKSPACE)
    server.cli("apply", str(tmp_path / "ws.yaml"))
    assert "Nothing to change" in server.cli("apply", str(tmp_path / "ws.yaml")).stdout
    env = server.json("connect", "automio", "--app", "130")["env"]
    forget = {"query": "mutation { a: delete_app_130_orders(where: {}) { affected_rows } }"}
    for client, module in CLIENTS.items():
        done = subprocess.run(
            [str(client_python(client)), str(BOT), module, env["ORGANIZATION_ID"]],
            env=clean_environment(**env),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{client}: {done.stdout}{done.stderr[-3000:]}"
        assert done.stdout.endswith("fine\n")
        header = {"Authorization": f"App-Token {env['APP_TOKEN']}"}
        answer = httpx2.post(f"{server.url}/api/apps/graphql/", json=forget, headers=header).json()
        assert answer["data"] == {"a": {"affected_rows": 1}}
