"""The examples of the vendor's document and of our guide run as they are written."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from botyard.sdk.botvelocity import assets, context
from botyard.sdk.botvelocity.client import OrchestratorError
from tests.support.clients import ROOT
from tests.support.processes import Server, clean_environment

MANUAL = Path(__file__).parent / "programs" / "manual.py"
WORKSPACE = """
folders: [Größe, Отдел]
assets:
  - {name: WHERE, type: text, value: Größe, folder: Größe}
  - {name: WHERE, type: text, value: Отдел, folder: Отдел}
  - {name: CONFIG_VALUE, type: text, value: hello}
  - {name: API_KEY, type: secret, value: the-key}
  - {name: DB_CREDENTIAL, type: credential, username: bot, password: the-password}
queues:
  - {label: orders}
"""
SPAN = ["input_payload", "name", "span_id", "start_time", "tags"]


@pytest.fixture(scope="module")
def connection(live: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what `botyard connect botvelocity` prints, with a workspace to work in."""
    workspace = tmp_path_factory.mktemp("velocity") / "workspace.yaml"
    workspace.write_text(WORKSPACE)
    live.cli("apply", str(workspace))
    made: dict[str, Any] = live.json("connect", "botvelocity")
    return made


@pytest.fixture
def home(connection: dict[str, Any], tmp_path: Path) -> Path:
    """Return the home of a developer who is logged in."""
    (tmp_path / ".bv").mkdir()
    (tmp_path / ".bv" / "auth.json").write_text(json.dumps(connection["auth_json"]))
    return tmp_path


def run(*arguments: str, **variables: str) -> list[str]:
    done = subprocess.run(
        arguments, env=clean_environment(**variables), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def expected(*, sent: bool) -> list[Any]:
    """Return what the examples come to, by hand or with an execution that spans can be sent for."""
    return [
        *("hello", ["***", 7], ["bot", 12], [0, 1, 3], True, SPAN),
        *(sent, sent, True, [True, True, True], 1),
    ]


def test_the_vendors_examples_run_with_the_context_of_a_runner(
    live: Server, connection: dict[str, Any], tmp_path: Path
) -> None:
    context = {"base_url": live.url, "robot_token": connection["robot_token"], "robot_name": "vm", "machine_name": "m"}
    (tmp_path / "context.json").write_text(json.dumps({**context, "execution_id": connection["execution_id"]}))
    lines = run(sys.executable, str(MANUAL), str(tmp_path / "context.json"))
    assert lines[0] == f"Job ID: {connection['execution_id']}"
    assert lines[3:5] == [f"Orchestrator: {live.url}/api", "Runner mode: True"]
    about, *said = json.loads(lines[5])
    assert about == [True, True, True, None, None]
    assert said == expected(sent=True)


def test_the_vendors_examples_run_by_hand_for_somebody_who_is_logged_in(connection: dict[str, Any], home: Path) -> None:
    lines = run(sys.executable, str(MANUAL), HOME=str(home), BV_SDK_RUN="1")
    assert lines[0] == "Job ID: "
    assert lines[3:5] == [f"Orchestrator: {connection['base_url']}", "Runner mode: False"]
    assert "[WARN] Validation failed" in lines
    about, *said = json.loads(lines[-1])
    assert about == [True, False, True, None, None]
    assert said == expected(sent=False)


def test_folders_are_found_by_names_in_any_writing(connection: dict[str, Any]) -> None:
    given = {name: connection[name] for name in ("base_url", "robot_token", "execution_id")}
    context.set_runtime_context(**given)
    for folder in ("Größe", "Отдел"):
        assert assets.get_asset("WHERE", folder=folder) == folder
    with pytest.raises(OrchestratorError, match=r'404: .*"Нигде"'):
        assets.get_asset("WHERE", folder="Нигде")


def test_the_examples_of_our_guide_run(home: Path, tmp_path: Path) -> None:
    section = (ROOT / "docs" / "botvelocity.md").read_text("utf-8").partition("## Leave the vendor's package")[2]
    program = "\n".join(re.findall(r"```python\n(.*?)```", section, re.DOTALL))
    (tmp_path / "main.py").write_text(program + "\nprint(main())\n")
    lines = run(sys.executable, str(tmp_path / "main.py"), HOME=str(home), BV_SDK_RUN="1")
    assert lines[-1] == "{'booked': 1, 'refused': 1}"
    assert "[INFO] Booked A-17" in lines
