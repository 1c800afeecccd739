"""Run one server: open everything, answer requests, and close everything in good order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path

import uvicorn

import botyard
from botyard.base.exceptions import BotyardError, Invalid
from botyard.base.settings import Settings, unknown_variables
from botyard.server import logs, start
from botyard.server.app import Health, create_app, elma_app
from botyard.server.connections import Connection, drop_stalled
from botyard.server.embedded import EmbeddedRunner
from botyard.server.loops import Upkeep
from botyard.storage import Blobs, Database
from botyard.web import Application, Drain

log = logging.getLogger("botyard.server")

#: How long requests in flight get when the server stops.
DRAIN_SECONDS = 10
_EXIT_FAILED = 3
#: Open files kept free for databases, stored files and the runner.
_OTHER_FILES = 500


def serve(settings: Settings) -> int:
    """Serve until a signal says stop; return the exit code. Errors are told on standard error."""
    os.umask(0o077)
    start.forbid_core_dumps()
    logs.configure(os.environ.get("BOTYARD_LOG", "info"))
    for sentence in unknown_variables(os.environ):
        log.warning("setting.unknown", extra={"reason": sentence})
    try:
        _prepare_folder(settings.data)
        _allow_many_connections()
        return _run(_serve(settings))
    except BotyardError as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1


def _run(main: Coroutine[None, None, int]) -> int:
    try:
        import uvloop
    except ImportError:  # not on every system
        return asyncio.run(main)
    return int(uvloop.run(main))


async def _serve(settings: Settings) -> int:
    sock = listen(settings.host, settings.port)
    elma = None if settings.elma_port is None else listen(settings.host, settings.elma_port, option="--elma-port")
    url = _url(settings.host, sock)
    db = await Database.open(settings.database, data=settings.data)
    try:
        password = await start.first_start(settings, db)
        server = RunningServer(settings, db, sock, url=url, elma=elma)
        elma_url = None if elma is None else _url(settings.host, elma)
        await server.run(on_ready=lambda: start.announce(settings, url=url, password=password, elma_url=elma_url))
    finally:
        await db.close()
    if db.failure is not None:
        sys.stderr.write(f"Error: The database failed and the server stopped: {db.failure}\n")
        return _EXIT_FAILED
    return 0


class RunningServer:
    """One server from its first request to its last."""

    def __init__(
        self, settings: Settings, db: Database, sock: socket.socket, *, url: str, elma: socket.socket | None = None
    ) -> None:
        self._settings = settings
        self._db = db
        self._sock = sock
        self._elma = elma
        self._url = url
        self._drain = Drain()
        self._stop = asyncio.Event()
        self._signals = 0
        self._runner = EmbeddedRunner(settings, db, url=url) if settings.runner else None
        blobs = Blobs.open(settings.blobs, data=settings.data)
        self._app = create_app(settings, db, blobs, drain=self._drain, health=self._health)
        holder = f"{socket.gethostname()}:{os.getpid()}"
        tools = self._app.tools
        self._upkeep = Upkeep(settings, db, blobs, tools.authenticator, upstream=tools.upstream, holder=holder)

    async def run(self, *, on_ready: Callable[[], None]) -> None:
        """Serve until asked to stop or until the database fails."""
        listeners = [(http_server(self._app), self._sock)]
        if self._elma is not None:
            listeners.append((http_server(elma_app(self._app)), self._elma))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._signalled)
        await start.open_vault(self._db, self._app.tools.root_keys)
        # Before the first answer, so that whoever saw /healthz finds the token that works.
        owner = await start.open_local_access(self._settings, self._db, url=self._url)
        serving = [asyncio.create_task(http.serve(sockets=[sock])) for http, sock in listeners]
        self._upkeep.start()
        if self._runner is not None:
            self._runner.start()
        on_ready()
        await self._until_stop(serving)
        await self._close([http for http, _ in listeners], serving, owner)

    async def _until_stop(self, serving: list[asyncio.Task[None]]) -> None:
        waits = [asyncio.create_task(self._stop.wait()), asyncio.create_task(self._db.failed.wait())]
        await asyncio.wait([*serving, *waits], return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    async def _close(self, https: list[uvicorn.Server], serving: list[asyncio.Task[None]], owner: str) -> None:
        log.info("server.draining")
        self._drain.start()
        if self._runner is not None and self._db.failure is None:
            # It still talks to this server: its bots' last reports come in now.
            await self._runner.stop()
        elif self._runner is not None:
            await self._runner.abandon()
        self._drain.end()
        for http in https:
            http.should_exit = True
        await asyncio.gather(*serving)
        for close in self._app.tools.closing:
            await close()
        with contextlib.suppress(BotyardError):
            await self._upkeep.stop()
            await start.close_local_access(self._settings, self._db, owner=owner)
        self._app.tools.authenticator.close()
        await self._app.tools.upstream.close()
        log.info("server.stopped")

    def _signalled(self) -> None:
        self._signals += 1
        self._stop.set()
        if self._signals > 1 and self._runner is not None:
            self._runner.hurry()

    def _health(self) -> Health:
        return Health(
            "draining" if self._drain.started else "ok",
            botyard.__version__,
            {loop.name: loop.age for loop in self._upkeep.loops},
        )


class _Http(uvicorn.Server):
    """The HTTP server, which leaves signals to us."""

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until `should_exit`, and cut stalled connections meanwhile."""
        stalled = asyncio.create_task(drop_stalled(self.server_state))
        try:
            await super().serve(sockets)
        finally:
            stalled.cancel()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def http_server(app: Application) -> uvicorn.Server:
    """Return the HTTP server, not yet serving."""
    return _Http(
        uvicorn.Config(
            app,
            http=Connection,
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=DRAIN_SECONDS,
        )
    )


def listen(host: str, port: int, *, option: str = "--port") -> socket.socket:
    """Return a socket that listens. Raises Invalid saying what is wrong with the address."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        sock = socket.socket(family, kind, protocol)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(2048)
    except OSError as error:
        raise Invalid(
            f"Cannot listen on {host} port {port}: {error.strerror or error}.",
            hint=f"Stop what is using it, or choose another with {option}.",
        ) from None
    sock.setblocking(False)  # noqa: FBT003 -- the standard library takes no keyword here
    return sock


def _url(host: str, sock: socket.socket) -> str:
    port = sock.getsockname()[1]
    if host in ("0.0.0.0", ""):  # noqa: S104 -- compared, not bound
        host = "127.0.0.1"
    elif host == "::":
        host = "::1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _allow_many_connections() -> None:
    """Use as many open files as the system lets us: each waiting runner is one."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = hard if hard != resource.RLIM_INFINITY else max(soft, 65_536)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        Connection.most = max(100, most - _OTHER_FILES)


def _prepare_folder(data: Path) -> None:
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        scratch = data / "tmp"
        scratch.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise Invalid(
            f"The data folder {data} cannot be used: {error.strerror}.", hint="Choose another with --data."
        ) from None
    # Uploads spool here and not in a folder shared with other users.
    tempfile.tempdir = str(scratch)
