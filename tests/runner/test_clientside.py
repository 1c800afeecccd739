"""The client side in environments of bots that do not name it, and beside what they do name."""

from __future__ import annotations

import os
import runpy
import subprocess
from pathlib import Path

import pytest
from uv import find_uv_bin

from botyard.runner.clientside import PARTS, ClientSide
from botyard.runner.interpreters import own
from botyard.runner.platform import current


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """Return a new environment in which nothing is installed."""
    path = tmp_path / "environment"
    subprocess.run([find_uv_bin(), "--quiet", "venv", "--python", own().path, str(path)], check=True)
    return path


def said(environment: Path, code: str) -> str:
    """Return what code prints that runs in an environment."""
    variables = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    python = str(current().interpreter(environment))
    return subprocess.run([python, "-c", code], env=variables, capture_output=True, text=True, check=True).stdout


def test_a_bot_finds_the_client_side_and_no_server(tmp_path: Path, environment: Path) -> None:
    side = ClientSide(tmp_path, current())
    side.offer(environment, own())
    side.offer(environment, own())
    found = said(
        environment,
        "import importlib.util, botyard.bot.session, botyard.sdk.client, httpx2\n"
        "print(botyard.__file__, importlib.util.find_spec('botyard.server'), importlib.util.find_spec('starlette'))",
    )
    path, *others = found.split()
    assert Path(path).is_relative_to(tmp_path / "client")
    assert others == ["None", "None"]


def test_what_the_environment_has_itself_comes_first(tmp_path: Path, environment: Path) -> None:
    (packages,) = (environment / "lib").glob("python*/site-packages")
    (packages / "h11.py").write_text("__version__ = 'its own'")
    ClientSide(tmp_path, current()).offer(environment, own())
    assert said(environment, "import h11; print(h11.__version__)") == "its own\n"


def test_it_is_copied_once_and_kept_while_it_is_used(tmp_path: Path, environment: Path) -> None:
    ClientSide(tmp_path, current()).offer(environment, own())
    (copy,) = (tmp_path / "client").iterdir()
    os.utime(copy, (0, 0))
    ClientSide(tmp_path, current()).offer(environment, own())
    assert [*(tmp_path / "client").iterdir()] == [copy]
    ClientSide(tmp_path, current()).remove_unused()
    assert copy.is_dir()
    os.utime(copy, (0, 0))
    ClientSide(tmp_path, current()).remove_unused()
    assert not copy.exists()


def test_another_python_gets_nothing(tmp_path: Path, environment: Path) -> None:
    ClientSide(tmp_path, current()).offer(environment, own()._replace(identity="another"))
    assert said(environment, "import importlib.util; print(importlib.util.find_spec('botyard'))") == "None\n"


def test_the_wheel_of_the_sdk_holds_the_same() -> None:
    hook = Path(__file__).parents[2] / "packaging" / "sdk" / "hatch_build.py"
    assert runpy.run_path(str(hook))["PARTS"] == PARTS
