"""Which Python a project gets, from what is installed."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from botyard.runner import interpreters
from botyard.runner.environment import Environments, environment_key, find_uv, preparation_variables
from botyard.runner.interpreters import Interpreter, NoInterpreter, best, choose, installed, own
from botyard.runner.platform import current

Version = tuple[int, int, int]


def machine(*versions: Version) -> list[Interpreter]:
    """Return interpreters, the runner's own first."""
    return [Interpreter("/python" + ".".join(map(str, each)), each, str(each)) for each in versions]


def wished(wish: str, *versions: Version, downloads: bool = False) -> Interpreter:
    numbers = [int(part) for part in wish.split(".")]
    patch = numbers[2] if len(numbers) == 3 else None
    return best(wish, (numbers[0], numbers[1]), patch, machine(*versions), downloads=downloads)


HERE: tuple[Version, ...] = ((3, 11, 2), (3, 10, 13), (3, 11, 7), (3, 13, 0), (3, 8, 18))


@pytest.mark.parametrize(
    ("wish", "version", "said"),
    [
        ("3.11", (3, 11, 2), False),  # the runner's own, though a newer patch is there
        ("3.11.7", (3, 11, 7), False),
        ("3.11.9", (3, 11, 7), True),
        ("3.10", (3, 10, 13), False),
        ("3.12", (3, 13, 0), True),
        ("3.8", (3, 10, 13), True),  # the vendor's SDK needs 3.10
    ],
)
def test_the_same_version_is_preferred_then_the_nearest_newer(wish: str, version: Version, said: bool) -> None:
    found = wished(wish, *HERE)
    assert found.version == version
    assert bool(found.note) is said
    if said:
        assert f"asks for Python {wish}" in found.note


def test_a_version_newer_than_all_is_refused_with_what_is_there() -> None:
    with pytest.raises(
        NoInterpreter, match=r"asks for Python 3\.14, and .* only 3\.8\.18, 3\.10\.13 and 3\.11\.2\."
    ) as no:
        wished("3.14", (3, 11, 2), (3, 10, 13), (3, 8, 18))
    assert interpreters.DOWNLOADS_VARIABLE in str(no.value)


def test_a_download_is_asked_for_only_where_it_is_allowed_and_needed() -> None:
    assert wished("3.14", (3, 11, 2), downloads=True).download
    assert wished("3.10.4", (3, 11, 2), downloads=True).path == "3.10.4"
    assert not wished("3.11", (3, 11, 2), downloads=True).download
    assert wished("3.8", (3, 11, 2), downloads=True).version == (3, 11, 2)


def test_a_project_without_a_version_gets_the_runners_own() -> None:
    assert choose("", uv="/nowhere", variables={}) == own()
    mine = own().version
    assert choose(f"{mine[0]}.{mine[1]}", uv="/nowhere", variables={}) == own()
    assert 'python_version "latest" is no version' in choose("latest", uv="/nowhere", variables={}).note


def test_a_machine_that_cannot_be_asked_has_the_runners_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(interpreters, "_listed", None)
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    with pytest.raises(NoInterpreter, match="has only"):
        choose("3.99", uv="/nowhere", variables={})


async def test_the_lock_is_read_for_the_interpreter_that_is_used(tmp_path: Path) -> None:
    others = [each for each in installed(find_uv(), preparation_variables()) if each.version[:2] > own().version[:2]]
    if not others:
        pytest.skip("no newer Python is installed here")
    python = max(others, key=lambda each: each.version)
    marker = f'python_version >= "{python.version[0]}.{python.version[1]}"'
    (tmp_path / "package").mkdir()
    lock = tmp_path / "package" / "requirements.lock"
    lock.write_text(f"idna==3.11 ; {marker}\nthere-is-no-such-thing==1 ; python_version < '3.12'\n")

    async def run(argv: list[str], env: Mapping[str, str], cwd: Path) -> int:
        done = await asyncio.to_thread(subprocess.run, argv, env=dict(env), cwd=cwd, check=False)
        return done.returncode

    environments = Environments(tmp_path / "cache", current())
    made = await environments.prepare(tmp_path / "package", environment_key(lock.parent, "d", python), run, python)
    program = "import sys, idna; print(*sys.version_info[:2], idna.__name__)"
    command = [str(current().interpreter(made)), "-c", program]
    said = await asyncio.to_thread(subprocess.check_output, command, env={"PATH": os.defpath}, text=True)
    assert said.split() == [str(python.version[0]), str(python.version[1]), "idna"]
