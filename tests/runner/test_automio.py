"""What an action of Automio is started with, and what its bootstrap makes of a script."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from botyard.runner import automio
from botyard.runner.environment import PreparationFailed
from botyard.runner.job import Job
from botyard.runner.launch import launch_of
from botyard.runner.platform import Launch, current
from botyard.wire import automio as wire_automio
from botyard.wire import native as wire

VARIABLES = {"APP_ID": "130", "ACTION_ID": "4", "ACTION_TYPE": "app_action", "TASK_ID": "b07a"}


@pytest.fixture
def job(tmp_path: Path) -> Job:
    job = Job(tmp_path / "job", current())
    job.create()
    (job.package / "main.py").write_text("RESULT = 1\n")
    return job


def grant(**changes: Any) -> wire.LeaseGrant:
    fields: dict[str, Any] = {
        "attempt": "a",
        "task": 1,
        "epoch": 1,
        "token": "by_attempt_1",
        "automation": "sync",
        "dialect": "automio",
        "entry": "main.py",
        "package_digest": "d",
        "package_version": "1",
        "parameters": {},
        "workspace": "acme",
        "run": wire.RunGrant(variables=VARIABLES, values={"CONNECTION_ID": None}),
    }
    return wire.LeaseGrant(**fields | changes)


def launch(job: Job, server: str = "http://bots.example:8080/", **changes: Any) -> Launch:
    return launch_of(
        grant(**changes), job=job, environment=job.folder / "env", server=server, until=9e9, platform=current()
    )


def test_the_variables_are_those_that_the_client_reads(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("API_BASE_URL", "APP_TOKEN", "CONNECTION_ID", "REDIS_HOST", "AUTOMIO_APPLICATION_API", "BOTYARD_DATA"):
        monkeypatch.setenv(name, "of-the-runner")
    found = launch(job).env
    assert "of-the-runner" not in found.values()
    assert {**VARIABLES, **found} == found
    assert found["API_BASE_URL"] == "http://bots.example:8080"
    assert found["PUBLIC_API_BASE_URL"] == "http://bots.example:8080/api"
    assert found["CACHE_SERVICE_URL"] == "http://bots.example:8080/cache"
    assert found["APP_TOKEN"] == found["CACHE_SERVICE_TOKEN"] == "by_attempt_1"
    assert not {"CONNECTION_ID", "AUTOMIO_APPLICATION_API", "BOTYARD_SERVER", "NO_PROXY"} & found.keys()


def test_a_proxy_never_comes_between_an_action_and_its_server(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOTYARD_RUNNER_PASS", "HTTPS_PROXY,NO_PROXY")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    monkeypatch.setenv("NO_PROXY", "intranet")
    found = launch(job).env
    assert found["NO_PROXY"] == found["no_proxy"] == "intranet,bots.example"


def test_modules_are_written_as_packages_and_nowhere_else(job: Job) -> None:
    launch(job, modules={"plugins/a_b.py": "X = 1\n", "plugins/interfaces/a.py": "Y = 2\n"})
    files = {str(path.relative_to(job.modules)) for path in job.modules.rglob("*.py")}
    assert files == {
        "plugins/__init__.py",
        "plugins/a_b.py",
        "plugins/interfaces/__init__.py",
        "plugins/interfaces/a.py",
    }
    for name in ("/etc/x.py", "../x.py", "plugins/../../x.py", "plugins/x.sh", "plugins"):
        with pytest.raises(PreparationFailed):
            launch(job, modules={name: ""})


def test_a_package_that_is_no_action_says_what_to_do(job: Job) -> None:
    with pytest.raises(PreparationFailed, match="--dialect automio"):
        launch(job, run=None)


@pytest.mark.parametrize(
    ("declared", "completed"),
    [
        (None, ["automio==0.1.6", "requests"]),
        ("pandas\n", ["pandas", "automio==0.1.6", "requests"]),
        ("robotnikai==0.2.11\n", ["robotnikai==0.2.11", "requests"]),
        ("# mine\nAutomio>=0.5\nrequests[socks]==2.32\n", ["# mine", "Automio>=0.5", "requests[socks]==2.32"]),
        ("botyard-sdk\npandas\n", ["botyard-sdk", "pandas"]),
        ("Botyard_SDK\nautomio\n", ["Botyard_SDK", "automio", "requests"]),
        ("a==1 --hash=sha256:00\n", ["a==1 --hash=sha256:00"]),
    ],
)
def test_a_client_is_installed_with_what_it_needs(tmp_path: Path, declared: str | None, completed: list[str]) -> None:
    if declared is not None:
        (tmp_path / "requirements.txt").write_text(declared)
    automio.prepare(tmp_path)
    assert (tmp_path / "requirements.txt").read_text().splitlines() == completed
    automio.prepare(tmp_path)
    assert (tmp_path / "requirements.txt").read_text().splitlines() == completed


def test_locked_requirements_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "pylock.toml").write_text('lock-version = "1.0"\n')
    automio.prepare(tmp_path)
    assert not (tmp_path / "requirements.txt").exists()


class Action:
    """Runs scripts through the bootstrap with this Python, which has no client."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def run(self, script: str, *, modules: dict[str, str] | None = None, **values: Any) -> tuple[int, str, Any]:
        """Return the exit code, what was printed, and the result."""
        (self.job.package / "main.py").write_text(script)
        self.job.hand_over(token="t", parameters={"a": 4})
        run = wire.RunGrant(variables=VARIABLES, values=values)
        started = launch(self.job, run=run, modules=modules or {})
        self.job.output.unlink(missing_ok=True)
        done = subprocess.run(
            [sys.executable, "-I", *started.argv[1:]],
            env=dict(started.env),
            cwd=started.cwd,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        result = json.loads(self.job.output.read_text()) if self.job.output.exists() else None
        return done.returncode, done.stdout + done.stderr, result


@pytest.fixture
def action(job: Job) -> Action:
    return Action(job)


@pytest.mark.parametrize(
    ("script", "result"),
    [
        ("RESULT = {'n': USER_INPUT['a']}", {"n": 4}),
        ("def main():\n    return USER_INPUT['a'] + 1", 5),
        ("async def main():\n    return [1]", [1]),
        ("def main():\n    return 7\nif __name__ == '__main__':\n    main()", 7),
        ("import asyncio\nasync def main():\n    return 8\nasyncio.run(main())", 8),
        ("def main():\n    return 1\nRESULT = 2", 2),
        ("calls = []\ndef main():\n    calls.append(1)\n    return len(calls)\nmain()", 1),
        ("def main(x):\n    return x", None),
        ("def main(x=3):\n    return x", 3),
        ("import datetime\nRESULT = {'at': datetime.date(2026, 1, 2)}", {"at": "2026-01-02"}),
        ("RESULT = float('nan')", "nan"),
        ("x = 1", None),
        ("RESULT = 1\nraise SystemExit", 1),
        ("from __future__ import annotations\nRESULT = CONNECTION_ID", 12),
    ],
)
def test_the_result_is_what_the_script_leaves(action: Action, script: str, result: Any) -> None:
    code, printed, left = action.run(script, CONNECTION_ID=12)
    assert (code, left) == (0, result), printed


@pytest.mark.parametrize(
    ("script", "code", "said"),
    [
        ("RESULT = 1\nraise SystemExit(1)", 1, ""),
        ("import sys\nsys.exit('no account')", 1, "no account"),
        ("1 / 0", 1, "ZeroDivisionError"),
        ("def (", 1, "SyntaxError"),
        ("undefined", 1, "NameError"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGTERM)", 143, ""),
    ],
)
def test_what_fails_fails_with_its_own_words(action: Action, script: str, code: int, said: str) -> None:
    ended, printed, left = action.run(script)
    assert (ended, left) == (code, None)
    assert said in printed
    assert "bootstrap" not in printed


def test_a_stop_lets_the_action_close_what_it_opened(action: Action) -> None:
    script = "import os, signal\ntry:\n    os.kill(os.getpid(), signal.SIGTERM)\nfinally:\n    print('closed')"
    assert action.run(script)[:2] == (143, "closed\n")


def test_plugins_are_imported_from_what_the_server_sent(action: Action) -> None:
    modules = {
        "plugins/interfaces/ns.py": "def base():\n    return 'shared'\n",
        "plugins/ns_git-hub.py": "from plugins.interfaces.ns import *\ndef foo(**given):\n    return base(), given\n",
    }
    script = "import importlib\nRESULT = importlib.import_module('plugins.ns_git-hub').foo(connection_ids=[1])"
    code, printed, left = action.run(script, modules=modules)
    assert (code, left) == (0, ["shared", {"connection_ids": [1]}]), printed


def test_a_capability_that_a_plugin_leaves_out_is_not_implemented(action: Action) -> None:
    code = "from plugins.interfaces.ns import *\ndef foo():\n    return 1\n"
    modules = {
        "plugins/interfaces/ns.py": "def shared():\n    return 2\n",
        "plugins/ns_github.py": wire_automio.plugin_module(code, ["foo", "shared", "bar"]),
    }
    script = """
from plugins import ns_github
try:
    ns_github.bar(connection_ids=[1], x=2)
except NotImplementedError as error:
    RESULT = [ns_github.foo(), ns_github.shared(), str(error)]
"""
    assert action.run(script, modules=modules)[2] == [1, 2, "bar"]
