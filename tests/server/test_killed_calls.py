"""A server killed in the middle of calling somebody: what it had begun is done by the next one."""

from __future__ import annotations

import contextlib
import json
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.peer import Peer
from tests.support.processes import Server, make_server, wait_until

pytestmark = pytest.mark.kill

WORKSPACE = """
automations:
  - label: billing
    parameters:
      - {name: File, type: file}
"""


@pytest.fixture
def open_server(tmp_path: Path, data: Path, database_url: str | None) -> Iterator[Server]:
    """Yield a running server that may call this machine."""
    process = make_server(tmp_path, data, database_url, "--no-runner", BOTYARD_ALLOW_PRIVATE_TARGETS="true")
    try:
        process.start_ready()
        yield process
    finally:
        process.stop()


class Receiver(Peer):
    """Hears a first call without answering, and answers those that follow."""

    def __init__(self) -> None:
        super().__init__()
        self.heard = threading.Event()
        self.release = threading.Event()

    def verify_request(self, request: Any, client_address: Any) -> bool:
        del request, client_address
        return True

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        if not self.heard.is_set():
            self.heard.set()
            self.release.wait(60)
            request.close()
            return
        super().process_request_thread(request, client_address)


def elma(server: Server, token: str, path: str, **body: Any) -> Any:
    """Call the server as a system does."""
    content = json.dumps({"auth_tkn": token, **body}).encode()
    request = urllib.request.Request(f"{server.url}/v1/orchestra/task/{path}", content)
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=20) as reply:
        return json.loads(reply.read())


@contextlib.contextmanager
def receiving() -> Iterator[Receiver]:
    with Receiver() as receiver:
        serving = threading.Thread(target=receiver.serve_forever, args=(0.01,))
        serving.start()
        yield receiver
        receiver.release.set()
        receiver.shutdown()
        serving.join()


@pytest.fixture
def callbacks() -> Iterator[Receiver]:
    """Yield who is told of the end of tasks."""
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def files() -> Iterator[Receiver]:
    """Yield who has the files of tasks."""
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def process(open_server: Server, tmp_path: Path) -> str:
    """Return the process that systems start; it takes a file."""
    bot = tmp_path / "bot"
    bot.mkdir()
    (bot / "main.py").write_text("print('hello')\n")
    (tmp_path / "workspace.yaml").write_text(WORKSPACE)
    open_server.cli("apply", str(tmp_path / "workspace.yaml"))
    return str(open_server.json("deploy", str(bot), "--automation", "billing")["process"])


def test_what_a_killed_server_had_begun_is_done_by_the_next(
    open_server: Server, process: str, callbacks: Receiver, files: Receiver
) -> None:
    """A call of somebody who waits and a file of a task, both under way when the server dies."""
    token = open_server.json("connect", "elma")["auth_tkn"]
    fetching = {"process": process, "version": 0, "ctx": json.dumps({"file": f"{files.url}/order.txt"})}
    prepared = elma(open_server, token, "create", task=fetching)
    assert prepared["task"]["status"] == "PREPARE", prepared
    telling = {"process": process, "version": 0, "ctx": "{}", "callback": f"{callbacks.url}/done"}
    made = elma(open_server, token, "create", task=telling)
    assert made["status"] == 201, made
    elma(open_server, token, "cancel", id=made["task"]["id"])
    assert callbacks.heard.wait(20)
    assert files.heard.wait(20)
    open_server.kill()
    open_server.start_ready()

    wait_until(lambda: callbacks.seen, seconds=60, what="the second call")
    method, path, _, body = callbacks.seen[0]
    assert (method, path) == ("POST", "/done")
    told = json.loads(body)
    assert (told["status"], told["task"]["id"], told["task"]["status"]) == (200, made["task"]["id"], "ERROR")
    assert token not in body.decode()
    wait_until(lambda: "callback.delivered" in open_server.output, what="the note that somebody was told")

    def status() -> str:
        return str(elma(open_server, token, "status", id=prepared["task"]["id"])["task"]["status"])

    wait_until(lambda: status() == "QUEUE", seconds=60, what="the task in the queue")
    assert [seen[:2] for seen in files.seen] == [("GET", "/order.txt")]
