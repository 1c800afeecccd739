"""A Bot Velocity package is started with the SDK that it imports: the vendor's, ours, or both."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import botyard
from botyard.runner import velocity
from tests.support.processes import clean_environment

CONTEXT = {
    "base_url": "http://127.0.0.1:1/acme/orchestrator_",
    "robot_token": "by_attempt_1",
    "execution_id": "aaaaaaaa-0000-4000-8000-000000000000",
    "robot_name": "vm-1",
    "machine_name": "host",
    "tenant_id": "acme",
    "folder_id": None,
    "project_type": "agent",
}
SOURCE = str(Path(botyard.__file__).parents[1])


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Return a function that starts the bootstrap with a bot."""
    (tmp_path / "package").mkdir()
    (tmp_path / "context.json").write_text(json.dumps(CONTEXT))

    def begin(code: str, *python: str, **variables: str) -> subprocess.Popen[str]:
        (tmp_path / "package" / "main.py").write_text(code)
        arguments = [tmp_path / "context.json", tmp_path / "package", "main:main"]
        return subprocess.Popen(
            [*(python or (sys.executable,)), str(velocity.BOOTSTRAP), *map(str, arguments)],
            env=clean_environment(BOTYARD_OUTPUT=str(tmp_path / "output.json"), **variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return begin


def test_both_are_given_the_context_and_the_file_that_it_is_refreshed_from(
    start: Callable[..., subprocess.Popen[str]], client_python: Callable[[str], Path], tmp_path: Path
) -> None:
    code = """
import botyard.sdk.botvelocity.context, bv.runtime.context
def main():
    told = []
    for context in (bv.runtime.context, botyard.sdk.botvelocity.context):
        told.append([vars(context.get_execution_context()), str(context.get_runtime_context_path())])
    return told
"""
    bot = start(code, str(client_python("botvelocity-2026.2.81610")), PYTHONPATH=SOURCE)
    errors = bot.communicate(timeout=30)[1]
    assert bot.returncode == 0, errors
    theirs, ours = json.loads((tmp_path / "output.json").read_text())
    assert theirs == ours
    assert ours[0]["execution_id"] == CONTEXT["execution_id"]
    assert ours[1] == str(tmp_path / "context.json")


def test_ours_refuses_calls_after_a_stop(start: Callable[..., subprocess.Popen[str]]) -> None:
    code = """
import time
from botyard.sdk.botvelocity import assets
def main():
    print("ready", flush=True)
    while True:
        assets.get_secret("KEY")
        time.sleep(0.01)
"""
    bot = start(code)
    assert bot.stdout is not None
    assert bot.stdout.readline() == "ready\n"
    bot.send_signal(signal.SIGTERM)
    errors = bot.communicate(timeout=30)[1]
    assert bot.returncode == 1
    assert errors.splitlines()[-1] == "RuntimeError: The execution was stopped by the orchestrator."


@pytest.mark.parametrize("module", ["bv.runtime", "botyard.sdk.botvelocity"])
def test_a_package_without_what_it_imports_is_told_what_to_require(
    start: Callable[..., subprocess.Popen[str]], module: str
) -> None:
    bot = start(f"from {module} import assets\ndef main(): pass", sys.executable, "-I", "-S")
    errors = bot.communicate(timeout=30)[1]
    assert bot.returncode == 1
    assert errors.splitlines()[-1] == (
        f"ModuleNotFoundError: No module named '{module.partition('.')[0]}'; "
        "the requirements of this package have to name bv-runtime or botyard-sdk"
    )
