"""Environments: the same requirements share one, and only a complete one counts."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from botyard.runner.environment import Environments, PreparationFailed, environment_key
from botyard.runner.interpreters import own
from botyard.runner.platform import current


class Uv:
    """Runs commands as the runner does, and remembers them."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []
        self.output = ""

    async def run(self, argv: list[str], env: Mapping[str, str], cwd: Path) -> int:
        """Run one command."""
        self.commands.append(argv)
        done = await asyncio.to_thread(
            subprocess.run, argv, env=dict(env), cwd=cwd, capture_output=True, text=True, check=False
        )
        self.output += done.stderr
        return done.returncode


def package(folder: Path, **files: str) -> Path:
    """Return a folder with files; `requirements_txt="…"` becomes requirements.txt."""
    folder.mkdir()
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    return folder


def test_the_same_requirements_need_the_same_environment(tmp_path: Path) -> None:
    one = package(tmp_path / "one", requirements_txt="requests==2\n", main_py="1")
    two = package(tmp_path / "two", requirements_txt="requests==2\n", main_py="2")
    three = package(tmp_path / "three", requirements_txt="requests==3\n")
    assert environment_key(one, "d1") == environment_key(two, "d2")
    assert environment_key(one, "d1") != environment_key(three, "d1")
    assert environment_key(package(tmp_path / "none"), "d1") == environment_key(package(tmp_path / "none2"), "d2")


def test_another_interpreter_needs_another_environment(tmp_path: Path) -> None:
    folder = package(tmp_path / "one", requirements_txt="requests==2\n")
    other = own()._replace(identity="3.12.1")
    assert environment_key(folder, "d") == environment_key(folder, "d", own()) != environment_key(folder, "d", other)


def test_included_files_take_part(tmp_path: Path) -> None:
    one = package(tmp_path / "one", requirements_txt="-r base.txt\n", base_txt="a==1\n")
    two = package(tmp_path / "two", requirements_txt="-r base.txt\n", base_txt="a==2\n")
    assert environment_key(one, "d") != environment_key(two, "d")


@pytest.mark.parametrize("line", ["./lib", "-e .", "lib @ file:./lib", "--editable=.", "/opt/lib"])
def test_requirements_inside_the_package_are_its_own(tmp_path: Path, line: str) -> None:
    folder = package(tmp_path / "one", requirements_txt=f"requests\n{line}\n")
    assert environment_key(folder, "d1") != environment_key(folder, "d2")


def test_a_file_that_includes_itself_or_one_outside_does_not_matter(tmp_path: Path) -> None:
    folder = package(tmp_path / "one", requirements_txt="-r requirements.txt\n-r ../../outside.txt\n-r missing.txt\n")
    assert environment_key(folder, "d1") == environment_key(folder, "d2")


async def test_an_environment_is_made_once_for_all_who_wait_for_it(tmp_path: Path) -> None:
    folder = package(tmp_path / "one", main_py="")
    uv = Uv()
    runners = [Environments(tmp_path / "cache", current()) for _ in range(3)]
    made = await asyncio.gather(*(runner.prepare(folder, "key", uv.run) for runner in runners))
    assert len(uv.commands) == 1, "the second and the third found it ready"
    assert len(set(made)) == 1
    assert runners[0].ready("key") == made[0]
    assert await uv.run([str(current().interpreter(made[0])), "-c", ""], {}, tmp_path) == 0


async def test_a_preparation_that_was_cut_short_is_begun_again(tmp_path: Path) -> None:
    folder = package(tmp_path / "one", main_py="")
    environments = Environments(tmp_path / "cache", current())
    uv = Uv()
    made = await environments.prepare(folder, "key", uv.run)
    (made / "botyard.complete").unlink()
    (made / "rest").write_text("of the first try")
    assert environments.ready("key") is None
    await environments.prepare(folder, "key", uv.run)
    assert len(uv.commands) == 2
    assert not (made / "rest").exists()


async def test_an_environment_whose_interpreter_is_gone_is_not_ready(tmp_path: Path) -> None:
    folder = package(tmp_path / "one", main_py="")
    environments = Environments(tmp_path / "cache", current())
    made = await environments.prepare(folder, "key", Uv().run)
    interpreter = current().interpreter(made)
    interpreter.unlink()
    interpreter.symlink_to("/nowhere/python")
    assert environments.ready("key") is None


async def test_requirements_that_cannot_be_installed_say_so(tmp_path: Path) -> None:
    folder = package(tmp_path / "one", requirements_txt="this is not a requirement\n")
    environments = Environments(tmp_path / "cache", current())
    with pytest.raises(PreparationFailed, match=r"requirements\.txt could not be installed"):
        await environments.prepare(folder, "key", Uv().run)
    assert environments.ready("key") is None
