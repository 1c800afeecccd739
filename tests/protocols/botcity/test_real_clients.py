"""The unmodified client packages, each in an environment of its own, against a real server process."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support.processes import Server, clean_environment

BOTS = Path(__file__).parent / "bots"
LABEL = "TestCI"
SDKS = ("botcity-0.3.4", "botcity-0.5.1", "botcity-0.6.0", "botcity-0.9.1")

Interpreter = Callable[[str], Path]


@dataclass(frozen=True)
class Connected:
    """A server with the automation that the clients expect, and a key for it."""

    server: Server
    login: str
    key: str


@pytest.fixture
def connected(server: Server, tmp_path: Path) -> Connected:
    package = tmp_path / "bot"
    package.mkdir()
    (package / "bot.py").write_text("raise SystemExit('never run: these tests start no runner')\n")
    server.cli("deploy", str(package), "--automation", LABEL)
    keys = server.json("connect", "botcity")
    assert keys["server"] == server.url
    return Connected(server, keys["login"], keys["key"])


def run(python: Path, script: str, *arguments: str) -> str:
    done = subprocess.run(
        [str(python), str(BOTS / script), *arguments],
        env=clean_environment(PYTHONWARNINGS="ignore"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("sdk", SDKS)
def test_every_call_of_the_sdk_works_by_hand(sdk: str, connected: Connected, client_python: Interpreter) -> None:
    output = run(client_python(sdk), "sdk_by_hand.py", connected.server.url, connected.login, connected.key, LABEL)
    told = json.loads(output.splitlines()[-1])
    headers = {"authorization": f"Bearer {told['token']}"}
    alerts = httpx2.get(f"{connected.server.url}/api/v2/alerts?taskId={told['task']}", headers=headers).json()
    assert alerts["totalElements"] == 6


@pytest.mark.parametrize("sdk", SDKS)
def test_a_bot_works_with_the_token_of_its_attempt(sdk: str, connected: Connected, client_python: Interpreter) -> None:
    with httpx2.Client(base_url=connected.server.url) as client:
        lease = lease_task(client, connected)
        run(client_python(sdk), "sdk_as_bot.py", connected.server.url, str(lease["task"]), lease["token"], "default")
        token = log_in(client, connected)
        task = client.get(f"/api/v2/task/{lease['task']}", headers={"token": token}).json()
        assert (task["state"], task["finishStatus"], task["finishMessage"]) == ("FINISHED", "SUCCESS", "done")
        files = client.get(f"/api/v2/artifact?taskId={lease['task']}", headers={"token": token}).json()
        assert [row["fileName"] for row in files["content"]] == ["result.txt"]


def log_in(client: httpx2.Client, connected: Connected) -> str:
    reply = client.post("/api/v2/workspace/login", json={"login": connected.login, "key": connected.key})
    token: str = reply.json()["accessToken"]
    return token


def lease_task(client: httpx2.Client, connected: Connected) -> dict[str, Any]:
    """Create a task and lease it the way a runner does; return the lease."""
    token = log_in(client, connected)
    task = {"activityLabel": LABEL, "parameters": {"invoice": 7}}
    client.post("/api/v2/task", json=task, headers={"token": token}).raise_for_status()
    joining = connected.server.json("connect", "runner")
    identity = post(client, "/api/v1/runners/register", joining["token"], {"name": "by-hand", "slots": 1})
    reply = post(client, "/api/v1/runner/lease", identity["token"], {"free": 1, "claim": "c1", "wait": 5})
    lease: dict[str, Any] = reply["leases"][0]
    started = client.post(
        f"/api/v1/runner/attempts/{lease['attempt']}/start",
        json={},
        headers={"authorization": f"Bearer {identity['token']}"},
    )
    assert started.status_code == 204
    return lease


def post(client: httpx2.Client, path: str, token: str, body: dict[str, Any]) -> Any:
    reply = client.post(path, json=body, headers={"authorization": f"Bearer {token}"})
    assert reply.status_code < 300, reply.text
    return reply.json()
