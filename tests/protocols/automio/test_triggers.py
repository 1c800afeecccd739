"""Rows that change start actions of a real server, once, whatever happens to the server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.support.processes import Server, make_server, wait_until

WORKSPACE = """
apps:
  - id: 130
    slug: shop
    tables:
      - {name: orders, fields: [{name: orderId, type: text, unique: true}]}
    actions:
      - {slug: watch, type: trigger_action, table: orders, on: [insert], code: watch.py}
"""
INSERT = """mutation ($o: [app_130_orders_insert_input!]!) {
  insert_app_130_orders(objects: $o) { affected_rows } }"""
TURNS = 3
BATCHES = 8
OK = 200


@pytest.fixture
def server(tmp_path: Path, data: Path, database_url: str | None) -> Iterator[Server]:
    """Yield a running server."""
    process = make_server(tmp_path, data, database_url, "--no-runner")
    try:
        process.start_ready()
        yield process
    finally:
        process.stop()


def test_each_batch_of_rows_starts_one_run_though_the_server_is_killed(server: Server, tmp_path: Path) -> None:
    (tmp_path / "ws.yaml").write_text(WORKSPACE)
    (tmp_path / "watch.py").write_text("RESULT = TRIGGER_EVENT\n")
    server.cli("apply", str(tmp_path / "ws.yaml"))
    env = server.json("connect", "automio", "--app", "130")["env"]
    header = {"Authorization": f"App-Token {env['APP_TOKEN']}"}

    def run() -> dict[str, int]:
        found: dict[str, int] = httpx2.post(f"{server.url}/api/actions/watch/run/", headers=header).json()
        return found

    first = run()
    for turn in range(TURNS):
        for number in range(BATCHES):
            body = {"query": INSERT, "variables": {"o": [{"orderId": f"{turn}-{number}"}]}}
            answer = httpx2.post(f"{server.url}/api/apps/graphql/", json=body, headers=header)
            assert "errors" not in answer.json()
        server.kill()
        server.start_ready()
    last = f"{server.url}/api/actions/runs/{first['run_id'] + TURNS * BATCHES}/status/"
    wait_until(lambda: httpx2.get(last, headers=header).status_code == OK)
    assert run()["run_number"] == first["run_number"] + TURNS * BATCHES + 1
