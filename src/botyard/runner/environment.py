"""Virtual environments for bots, made once for each set of requirements and shared by everybody who needs the same.

An environment lives in `<cache>/environments/<key>`; the key says what it was made from. It counts only when its
marker is there, which is written last: a preparation that was cut short is begun again. The lock beside it makes
several runners on one machine wait for each other instead of doing the same work twice.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import platform as machine
import re
import shutil
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from botyard.runner.interpreters import Interpreter, own
from botyard.runner.pipsettings import config_files, preparation_environment
from botyard.runner.platform import Platform

log = logging.getLogger("botyard.runner")

#: The first of these that a package has is what its environment is made from.
REQUIREMENT_FILES = ("pylock.toml", "requirements.lock", "requirements.txt")
_LAYOUT = "1"
_MARKER = "botyard.complete"
_INCLUDE = re.compile(r"^\s*(?:-r|-c|--requirement|--constraint)[\s=]+(\S+)", re.MULTILINE)
_LOCAL = re.compile(r"^\s*(?:-e\b|--editable\b|\.|/|file:|[^#\n]*@\s*file:)", re.MULTILINE)
#: An environment that no attempt has used for this long is removed.
_UNUSED_SECONDS = 30 * 24 * 3600

#: Runs a command to its end with its output going to the task's log; returns the exit code.
Run = Callable[[list[str], Mapping[str, str], Path], Awaitable[int]]


class PreparationFailed(Exception):
    """The attempt cannot be started; the text is the reason to show on the task."""


def requirements_of(folder: Path) -> Path | None:
    """Return the file that declares what a package needs, or None when it needs nothing."""
    return next((folder / name for name in REQUIREMENT_FILES if (folder / name).is_file()), None)


def environment_key(folder: Path, digest: str, python: Interpreter | None = None) -> str:
    """Return the name of the environment for the package in `folder`, made with `python` or the runner's own.

    The same requirements give the same name in every package. Requirements that point into the package itself are
    the package's own: its digest then takes part.
    """
    parts = [_LAYOUT, machine.platform(), (python or own()).identity]
    requirements = requirements_of(folder)
    if requirements is not None:
        parts += [requirements.name, *_contents(requirements, folder, set())]
        if any(_LOCAL.search(part) for part in parts[4:]):
            parts.append(digest)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


class Environments:
    """The environments below one cache folder."""

    def __init__(self, cache: Path, platform: Platform) -> None:
        self._folder = platform.private_folder(cache / "environments")
        self._platform = platform

    def ready(self, key: str) -> Path | None:
        """Return the environment when it is complete, and note that it is in use."""
        environment = self._folder / key
        marker = environment / _MARKER
        if not marker.exists() or not self._platform.interpreter(environment).exists():
            return None
        os.utime(marker)
        return environment

    async def prepare(self, folder: Path, key: str, run: Run, python: Interpreter | None = None) -> Path:
        """Make the environment for the package in `folder`, or wait for whoever is making it.

        Raises PreparationFailed.
        """
        path = self._folder / f"{key}.lock"
        while (lock := self._platform.lock(path)) is None:  # noqa: ASYNC110 -- another process holds it
            await asyncio.sleep(0.1)
        try:
            if (environment := self.ready(key)) is None:
                environment = self._folder / key
                await asyncio.to_thread(shutil.rmtree, environment, ignore_errors=True)
                await self._make(environment, folder, run, python or own())
                (environment / _MARKER).write_text(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
            return environment
        finally:
            lock.release()

    def remove_unused(self) -> None:
        """Remove environments that nobody has used for a month."""
        for environment in self._folder.iterdir():
            marker = environment / _MARKER
            if not marker.is_file() or time.time() - marker.stat().st_mtime < _UNUSED_SECONDS:
                continue
            lock = self._platform.lock(environment.with_name(f"{environment.name}.lock"))
            if lock is not None:
                shutil.rmtree(environment, ignore_errors=True)
                lock.release()

    async def _make(self, environment: Path, folder: Path, run: Run, python: Interpreter) -> None:
        uv = find_uv()
        variables = preparation_variables()
        if python.download:
            variables["UV_PYTHON_DOWNLOADS"] = "automatic"
        create = [uv, "venv", "--quiet", "--no-project", "--python", python.path, str(environment)]
        if code := await run(create, variables, folder):
            raise PreparationFailed(f"The virtual environment could not be made: uv ended with exit code {code}.")
        requirements = requirements_of(folder)
        if requirements is None:
            return
        interpreter = str(self._platform.interpreter(environment))
        install = [uv, "pip", "install", "--python", interpreter, "--requirement", str(requirements)]
        if code := await run(install, variables, folder):
            raise PreparationFailed(
                f"The requirements in {requirements.name} could not be installed: uv ended with exit code {code}. "
                "Its output is in the task's log."
            )


def find_uv() -> str:
    """Return the path of uv: the one installed with Botyard, else the machine's. Raises PreparationFailed."""
    try:
        from uv import find_uv_bin

        return os.fsdecode(find_uv_bin())
    except (ImportError, FileNotFoundError):
        found = shutil.which("uv")
        if found is None:
            raise PreparationFailed("uv, which prepares environments, is not installed on the runner.") from None
        return found


def preparation_variables() -> dict[str, str]:
    """Return the variables that uv is started with."""
    variables = preparation_environment(os.environ, config_files(os.environ))
    for name in ("PATH", "HOME", "LANG", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        if value := os.environ.get(name):
            variables[name] = value
    return variables


def _contents(file: Path, folder: Path, seen: set[Path]) -> list[str]:
    """Return the text of a requirements file and of those that it includes from the package."""
    path = file.resolve()
    if path in seen or not path.is_relative_to(folder.resolve()):
        return []
    seen.add(path)
    try:
        text = path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return []
    included = (file.parent / name for name in _INCLUDE.findall(text))
    return [text, *(part for name in included for part in _contents(name, folder, seen))]
