"""The runner that comes with a server: a process of its own, so that its bots survive the server.

The runner locks its working directory. Whoever holds that lock is the embedded runner: a server that finds the lock
taken, because its predecessor was killed, leaves that runner at work and starts another one only when it is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from botyard.base.settings import Settings
from botyard.core import access, workspaces
from botyard.server import privatefile
from botyard.storage import Database, Tx

log = logging.getLogger("botyard.server")

_CHECK_SECONDS = 1.0
_LONGEST_DELAY = 30.0
#: How long the runner gets to end its bots and hand in their reports.
_STOP_SECONDS = 25.0


class EmbeddedRunner:
    """Keeps one runner process at work for this server."""

    def __init__(self, settings: Settings, db: Database, *, url: str) -> None:
        self._settings = settings
        self._db = db
        self._url = url
        self._folder = settings.data.resolve() / "runner"
        # Not asyncio's: that kills its process when the loop goes, and this one may outlive its server.
        self._process: subprocess.Popen[bytes] | None = None
        self._watching: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to watch over the runner."""
        self._watching = asyncio.create_task(self._watch(), name="embedded runner")

    async def stop(self) -> None:
        """Ask the runner to stop, adopted or not, and return when it has, or when its time is over."""
        await self.abandon()
        pid = self._pid()
        if pid is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
            if not await self._gone(_STOP_SECONDS):
                log.warning("runner.killed", extra={"pid": pid})
                os.kill(pid, signal.SIGKILL)
                await self._gone(5.0)

    def hurry(self) -> None:
        """Ask a stopping runner not to wait for its bots."""
        pid = self._pid()
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    async def abandon(self) -> None:
        """Stop watching and leave the runner at work, for the server that comes after this one."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

    async def _watch(self) -> None:
        delay = began = 0.0
        while True:
            try:
                now = time.monotonic()
                if self._process is not None and (code := self._process.poll()) is not None:
                    self._process = None
                    log.warning("runner.ended", extra={"exit_code": code})
                    # One that cannot work is tried again ever more rarely.
                    delay = 0.0 if now - began > _LONGEST_DELAY else min(_LONGEST_DELAY, 2 * delay + 1)
                if self._process is None and now >= began + delay and not self._locked():
                    began = now
                    await self._launch()
            except Exception:
                log.exception("runner.start_failed")
            await asyncio.sleep(_CHECK_SECONDS)

    async def _launch(self) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        code_file = self._folder / "join-code"
        code = await self._db.write(_join_code, now=self._db.now())
        privatefile.write(code_file, code.encode())
        process = self._spawn(code_file)
        privatefile.write(self._folder / "pid", str(process.pid).encode())
        log.info("runner.started", extra={"pid": process.pid})

    def _spawn(self, code_file: Path) -> subprocess.Popen[bytes]:
        """Start the process. A few milliseconds in the loop's thread: started elsewhere, a cancel could lose it."""
        with (self._folder / "runner.log").open("ab") as output:
            self._process = subprocess.Popen(
                self._command(code_file),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # A Ctrl-C in the terminal reaches the server only, which stops the runner in good order.
                start_new_session=True,
            )
        return self._process

    def _command(self, code_file: Path) -> list[str]:
        return [
            sys.executable,
            "-m",
            "botyard.runner",
            "--embedded",
            f"--server={self._url}",
            f"--token-file={code_file}",
            f"--work={self._folder}",
            f"--slots={self._settings.runner_slots}",
        ]

    def _pid(self) -> int | None:
        """Return the process that holds the lock: ours, or the one that an earlier server started."""
        if self._process is not None:
            return self._process.pid if self._process.poll() is None else None
        if not self._locked():
            return None
        with contextlib.suppress(OSError, ValueError):
            pid = int((self._folder / "pid").read_text())
            # Process ids are used again: make sure that this one is our runner before anything is sent to it.
            if str(self._folder).encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                return pid
        return None

    async def _gone(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._pid() is not None:  # noqa: ASYNC110 -- another process; nothing here could set an event
                    await asyncio.sleep(0.05)
                return True
        return False

    def _locked(self) -> bool:
        try:
            descriptor = os.open(self._folder / "lock", os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(descriptor)
        return False


def _join_code(tx: Tx, *, now: int) -> str:
    workspace = workspaces.get(tx, label=access.FIRST_WORKSPACE)
    return access.create_join_code(tx, workspace_id=workspace.id, owner="server:embedded", now=now).text
