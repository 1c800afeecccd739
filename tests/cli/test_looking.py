"""`logs`, `top`, `doctor`, `whoami` and `completion`."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from botyard.cli import exits
from botyard.cli.doctor import local
from botyard.cli.top import board
from botyard.sdk import Botyard
from tests.cli.conftest import Shell
from tests.support.processes import clean_environment


@pytest.fixture
def yard(shell: Shell) -> Any:
    token = json.loads((shell.server.data / "server.json").read_bytes())["token"]
    with Botyard(shell.server.url, token) as client:
        yield client


def test_who_the_key_stands_for_is_told(shell: Shell) -> None:
    assert shell.json("whoami")["workspace"] == "default"
    assert "Workspace" in shell.ok("whoami")


def test_logs_of_a_task_that_was_cancelled_end_with_how_it_ended(shell: Shell) -> None:
    shell.ok("automation", "create", "hello")
    task = str(shell.json("task", "run", "hello")["id"])
    shell.ok("task", "cancel", task)
    assert shell.run("logs", task).code == exits.OK
    followed = shell.run("logs", "-f", task)
    assert (followed.code, f"Task {task} cancelled" in followed.err) == (exits.TASK_NOT_SUCCEEDED, True)


def test_the_board_fits_eighty_columns_and_is_one_json_value(shell: Shell, yard: Botyard) -> None:
    shell.ok("automation", "create", "a-very-long-label-that-does-not-fit-into-a-narrow-terminal-at-all-" + "x" * 20)
    for label in ("first", "second", "third"):
        shell.ok("queue", "create", label)
        shell.ok("automation", "create", label)
        shell.ok("task", "run", label)
    seen = shell.json("top")
    assert [task["automation"] for task in seen["queued"]] == ["third", "second", "first"]
    frame = shell.ok("top", "--once")
    assert all(part in frame for part in ("Running", "Queued", "Queues", "Runners", "Faults", "third"))
    console = Console(width=80, file=StringIO())
    console.print(board.frame(board.look(yard), height=24))
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 24


def test_a_healthy_server_is_well(shell: Shell) -> None:
    shell.ok("credential", "create", "Bank", "--set", 'secrets={"password": "x"}')
    found = {check["name"]: check for check in shell.json("doctor", *_database(shell))}
    machine = {"python", "uv", "data", "space", "key file", "port", "database"}
    names = {*machine, "server", "version", "clock", "key", "runners", "tasks", "vault", "mail", "schedules"}
    assert set(found) == names
    assert [check for check in found.values() if check["verdict"] == "bad"] == []
    assert found["database"]["verdict"] == "ok"
    assert found["vault"]["text"] == "open"
    assert found["runners"]["verdict"] == "warn"
    assert "botyard connect runner" in found["runners"]["hint"]


def test_a_database_that_is_not_known_is_no_fault(shell: Shell) -> None:
    found = {check["name"]: check for check in shell.json("doctor")}
    assert found["database"]["verdict"] == ("warn" if _database(shell) else "ok")


def _database(shell: Shell) -> list[str]:
    address = shell.server.database_url
    return ["--database", address] if address else []


def test_what_is_bad_is_told_with_what_to_do(shell: Shell, tmp_path: Path) -> None:
    empty = tmp_path / "absent"
    looked = shell.run("doctor", data=empty)
    assert looked.code == exits.TASK_NOT_SUCCEEDED
    assert f"bad   data: {empty} does not exist." in looked.out
    assert "botyard up" in looked.out
    wrong = shell.run("doctor", "--server", shell.server.url, "--token", "wrong", "--json")
    assert wrong.code == exits.TASK_NOT_SUCCEEDED
    assert [check["name"] for check in json.loads(wrong.out) if check["verdict"] == "bad"] == ["key"]
    gone = shell.run("doctor", "--server", "http://127.0.0.1:9", "--token", "x")
    assert "does not answer" in gone.out


def test_what_others_can_read_is_told(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    data.chmod(0o755)
    (data / "root.key").write_text("x")
    (data / "root.key").chmod(0o644)
    found = {check.name: check for check in local.look(data)}
    assert found["data"].hint == f"chmod 700 {data}"
    assert found["key file"].hint == f"chmod 600 {data / 'root.key'}"
    assert found["database"].verdict == "bad"


@pytest.mark.parametrize("shell_name", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(shell_name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "botyard", "completion", shell_name], capture_output=True, text=True, check=True
    )
    assert "_BOTYARD_COMPLETE" in done.stdout


def test_labels_are_completed_from_the_server(shell: Shell) -> None:
    shell.ok("queue", "create", "complete-me")

    def completed(words: str, data: Path) -> list[str]:
        environment = clean_environment(
            COMP_WORDS=words, COMP_CWORD="3", _BOTYARD_COMPLETE="complete_bash", BOTYARD_DATA=str(data)
        )
        done = subprocess.run(
            [sys.executable, "-m", "botyard"], env=environment, capture_output=True, text=True, check=False
        )
        assert done.stderr == ""
        return done.stdout.split()

    assert completed("botyard queue show comp", shell.server.data) == ["complete-me"]
    assert completed("botyard queue show comp", shell.server.data / "absent") == []


def _drawn(terminal: int, wanted: bytes) -> bytes:
    """Read what is drawn until something is there, for at most twenty seconds."""
    seen, end = b"", time.monotonic() + 20
    while wanted not in seen:
        assert select.select([terminal], [], [], max(0.0, end - time.monotonic()))[0], seen[-2000:]
        seen += os.read(terminal, 65536)
    return seen


def test_rows_of_the_board_share_the_height() -> None:
    assert board.rooms([0, 20, 3, 1, 0], 24) == [0, 2, 3, 1, 0]
    assert board.rooms([20, 20, 20, 20, 20], 5) == [1, 1, 1, 1, 1]
    assert board.rooms([1, 1, 1, 1, 1], 60) == [1, 1, 1, 1, 1]


def test_the_live_board_is_drawn_and_ended_with_a_key(shell: Shell) -> None:
    ours, theirs = pty.openpty()
    environment = clean_environment(BOTYARD_DATA=str(shell.server.data), TERM="xterm", COLUMNS="80", LINES="60")
    board_process = subprocess.Popen(
        [sys.executable, "-m", "botyard", "top"], stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    )
    seen = b""
    try:
        seen = _drawn(ours, b"Faults")
        shell.ok("queue", "create", "aa-meanwhile")
        seen += _drawn(ours, b"aa-meanwhile")
        os.write(ours, b"q")
        assert board_process.wait(10) == 0
    finally:
        board_process.kill()
        board_process.wait()
        os.close(ours)
        os.close(theirs)
    assert b"Traceback" not in seen
