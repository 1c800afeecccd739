"""Which Python makes the environment of a bot: the runner's own, or the installed one that a project asks for.

The version in a project is the oldest that will do. The same minor version is preferred, then the nearest newer one;
nothing is downloaded unless the administrator of the runner allows it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

#: Set to 1 to let uv download a Python that is asked for and not installed.
DOWNLOADS_VARIABLE = "BOTYARD_RUNNER_PYTHON_DOWNLOADS"
#: The SDK of the vendor needs at least this, whatever a project says.
OLDEST = (3, 10)
_WISH = re.compile(r"(\d{1,3})\.(\d{1,3})(?:\.(\d{1,4}))?")
_LIST_SECONDS = 60.0
_FRESH_SECONDS = 60.0

Version = tuple[int, int, int]


class Interpreter(NamedTuple):
    """What an environment is made with. `path` is a program, or what uv is asked to download."""

    path: str
    version: Version
    #: What distinguishes it from others of its version.
    identity: str
    #: Something the bot's developer should know about the choice.
    note: str = ""
    download: bool = False


class NoInterpreter(Exception):
    """No installed Python will do; the text says what is asked for, what there is and what can be done."""


def own() -> Interpreter:
    """Return the interpreter that the runner's own environment was made from: that environment may go away."""
    path = getattr(sys, "_base_executable", None) or sys.executable
    return Interpreter(path, sys.version_info[:3], f"{sys.version}\0{sys.base_prefix}")


def choose(wish: str, *, uv: str, variables: Mapping[str, str]) -> Interpreter:
    """Return the interpreter for a project that says `wish` as its version. Raises NoInterpreter."""
    match = _WISH.fullmatch(wish)
    if match is None:
        note = f"The project's python_version \"{wish}\" is no version such as 3.12; the runner's own is used."
        return own()._replace(note=note) if wish else own()
    minor = int(match[1]), int(match[2])
    patch = int(match[3]) if match[3] else None
    mine = own()
    if mine.version[:2] == minor and patch in (None, mine.version[2]):
        return mine
    allowed = os.environ.get(DOWNLOADS_VARIABLE, "").strip().lower() in ("1", "true", "yes")
    return best(wish, minor, patch, [mine, *installed(uv, variables)], downloads=allowed)


def best(
    wish: str, minor: tuple[int, int], patch: int | None, found: Sequence[Interpreter], *, downloads: bool
) -> Interpreter:
    """Return the interpreter among `found` that comes nearest to what is asked for. Raises NoInterpreter."""
    able = [each for each in found if each.version[:2] >= max(minor, OLDEST)]
    if not able and not downloads:
        raise NoInterpreter(
            f"The project asks for Python {wish}, and this runner has only {_names(found)}. Install Python {wish} on "
            f"the runner's machine, lower python_version in bvproject.yaml, or set {DOWNLOADS_VARIABLE}=1."
        )
    same = [each for each in able if each.version[:2] == minor]
    if not same and downloads and minor >= OLDEST:
        return Interpreter(wish, (*minor, patch or 0), f"download {wish}", download=True)
    if exact := next((each for each in same if each.version[2] == patch), None):
        return exact
    nearest = min(each.version[:2] for each in able)
    fitting = [each for each in able if each.version[:2] == nearest]
    mine = next((each for each in fitting if each == found[0]), None)
    chosen = mine if mine is not None and patch is None else max(fitting, key=lambda each: each.version)
    if nearest == minor and patch is None:
        return chosen
    return chosen._replace(note=f"The project asks for Python {wish}; the nearest here is {_name(chosen)}.")


_listed: tuple[float, list[Interpreter]] | None = None


def installed(uv: str, variables: Mapping[str, str]) -> list[Interpreter]:
    """Return the interpreters on this machine that uv finds, and those of pyenv; looked up once a minute."""
    global _listed  # noqa: PLW0603 -- one machine, one list
    if _listed is None or time.monotonic() - _listed[0] > _FRESH_SECONDS:
        _listed = time.monotonic(), [*_asked(uv, variables), *_of_pyenv(variables)]
    return _listed[1]


def _asked(uv: str, variables: Mapping[str, str]) -> Iterable[Interpreter]:
    command = [uv, "python", "list", "--only-installed", "--offline", "--no-config", "--output-format", "json"]
    try:
        done = subprocess.run(
            command, env=dict(variables), capture_output=True, timeout=_LIST_SECONDS, check=False, cwd="/"
        )
        rows = json.loads(done.stdout or b"[]")
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return
    for row in rows:
        if row.get("implementation") == "cpython" and row.get("variant") == "default" and row.get("path"):
            parts = row["version_parts"]
            version = parts["major"], parts["minor"], parts["patch"]
            yield Interpreter(row["path"], version, f"{row['version']}\0{os.path.realpath(row['path'])}")


def _of_pyenv(variables: Mapping[str, str]) -> Iterable[Interpreter]:
    root = Path(os.environ.get("PYENV_ROOT") or Path(variables.get("HOME") or Path.home()) / ".pyenv")
    for folder in sorted((root / "versions").glob("3.*")):
        match, program = _WISH.fullmatch(folder.name), folder / "bin" / "python3"
        if match is not None and match[3] and os.access(program, os.X_OK):
            version = int(match[1]), int(match[2]), int(match[3])
            yield Interpreter(str(program), version, f"{folder.name}\0{program.resolve()}")


def _names(found: Sequence[Interpreter]) -> str:
    names = [_name(version=version) for version in sorted({each.version for each in found})]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _name(interpreter: Interpreter | None = None, *, version: Version | None = None) -> str:
    version = interpreter.version if interpreter is not None else version
    return ".".join(map(str, version or ()))
