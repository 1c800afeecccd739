"""The unmodified clients of Automio, and ours, against a real server and a real runner."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.automio import CLIENTS, OURS, run
from tests.support.processes import Process, Server

WORKSPACE = """
integrations: [{id: mail, name: Mail, version: "1", base_url: "https://mail.example"}]
apps:
  - id: 130
    slug: shop
    tables: []
    actions:
      - {slug: double, name: Double, type: app_action, code: double.py}
      - {slug: robot, name: Robot, type: app_action, code: double.py, requirements: ["robotnikai==0.2.11"]}
      - {slug: wait, name: Wait, code: wait.py, requirements: ["automio==0.5.7"]}
"""

DOUBLE = """import os
import sys

n = USER_INPUT.get("n", 1)
print(f"doubling {n} … Å")
print("a\\u2028b", file=sys.stderr)
assert api.actions.list()
assert not os.path.exists(".env")
assert (TRIGGER_EVENT, WEBHOOK_PAYLOAD) == (None, None)


def main():
    return {"doubled": n * 2, "rows": SELECTED_ROWS, "connection": CONNECTION_ID}
"""
WAIT = """import time

print("waiting")
time.sleep(60)
"""


def declare(server: Server, tmp_path: Path) -> dict[str, str]:
    """Apply the workspace, and return the variables of the app."""
    (tmp_path / "double.py").write_text(DOUBLE)
    (tmp_path / "wait.py").write_text(WAIT)
    (tmp_path / "workspace.yaml").write_text(WORKSPACE)
    server.cli("apply", str(tmp_path / "workspace.yaml"))
    assert "Nothing to change" in server.cli("apply", str(tmp_path / "workspace.yaml")).stdout
    connection: dict[str, Any] = server.json("connect", "automio")
    assert set(connection) == {"env"}
    assert all(isinstance(value, str) for value in connection["env"].values())
    assert "CONNECTION_ID" not in connection["env"]
    env: dict[str, str] = connection["env"]
    assert (env["APP_ID"], env["API_BASE_URL"]) == ("130", server.url)
    return env


def test_the_older_clients_run_actions_and_follow_them(server: Server, runner_process: Process, tmp_path: Path) -> None:
    assert runner_process.pid
    env = declare(server, tmp_path)
    for client, action in {"automio-0.1.6": "double", "robotnikai-0.2.11": "robot", OURS: "double"}.items():
        assert run(client, "old_outside.py", env, tmp_path, CLIENTS[client], action) == "fine\n"
    for client, module in CLIENTS.items():
        assert run(client, "denied.py", env, tmp_path, module) == "fine\n"


def test_the_newer_client_runs_stops_and_recovers_actions(
    server: Server, runner_process: Process, tmp_path: Path
) -> None:
    assert runner_process.pid
    env = declare(server, tmp_path)
    for client in ("automio-0.5.7", OURS):
        assert run(client, "new_outside.py", env, tmp_path) == "fine\n"
    check_deploying(server, tmp_path / "bot")


def check_deploying(server: Server, folder: Path) -> None:
    """Deploy a folder of several files as an action of the only app, and run it as a task."""
    folder.mkdir()
    (folder / "main.py").write_text("import helper\nRESULT = {'sum': helper.add(USER_INPUT['a'])}\n")
    (folder / "helper.py").write_text("def add(n):\n    return n + len(api.actions.list())\n")
    server.cli("deploy", str(folder), "--automation", "Add some", "--dialect", "automio")
    done = server.json("task", "run", "Add some", "--param", "a=4", "--wait")
    log = server.cli("task", "logs", str(done["id"])).stdout
    assert (done["state"], done["output"]) == ("succeeded", {"sum": 8}), log
    env = server.json("connect", "automio", "--app", "shop")["env"]
    assert (env["APP_ID"], env["APP_SLUG"]) == ("130", "shop")
