"""A real server: the main port, the port for ELMA's callers, `connect elma`, and systems in a workspace file."""

from __future__ import annotations

import json
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from botyard.base.exceptions import Invalid
from botyard.base.settings import Settings
from tests.support.processes import BOTYARD, Server, clean_environment, free_port, make_server, wait_until

TOKEN = "5d5ec66f-357d-4c2d-bbc1-2012278d2361"
FILE = f"""\
automations:
  - label: TestCI
    name: CI sample
    parameters:
      - {{name: IntParam_in, type: int}}
systems:
  - {{name: BPM, token: {TOKEN}, processes: [TestCI]}}
  - {{name: ERP, token: {{env: ERP_TOKEN}}}}
"""


@pytest.fixture
def elma(tmp_path: Path, data: Path, database_url: str | None) -> Iterator[tuple[Server, str]]:
    """Yield a server with a port for ELMA's callers, and the address of that port."""
    port = free_port()
    server = make_server(tmp_path, data, database_url, "--no-runner", "--elma-port", str(port))
    try:
        server.start_ready()
        yield server, f"http://127.0.0.1:{port}"
    finally:
        server.stop()


def post(url: str, route: str, body: Any) -> tuple[int, dict[str, Any]]:
    """Return the status of HTTP and the body of an answer."""
    request = urllib.request.Request(f"{url}/v1/{route}", json.dumps(body).encode(), method="POST")
    try:
        with urllib.request.urlopen(request, timeout=20) as reply:
            return reply.status, json.loads(reply.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def test_both_ports_answer_the_same_and_stop_together(elma: tuple[Server, str], tmp_path: Path) -> None:
    server, side = elma
    assert post(server.url, "repository/actual", {"auth_tkn": TOKEN})[0] == 404
    (tmp_path / "ws.yaml").write_text(FILE)
    declared = subprocess.run(
        [str(BOTYARD), "apply", str(tmp_path / "ws.yaml"), "--data", str(server.data)],
        env=clean_environment(ERP_TOKEN="6d5ec66f-357d-4c2d-bbc1-2012278d2361"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert declared.returncode == 0, declared.stderr
    assert TOKEN not in declared.stdout
    made = server.json("connect", "elma")
    assert made == {"url": server.url, "auth_tkn": made["auth_tkn"]}
    for token in (TOKEN, "6d5ec66f-357d-4c2d-bbc1-2012278d2361", made["auth_tkn"]):
        for url in (server.url, side):
            status, listed = post(url, "repository/actual", {"auth_tkn": token})
            assert (status, listed["total"], listed["process"][0]["name"]) == (200, 1, "CI sample")
    task = {"process": listed["process"][0]["token"], "ctx": '{"IntParam_in": 7}'}
    _, created = post(side, "orchestra/task/create", {"auth_tkn": TOKEN, "task": task})
    _, told = post(made["url"], "orchestra/task/status", {"auth_tkn": TOKEN, "id": created["task"]["id"]})
    assert (created["task"]["status"], told["task"]["status"]) == ("PREPARE", "QUEUE")
    assert post(side, "x", {})[0] == 404
    assert server.stop() == 0
    with pytest.raises(urllib.error.URLError):
        post(side, "x", {})


@pytest.mark.parametrize("backend", ["postgres"])  # only one server at a time opens an SQLite file
def test_another_server_learns_of_a_lock_at_once(
    elma: tuple[Server, str], tmp_path: Path, database_url: str | None
) -> None:
    server, side = elma
    (tmp_path / "second").mkdir()
    # Servers that share a database share the pepper that tokens are hashed with.
    pepper = {"BOTYARD_PEPPER_FILE": str(server.data / "pepper"), "BOTYARD_KEY_FILE": str(server.data / "root.key")}
    second = make_server(tmp_path / "second", tmp_path / "second" / "data", database_url, "--no-runner", **pepper)
    second.start_ready()
    try:
        made = server.json("connect", "elma")
        body = {"auth_tkn": made["auth_tkn"], "id": 1}
        assert [post(url, "orchestra/task/status", body)[1]["status"] for url in (side, second.url)] == [404, 404]
        (system,) = native(second, "GET", "/systems")["systems"]
        native(second, "POST", f"/systems/{system['id']}/lock")
        wait_until(
            lambda: post(side, "orchestra/task/status", body)[1]["status"] == 403, seconds=5, what="the other's refusal"
        )
    finally:
        second.stop()


def native(server: Server, method: str, path: str) -> Any:
    """Make one call of the native protocol as the local administrator."""
    token = json.loads((server.data / "server.json").read_text())["token"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    content = b"{}" if method == "POST" else None
    request = urllib.request.Request(f"{server.url}/api/v1{path}", content, headers, method=method)
    with urllib.request.urlopen(request, timeout=20) as reply:
        return json.loads(reply.read())


@pytest.mark.parametrize("port", [0, -1, 70000, 8080])
def test_a_port_that_cannot_be_is_named(port: int) -> None:
    with pytest.raises(Invalid) as refused:
        Settings.load({"BOTYARD_ELMA_PORT": str(port)}, port=8080)
    assert refused.value.field == "elma_port"


def test_a_port_that_is_taken_is_told_and_nothing_starts(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        number = str(holder.getsockname()[1])
        done = subprocess.run(
            [str(BOTYARD), "up", "--port", str(free_port()), "--elma-port", number, "--data", str(tmp_path / "d")],
            env=clean_environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode != 0
    assert f"port {number}" in done.stderr
    assert "--elma-port" in done.stderr
    assert "Traceback" not in done.stderr
