"""The commands against a real server and a real runner; and what they say when there is none."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from botyard.cli import exits
from botyard.cli.main import main
from tests.support.processes import Process, Server, wait_until

BOT = """\
import json, os, pathlib, sys

print("first line", flush=True)
print("second line", file=sys.stderr, flush=True)
inputs = json.loads(pathlib.Path(os.environ["BOTYARD_INPUT"]).read_text())
print(json.dumps(inputs))
sys.exit(inputs.get("code", 0))
"""

WORKSPACE = """\
workspace: default
automations:
  - label: TestCI
    name: CI sample
    parameters:
      - {name: StringParam_in, type: string, scope: In}
"""


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run a command in this process; return its exit code and what it wrote."""
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    written = capsys.readouterr()
    return int(ended.value.code or 0), written.out, written.err


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    folder = tmp_path / "bot"
    folder.mkdir()
    (folder / "main.py").write_text(BOT)
    return folder


@pytest.fixture
def workspace_file(tmp_path: Path) -> Path:
    path = tmp_path / "ws.yaml"
    path.write_text(WORKSPACE)
    return path


def start_runner(server: Server, folder: Path) -> Process:
    values = server.json("connect", "runner")
    arguments = ["runner", "--server", values["server"], "--token", values["token"], "--work", str(folder / "work")]
    runner = Process(arguments=arguments, log=folder / "runner.log")
    runner.start()
    return runner


def test_a_bot_is_deployed_run_watched_and_read(server: Server, bot: Path, tmp_path: Path) -> None:
    deployed = server.json("deploy", str(bot), "--automation", "hello")
    assert list(deployed) == ["automation", "version", "process"]
    assert server.json("deploy", str(bot), "--automation", "hello") == deployed
    runner = start_runner(server, tmp_path)
    try:
        task = server.json("task", "run", "hello", "--param", "a=1", "--wait")
        assert (task["state"], task["settled"], task["parameters"]) == ("succeeded", True, {"a": 1})
        logs = server.cli("task", "logs", str(task["id"]))
        assert sorted(logs.stdout.splitlines()) == ["first line", "second line", '{"a": 1}']
        assert server.json("task", "show", str(task["id"]))["state"] == "succeeded"
        assert "had ended before: it is succeeded" in server.cli("task", "cancel", str(task["id"])).stdout
        failed = server.cli("task", "run", "hello", "--param", "code=3", "--follow", check=False)
        assert failed.returncode == exits.TASK_NOT_SUCCEEDED
        assert "first line" in failed.stdout
        assert "exit code 3" in failed.stderr
        quiet = server.cli("task", "run", "hello", "--wait", "--follow", "--json")
        assert json.loads(quiet.stdout)["state"] == "succeeded"
        assert "first line" in quiet.stderr
    finally:
        assert runner.stop() == exits.OK


def test_a_task_without_a_runner_says_so_and_is_cancelled(server: Server, bot: Path) -> None:
    server.cli("deploy", str(bot), "--automation", "hello")
    started = server.cli("task", "run", "hello")
    assert "botyard connect runner" in started.stdout
    assert server.json("task", "cancel", "1")["state"] == "cancelled"
    assert server.cli("task", "cancel", "1").stdout == "Task 1 is cancelled.\n"


def test_connect_prints_exactly_what_the_client_needs(server: Server) -> None:
    assert list(server.json("connect", "botcity")) == ["server", "login", "key"]
    assert list(server.json("connect", "maestro-client", "--expires", "90d")) == ["base_url", "login", "key"]
    values = server.json("connect", "runner")
    assert list(values) == ["server", "token"]
    assert values["server"] == server.url
    assert f"--server {server.url}" in server.cli("connect", "runner").stdout


def test_a_workspace_file_is_applied_once(server: Server, workspace_file: Path) -> None:
    assert "nothing was changed" in server.cli("apply", str(workspace_file), "--dry-run").stdout
    assert "+ automation TestCI" in server.cli("apply", str(workspace_file)).stdout
    assert server.cli("apply", str(workspace_file)).stdout == "Nothing to change.\n"
    text = server.json("task", "run", "TestCI", "--param", "StringParam_in=5")
    assert text["parameters"] == {"StringParam_in": "5"}


