"""The distribution botyard-sdk: built from the same tree, installed with what it depends on and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from uv import find_uv_bin

from tests.support.processes import Server, clean_environment

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging" / "sdk"
SCRIPT = """
import asyncio, importlib.util, pkgutil, sys
import botyard, botyard.bot, botyard.sdk, botyard.wire
from botyard.sdk import AsyncBotyard, Botyard

for package in (botyard.bot, botyard.sdk, botyard.wire):
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(found.name)
for part in ("base", "cli", "console", "core", "protocols", "runner", "server", "storage", "upstream", "web"):
    assert importlib.util.find_spec(f"botyard.{part}") is None, part

with Botyard() as yard:
    yard.queues.create(label="from-the-wheel")
    yard.queues.push("from-the-wheel", [{"n": 1}, {"n": 2}])
    print([item.values["n"] for item in yard.items.list("from-the-wheel")])


async def count():
    async with AsyncBotyard() as yard:
        print((await yard.queues.get("from-the-wheel")).total)


asyncio.run(count())
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a wheel that was just built."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=PACKAGING)
    (built,) = folder.glob("botyard_sdk-*.whl")
    return built


def test_the_wheel_holds_the_client_side_only(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    modules = {name.split("/")[1] for name in names if name.startswith("botyard/")}
    assert modules == {"__init__.py", "py.typed", "bot", "sdk", "wire"}
    assert not [name for name in names if not name.startswith(("botyard/", "botyard_sdk-"))]
    assert not [name for name in names if "__pycache__" in name]
    assert [name for name in names if name.endswith("licenses/LICENSE")]


def test_it_works_with_its_two_dependencies(wheel: Path, live: Server, key: str, tmp_path: Path) -> None:
    python = tmp_path / "env" / "bin" / "python"
    uv = (find_uv_bin(), "--quiet")
    run(*uv, "venv", "--python", sys.executable, str(tmp_path / "env"))
    install = (*uv, "pip", "install", "--python", str(python))
    run(*install, "--require-hashes", "-r", str(ROOT / "requirements" / "sdk.txt"))
    run(*install, "--no-deps", "--offline", str(wheel))
    said = run(str(python), "-I", "-c", SCRIPT, BOTYARD_SERVER=live.url, BOTYARD_TOKEN=key, cwd=tmp_path)
    assert said.split("\n")[:2] == ["[2, 1]", "2"]


def test_it_is_described_as_the_server_is() -> None:
    ours = tomllib.loads((PACKAGING / "pyproject.toml").read_text("utf-8"))
    server = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert set(ours["project"]["dependencies"]) < set(server["project"]["dependencies"])
    assert set(ours["build-system"]["requires"]) <= set(server["build-system"]["requires"])
    assert ours["project"]["requires-python"] == server["project"]["requires-python"]
    needed = {line.split(">=")[0] for line in ours["project"]["dependencies"]}
    named = (ROOT / "requirements" / "sdk.in").read_text("utf-8").splitlines()
    assert {line for line in named if not line.startswith(("#", "-"))} == needed


def run(*command: str, cwd: Path = ROOT, **environment: str) -> str:
    """Return what a program prints; fail the test when the program fails."""
    variables = {name: value for name, value in clean_environment(**environment).items() if name != "VIRTUAL_ENV"}
    done = subprocess.run(command, cwd=cwd, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{os.fsdecode(command[0])}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout
