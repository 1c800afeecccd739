"""A bot that a runner starts, on a real server: with each unmodified client package, and with our drop-in module."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support.processes import Server, clean_environment

BOTS = Path(__file__).parent / "bots"
LABEL = "TestCI"
SDKS = ("botcity-0.3.4", "botcity-0.5.1", "botcity-0.6.0", "botcity-0.9.1", "botyard.sdk.botcity")

Command = Callable[[str], list[str]]


@dataclass(frozen=True)
class Connected:
    """A server with the automation that the clients expect, and a key for it."""

    server: Server
    login: str
    key: str

    def connect(self, dialect: str) -> Any:
        """Return what a client of a dialect has to be given."""
        with administrator(self.server) as client:
            return client.post("/api/v1/connect", json={"dialect": dialect}).raise_for_status().json()


def administrator(server: Server) -> httpx2.Client:
    """Return a client with the token of whoever may read the server's data folder."""
    token = json.loads((server.data / "server.json").read_bytes())["token"]
    return httpx2.Client(base_url=server.url, headers={"authorization": f"Bearer {token}"})


@pytest.fixture
def connected(server: Server) -> Connected:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("bot.py", "raise SystemExit('never run: these tests start no runner')\n")
    with administrator(server) as client:
        address = f"/api/v1/automations/{LABEL}/deploy"
        headers = {"content-type": "application/zip"}
        client.post(address, content=package.getvalue(), headers=headers).raise_for_status()
    keys = Connected(server, "", "").connect("botcity")
    assert keys["server"] == server.url
    return Connected(server, keys["login"], keys["key"])


def run(command: list[str], script: str, *arguments: str) -> str:
    done = subprocess.run(
        [*command, str(BOTS / script), *arguments],
        env=clean_environment(PYTHONWARNINGS="ignore"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("sdk", SDKS)
def test_a_bot_works_with_the_token_of_its_attempt(sdk: str, connected: Connected, client_command: Command) -> None:
    with httpx2.Client(base_url=connected.server.url) as client:
        client.headers["token"] = log_in(client, connected)
        fill_datapool(client)
        lease = lease_task(client, connected)
        arguments = (connected.server.url, str(lease["task"]), lease["token"], "default")
        command = client_command(sdk)
        run(command, "sdk_credentials.py", *arguments)
        if sdk != "botcity-0.3.4":  # which knows no datapools
            assert run(command, "sdk_datapools.py", *arguments).split() == ["4"]
            check_datapool(client, lease["task"])
        run(command, "sdk_as_bot.py", *arguments)
        task = client.get(f"/api/v2/task/{lease['task']}").json()
        assert (task["state"], task["finishStatus"], task["finishMessage"]) == ("FINISHED", "SUCCESS", "done")
        files = client.get(f"/api/v2/artifact?taskId={lease['task']}").json()
        assert [row["fileName"] for row in files["content"]] == ["result.txt"]


def fill_datapool(client: httpx2.Client) -> None:
    client.post("/api/v2/datapool", json={"label": "for bots"}).raise_for_status()
    for number in range(3):
        client.post("/api/v2/datapool/for bots/push", json={"values": {"n": number}}).raise_for_status()


def check_datapool(client: httpx2.Client, task_id: int) -> None:
    summary = client.get("/api/v2/datapool/for bots/summary").json()
    assert (summary["countDone"], summary["countPending"]) == (4, 0)
    rows = client.get("/api/v2/datapool/for bots/view").json()["content"]
    assert {row["taskId"] for row in rows} == {str(task_id)}
    assert {row["runner"] for row in rows} == {"by-hand"}


def log_in(client: httpx2.Client, connected: Connected) -> str:
    reply = client.post("/api/v2/workspace/login", json={"login": connected.login, "key": connected.key})
    token: str = reply.json()["accessToken"]
    return token


def lease_task(client: httpx2.Client, connected: Connected) -> dict[str, Any]:
    """Create a task and lease it the way a runner does; return the lease."""
    token = log_in(client, connected)
    task = {"activityLabel": LABEL, "parameters": {"invoice": 7}}
    client.post("/api/v2/task", json=task, headers={"token": token}).raise_for_status()
    joining = connected.connect("runner")
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
