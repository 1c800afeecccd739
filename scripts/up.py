"""`make up`: start Botyard, deploy the example bot, run it once while its log scrolls by, then keep serving."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BOTYARD = Path(sys.executable).parent / "botyard"
READY_SECONDS = 30.0
STOP_SECONDS = 20.0
#: `botyard task run --wait` ends so when the task had an outcome; the example finds bad invoices, which is one.
TASK_ENDED = frozenset({0, 1})


class Stopped(Exception):
    """The server ended, or somebody asked for the end."""


def main() -> int:
    """Run the steps in order; return the server's exit code, or 0 after Ctrl-C."""
    signal.signal(signal.SIGTERM, _interrupt)
    server = Server()
    try:
        return follow(server)
    except Stopped as reason:
        print(f"make up: {reason}", file=sys.stderr)
        return server.process.poll() or 1
    except KeyboardInterrupt:
        return 0
    finally:
        server.stop()


def follow(server: Server) -> int:
    """Take the newcomer through the steps; return when the server ends."""
    wait_ready(server)
    step("Deploying the example bot (examples/invoices)")
    botyard("deploy", str(ROOT / "examples" / "invoices"), "--automation", "invoices")
    step("Running it once")
    botyard("task", "run", "invoices", "--follow", "--wait", accept=TASK_ENDED)
    step(f"Done. Look at it: {address()}/  (Ctrl-C stops Botyard)")
    print("\n".join(server.greeting), flush=True)
    return server.process.wait()


class Server:
    """`botyard up` as a child process. Its output is passed on; the line with the password is kept in `greeting`."""

    def __init__(self) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches it only through us."""
        command = [str(BOTYARD), "up"]
        self.process = subprocess.Popen(command, cwd=ROOT, start_new_session=True, stdout=subprocess.PIPE, text=True)
        self.greeting: list[str] = []
        self._echo = threading.Thread(target=self._pass_on, daemon=True)
        self._echo.start()

    def _pass_on(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            print(line, end="", flush=True)
            if "password" in line:
                self.greeting.append(line.rstrip())

    def stop(self) -> None:
        """Ask it to stop, and return when it has."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self._echo.join(5)


def wait_ready(server: Server) -> None:
    """Return when the server answers. Raises Stopped when it ended instead, or takes too long."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            raise Stopped(f"the server ended with exit code {server.process.returncode}; its message is above.")
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{address()}/healthz", timeout=2):
            return
        time.sleep(0.05)
    raise Stopped(f"the server did not answer {address()}/healthz within {READY_SECONDS:g} s.")


def botyard(*arguments: str, accept: frozenset[int] = frozenset({0})) -> None:
    """Run a `botyard` command as the local administrator. Raises Stopped when its exit code is not in `accept`."""
    done = subprocess.run([str(BOTYARD), *arguments], cwd=ROOT, check=False)
    if done.returncode not in accept:
        raise Stopped(f"botyard {arguments[0]} failed; its message is above.")


def address() -> str:
    """Return where the server listens; the settings come from the same variables that it reads."""
    host = os.environ.get("BOTYARD_HOST", "127.0.0.1")
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - compared with, not bound to
    reachable = everywhere.get(host, host)
    return f"http://{reachable}:{os.environ.get('BOTYARD_PORT', '8080')}"


def step(text: str) -> None:
    """Announce what happens next."""
    print(f"\n=> {text}", flush=True)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