def test_a_mistake_in_a_workspace_file_is_told_with_its_line(server: Server, workspace_file: Path) -> None:
    workspace_file.write_text(WORKSPACE + "    priority: 99\n")
    refused = server.cli("apply", str(workspace_file), check=False)
    assert refused.returncode == exits.REFUSED
    assert f"{workspace_file}:7: automations[0].priority: " in refused.stderr
    assert refused.stdout == ""


def test_the_server_can_be_named_by_address_and_key(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    token = json.loads((server.data / "server.json").read_text())["token"]
    code, out, _ = run(capsys, "connect", "botcity", "--server", server.url, "--token", token, "--json")
    assert (code, json.loads(out)["server"]) == (exits.OK, server.url)
    code, out, err = run(capsys, "task", "show", "1", "--server", server.url, "--token", "wrong", "--json")
    assert (code, out) == (exits.REFUSED, "")
    assert "botyard connect" in err


def test_refusals_are_one_sentence_with_the_next_step(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "readme.txt").write_text("x")
    cases: list[tuple[list[str], str]] = [
        (["task", "show", "4711"], "does not exist"),
        (["task", "run", "absent"], "does not exist"),
        (["task", "run", ""], "label is empty"),
        (["deploy", str(tmp_path / "odd"), "--automation", ""], "label is empty"),
        (["deploy", str(tmp_path / "empty"), "--automation", "x"], "is empty"),
        (["deploy", str(tmp_path / "odd"), "--automation", "x"], "main.py"),
        (["connect", "botcity", "--expires", "soon"], "not a date"),
        (["connect", "botcity", "--workspace", "absent"], "does not exist"),
    ]
    for arguments, expected in cases:
        code, out, err = run(capsys, *arguments, "--data", str(server.data))
        assert (code, out) == (exits.REFUSED, ""), arguments
        assert expected in err
        assert err.startswith("Error: ")
        assert err.count("\n") == 1


def test_a_value_that_is_no_utf_8_is_refused(server: Server, bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    server.cli("deploy", str(bot), "--automation", "invoices")
    code, out, err = run(capsys, "task", "run", "invoices", "--param", "x=\udcff", "--data", str(server.data))
    assert (code, out) == (exits.REFUSED, "")
    assert "UTF-8" in err


def test_without_a_server_the_next_step_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "task", "show", "1", "--data", str(tmp_path), "--json")
    assert (code, out) == (exits.UNREACHABLE, "")
    assert "botyard up" in err


def test_half_a_target_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BOTYARD_TOKEN", raising=False)
    code, _, err = run(capsys, "task", "show", "1", "--server", "http://127.0.0.1:9", "--data", str(tmp_path))
    assert (code, "--token is missing" in err) == (exits.REFUSED, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ["connect", "cobol"],
        ["connect"],
        ["task", "show", "abc"],
        ["task", "show", "0"],
        ["deploy", ".", "--automation", "x", "--dialect", "cobol"],
        ["explode"],
        ["up", "--port", "many"],
    ],
)
def test_wrong_usage_has_a_code_of_its_own(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, *arguments)[0] == exits.USAGE


def test_help_is_quick_and_names_every_command() -> None:
    began = time.monotonic()
    shown = subprocess.run([sys.executable, "-m", "botyard", "--help"], capture_output=True, text=True, check=True)
    assert time.monotonic() - began < 10
    for command in ("up", "connect", "deploy", "task", "apply", "runner"):
        assert f"  {command} " in shown.stdout


def test_help_loads_neither_server_nor_client() -> None:
    script = (
        "import sys, botyard.cli.main\n"
        "print([name for name in sys.modules if name.split('.')[0] in {'starlette', 'uvicorn', 'httpx2', 'psycopg',"
        " 'rich', 'yaml'} or name.startswith(('botyard.server', 'botyard.storage', 'botyard.core'))])"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


def test_ctrl_c_while_waiting_leaves_the_task_alone(server: Server, bot: Path, tmp_path: Path) -> None:
    server.cli("deploy", str(bot), "--automation", "hello")
    waiting = Process(
        arguments=["task", "run", "hello", "--wait", "--data", str(server.data)], log=tmp_path / "waiting.log"
    )
    waiting.start()
    wait_until(lambda: "Task 1" in waiting.output, what="the task")
    assert waiting.stop(signal.SIGINT) == exits.INTERRUPTED
    assert "botyard task cancel 1" in waiting.output
    assert "Traceback" not in waiting.output
    shown: Any = server.json("task", "show", "1")
    assert shown["state"] == "queued"
