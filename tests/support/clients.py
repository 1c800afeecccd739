"""Environments of the real vendor clients, each with its own pinned requirements, made once and kept in `.cache/`.

In a test: `python = client_python("botcity-0.9.1")`, then run a script with that interpreter. Where our drop-in module
runs the same script: `[*client_command(name), script]`, with the name of a client or of the module.
By hand: `python -m tests.support.clients botcity-0.9.1` (no name: all of them).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from uv import find_uv_bin

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "requirements" / "clients"
CACHE = ROOT / ".cache" / "clients"
#: Our modules, and the name under which the scripts import the vendor's.
DROPINS = {
    "botyard.sdk.automio": "automio",
    "botyard.sdk.botcity": "botcity.maestro",
    "botyard.sdk.botvelocity": "bv.runtime",
    "botyard.sdk.maestro_client": "maestro_client",
}


@pytest.fixture(scope="session")
def client_python() -> Callable[[str], Path]:
    """Return a function from the name of a client (a file in requirements/clients) to an interpreter that has it."""
    return ensure


@pytest.fixture(scope="session")
def client_command() -> Callable[[str], list[str]]:
    """Return a function from the name of a client, or of a drop-in module of ours, to what starts a script with it."""
    return command


def command(name: str) -> list[str]:
    """Return what a script is started with; our own modules run in our environment, without any vendor's package."""
    if name in DROPINS:
        return [sys.executable, str(Path(__file__).with_name("dropin.py")), f"{DROPINS[name]}={name}"]
    return [str(ensure(name))]


def names() -> list[str]:
    """Return the clients that there are requirements for."""
    return sorted(path.stem for path in REQUIREMENTS.glob("*.txt"))


def ensure(name: str) -> Path:
    """Return the interpreter of the client's environment, making the environment if it is missing or out of date."""
    lock = REQUIREMENTS / f"{name}.txt"
    if not lock.is_file():
        raise LookupError(f"There is no client {name!r}. There are: {', '.join(names())}.")
    fingerprint = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    environment = CACHE / f"{name}-{fingerprint}"
    python = environment / "bin" / "python"
    if not (environment / "ready").is_file():
        CACHE.mkdir(parents=True, exist_ok=True)
        with (CACHE / f"{name}.lock").open("w") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)  # tests run in several processes
            if not (environment / "ready").is_file():
                _make(environment, lock)
    return python


def _make(environment: Path, lock: Path) -> None:
    shutil.rmtree(environment, ignore_errors=True)
    _uv("venv", "--python", sys.executable, str(environment))
    python = str(environment / "bin" / "python")
    _uv("pip", "install", "--python", python, "--require-hashes", "-r", str(lock))
    (environment / "ready").touch()


def _uv(*arguments: str) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    done = subprocess.run(
        [find_uv_bin(), *arguments, "--quiet"], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"uv {' '.join(arguments)} failed:\n{done.stderr.strip()}")


def main() -> None:
    """Make the environments named on the command line, or all."""
    for name in sys.argv[1:] or names():
        began = time.monotonic()
        print(f"{name}: {ensure(name)} ({time.monotonic() - began:.1f} s)")


if __name__ == "__main__":
    main()
