"""A real server for a measurement: `botyard up --no-runner` on a free port and a database of its own."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BOTYARD = str(Path(sys.executable).parent / "botyard")


class Yard:
    """A running server; `data` is its folder, `database` None for SQLite."""

    def __init__(self, database: str | None, *options: str) -> None:
        self.database = database
        self.options = options
        self.data = Path(tempfile.mkdtemp(prefix="botyard-bench-"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start the server and return the seconds until `/healthz` answers."""
        command = [BOTYARD, "up", "--port", str(self.port), "--data", str(self.data), *self.options]
        if self.database:
            command += ["--database", self.database]
        started = time.perf_counter()
        with (self.data / "server.log").open("ab") as sink:
            self.process = subprocess.Popen(command, stdout=sink, stderr=sink, stdin=subprocess.DEVNULL)
        while time.perf_counter() - started < 30:
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=1):
                    return time.perf_counter() - started
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.005)
        raise SystemExit((self.data / "server.log").read_text()[-3000:])

    @property
    def pid(self) -> int:
        """Return the server's process id."""
        assert self.process is not None
        return self.process.pid

    def kill(self) -> None:
        """End the server as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End the server and remove its folder."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.data, ignore_errors=True)

    def cli(self, *arguments: str) -> Any:
        """Run a command with `--json` as the local administrator and return what it printed."""
        done = subprocess.run(
            [BOTYARD, *arguments, "--data", str(self.data), "--json"], capture_output=True, check=True, text=True
        )
        return json.loads(done.stdout)

    def admin_token(self) -> str:
        """Return the local administrator's token."""
        token: str = json.loads((self.data / "server.json").read_text())["token"]
        return token

    def post(self, path: str, body: Any, token: str) -> Any:
        """Make one call of the native protocol."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = "application/zip" if isinstance(body, bytes) else "application/json"
        headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
        request = urllib.request.Request(self.url + path, raw, headers, method="POST")
        with urllib.request.urlopen(request, timeout=30) as reply:
            return json.loads(reply.read() or b"null")

    def deploy_nothing(self, label: str) -> None:
        """Make an automation whose package does nothing."""
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("main.py", "print('done')\n")
        self.post(f"/api/v1/automations/{label}/deploy?dialect=plain", package.getvalue(), self.admin_token())

    def runner_tokens(self, count: int, *, slots: int = 4) -> list[str]:
        """Register runners and return their tokens."""
        code = self.cli("connect", "runner")["token"]
        made = [
            self.post("/api/v1/runners/register", {"name": f"bench-{n}", "slots": slots}, code) for n in range(count)
        ]
        return [identity["token"] for identity in made]


@contextmanager
def yard(database: str | None, *options: str) -> Iterator[Yard]:
    """Yield a running server, stopped and removed afterwards."""
    place = Yard(database, *options)
    try:
        place.start()
        yield place
    finally:
        place.stop()


@contextmanager
def postgres_database(server: str | None) -> Iterator[str | None]:
    """Yield the address of a new database on `server` (postgresql://...), dropped afterwards; None stays None."""
    if server is None:
        yield None
        return
    import psycopg
    from psycopg import sql

    name = f"botyard_bench_{os.getpid()}_{time.time_ns()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield f"{server.rsplit('/', 1)[0]}/{name}"
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
