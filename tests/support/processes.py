"""Real `botyard` processes for tests: a server on a free port, runners that work for it, and the command line."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

BOTYARD = Path(sys.executable).parent / "botyard"
PASSWORD = "correct horse battery"
READY_SECONDS = 20.0


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(condition: Callable[[], Any], *, seconds: float = 20.0, what: str = "the condition") -> Any:
    """Return the first truthy value of `condition`, asked again until `seconds` are over; then fail the test."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"{what} did not come true within {seconds:g} s")


def clean_environment(**extra: str) -> dict[str, str]:
    """Return this process's environment without Botyard's own variables, plus `extra`."""
    return {key: value for key, value in os.environ.items() if not key.startswith("BOTYARD_")} | extra


@dataclass(kw_only=True)
class Process:
    """A `botyard` process that a test starts, stops, kills and starts again; its output goes to `log`."""

    arguments: list[str]
    log: Path
    environment: dict[str, str] = field(default_factory=clean_environment)
    popen: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Return the process id; the process must have been started."""
        assert self.popen is not None, "the process was not started"
        return self.popen.pid

    @property
    def output(self) -> str:
        """Return what the process has written so far."""
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""

    def start(self) -> None:
        """Start the process without waiting for anything."""
        with self.log.open("ab") as sink:
            self.popen = subprocess.Popen(
                [str(BOTYARD), *self.arguments],
                env=self.environment,
                cwd=self.log.parent,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def stop(self, number: signal.Signals = signal.SIGTERM, *, seconds: float = 20.0) -> int:
        """Send a signal and return the exit code; a process that does not end in time fails the test."""
        if self.popen is None:
            return 0
        if self.popen.poll() is None:
            self.popen.send_signal(number)
        try:
            return self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.arguments[0]} ignored {number.name}:\n{self.output[-4000:]}") from None

    def kill(self) -> None:
        """End the process the hard way, as a power cut would."""
        if self.popen is not None:
            self.popen.kill()
            self.popen.wait()


@dataclass(kw_only=True)
class Server(Process):
    """`botyard up --no-runner` on a free port, with helpers to talk to it."""

    url: str
    data: Path
    database_url: str | None

    def start_ready(self) -> None:
        """Start the server and return when it answers `/healthz`."""
        self.start()
        wait_until(self._is_ready, seconds=READY_SECONDS, what="the server's /healthz")

    def _is_ready(self) -> bool:
        assert self.popen is not None
        if self.popen.poll() is not None:
            raise AssertionError(f"the server ended with {self.popen.returncode}:\n{self.output[-4000:]}")
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as reply:
            return bool(reply.status == 200)
        return False

    def cli(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a `botyard` command as the local administrator of this server."""
        done = subprocess.run(
            [str(BOTYARD), *arguments, "--data", str(self.data)],
            env=clean_environment(),
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        if check and done.returncode != 0:
            raise AssertionError(
                f"botyard {' '.join(arguments)} failed: {done.stdout}{done.stderr}\n{self.output[-2000:]}"
            )
        return done

    def json(self, *arguments: str) -> Any:
        """Run a `botyard` command with `--json` and return what it printed."""
        return json.loads(self.cli(*arguments, "--json").stdout)


def make_server(folder: Path, data: Path, database_url: str | None, *options: str, **environment: str) -> Server:
    """Return a server that is not started yet. `options` go to `botyard up`, `environment` to its process."""
    port = free_port()
    arguments = ["up", "--port", str(port), "--data", str(data), *options]
    if database_url is not None:
        arguments += ["--database", database_url]
    return Server(
        arguments=arguments,
        log=folder / "server.log",
        environment=clean_environment(BOTYARD_ADMIN_PASSWORD=PASSWORD, **environment),
        url=f"http://127.0.0.1:{port}",
        data=data,
        database_url=database_url,
    )


@pytest.fixture
def server(tmp_path: Path, data: Path, database_url: str | None) -> Iterator[Server]:
    """Yield a running server without a runner, on this test's database."""
    process = make_server(tmp_path, data, database_url, "--no-runner")
    try:
        process.start_ready()
        yield process
    finally:
        process.stop()


@pytest.fixture(scope="session")
def runner_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which runners keep the packages and environments of bots, whichever test they are of."""
    return tmp_path_factory.mktemp("runner-cache")


@pytest.fixture
def start_runner(server: Server, tmp_path: Path, runner_cache: Path) -> Iterator[Callable[..., Process]]:
    """Yield a function that starts a runner for `server`; extra arguments go to `botyard runner`."""
    started: list[Process] = []

    def start(*options: str, **environment: str) -> Process:
        home = tmp_path / f"runner-{len(started) + 1}"
        home.mkdir(mode=0o700)
        joining = server.json("connect", "runner")
        process = Process(
            arguments=["runner", "--server", joining["server"], "--token", joining["token"], *options],
            log=home / "runner.log",
            environment=clean_environment(BOTYARD_RUNNER_CACHE=str(runner_cache)) | environment,
        )
        process.start()
        started.append(process)
        return process

    try:
        yield start
    finally:
        for process in started:
            process.stop()


@pytest.fixture
def runner_process(start_runner: Callable[..., Process]) -> Process:
    """Return a runner process with two slots that works for `server`."""
    return start_runner("--slots", "2")
