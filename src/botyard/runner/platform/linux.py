"""Linux: every bot below a keeper process of its own (see `keeper`), found again through /proc."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, cast

from botyard.runner.platform.base import Exit, Launch, Leftover, Lock, Process

#: The variable that carries the mark of a process tree.
MARK = "BOTYARD_ATTEMPT"
_KEEPER = Path(__file__).with_name("keeper.py")
#: How long a sweep waits for processes that it has killed.
_SWEEP_SECONDS = 5.0


class LinuxProcess:
    """A keeper and the tree below it."""

    def __init__(self, keeper: subprocess.Popen[bytes], outputs: Mapping[str, BinaryIO], mark: str) -> None:
        self.outputs = outputs
        self.leftover = Leftover(mark=mark, boot=_boot(), keeper=keeper.pid, keeper_started=_started(keeper.pid) or 0)
        self._keeper = keeper
        self._commands = cast("BinaryIO", keeper.stdin)
        self._reports = cast("BinaryIO", keeper.stdout)
        self._ready: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._exit = asyncio.ensure_future(self._follow())

    async def started(self) -> bool:
        """Wait until the process runs (True) or could not be started (False)."""
        return await asyncio.shield(self._ready)

    async def wait(self) -> Exit:
        """Wait until no process of the tree is left."""
        return await asyncio.shield(self._exit)

    def terminate(self) -> None:
        """Ask the whole tree to end."""
        self._say("term")

    def kill(self) -> None:
        """End the whole tree now."""
        self._say("kill")

    def renew(self, until: float) -> None:
        """Let the process live until this moment on the platform's clock."""
        self._say(f"until {until}")

    def _say(self, command: str) -> None:
        # A keeper that is gone, or stopped, is told more by the end of its input than by any command.
        with contextlib.suppress(BrokenPipeError, BlockingIOError, ValueError):
            os.write(self._commands.fileno(), command.encode() + b"\n")

    async def _follow(self) -> Exit:
        """Read what the keeper tells until it is gone, and make sure that nothing of the tree stays behind."""
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), self._reports)
        told: dict[str, str] = {}
        while line := await reader.readline():
            word, _, rest = line.decode().rstrip("\n").partition(" ")
            told.setdefault(word, rest)
            if word in ("started", "refused"):
                self._ready.set_result(word == "started")
        transport.close()
        self._commands.close()
        await asyncio.to_thread(self._keeper.wait)
        if not told or self._keeper.returncode != 0:
            await asyncio.to_thread(_kill_marked, self.leftover.mark)
        if not self._ready.done():
            self._ready.set_result(False)
            told.setdefault("refused", "its keeper process ended at once")
        return Exit(
            code=int(told["exited"]) if "exited" in told else None,
            signal=int(told["signalled"]) if "signalled" in told else None,
            refused=told.get("refused"),
            expired="expired" in told,
        )


class FileLock:
    """A lock on a whole file, gone with the process that holds it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def release(self) -> None:
        """Let others have it."""
        os.close(self._descriptor)


class Linux:
    """Linux, with any C library and without special rights."""

    essential: frozenset[str] = frozenset()

    def describe(self) -> str:
        """Return the name and version of the system, for people."""
        return f"Linux {platform.release()} {platform.machine()}"

    def clock(self) -> float:
        """Return seconds on a clock that never jumps and also counts while the machine sleeps."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    async def launch(self, launch: Launch) -> Process:
        """Start a process. Raises OSError when not even its keeper could be started."""
        out_read, out_write = os.pipe()
        err_read, err_write = os.pipe()
        spec = {
            "argv": list(launch.argv),
            "env": {**launch.env, MARK: launch.mark},
            "cwd": str(launch.cwd),
            "stdout": out_write,
            "stderr": err_write,
            "until": launch.until,
        }
        try:
            keeper = subprocess.Popen(  # noqa: ASYNC220 -- starting takes about a millisecond; it is not waited for
                [sys.executable, "-I", "-S", "-E", str(_KEEPER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                cwd="/",
                env={},
                pass_fds=(out_write, err_write),
                start_new_session=True,
            )
        except OSError:
            os.close(out_read)
            os.close(err_read)
            raise
        finally:
            os.close(out_write)
            os.close(err_write)
        outputs = {"stdout": os.fdopen(out_read, "rb", 0), "stderr": os.fdopen(err_read, "rb", 0)}
        commands = cast("BinaryIO", keeper.stdin)
        # One pipe holds 64 KiB: a longer description has to be written while the keeper reads it.
        await asyncio.to_thread(_write_all, commands.fileno(), json.dumps(spec).encode() + b"\n")
        os.set_blocking(commands.fileno(), False)
        return LinuxProcess(keeper, outputs, launch.mark)

    def sweep(self, leftover: Leftover) -> int:
        """Kill what is left of an earlier process tree; return how many processes that were."""
        killed = 0
        if leftover.boot == _boot():
            if leftover.keeper_started and _started(leftover.keeper) == leftover.keeper_started:
                killed += _kill([*_below(leftover.keeper), leftover.keeper])
            killed += _kill_marked(leftover.mark)
        return killed

    def lock(self, path: Path) -> Lock | None:
        """Take the lock on a file, which is made if missing; None when somebody else holds it."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return None
        return FileLock(descriptor)

    def interpreter(self, environment: Path) -> Path:
        """Return where a virtual environment keeps its interpreter."""
        return environment / "bin" / "python"

    def private_folder(self, path: Path) -> Path:
        """Make a folder, with its parents, that only this user may enter."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.mkdir(exist_ok=True, mode=0o700)
        path.chmod(0o700)
        return path

    def private_file(self, path: Path, content: bytes, *, durable: bool = False) -> None:
        """Write a file that only this user may read, so that it is there completely or not at all."""
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        draft.replace(path)

    def on_stop(self, react: Callable[[], None]) -> None:
        """Call `react` in the running event loop each time somebody asks this process to end."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, react)


def _write_all(descriptor: int, content: bytes) -> None:
    try:
        while content:
            content = content[os.write(descriptor, content) :]
    except BrokenPipeError:
        pass  # the keeper died at once, which its empty report will show


def _boot() -> str:
    """Return the id of this boot of the machine: process ids mean nothing across boots."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _processes() -> Iterator[int]:
    return (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())


def _status(pid: int) -> list[bytes] | None:
    """Return the fields of /proc/<pid>/stat from the state on; None when there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return None


def _started(pid: int) -> int | None:
    """Return when a process was started, in clock ticks since boot; with its id this names it for ever."""
    fields = _status(pid)
    return int(fields[19]) if fields and fields[0] != b"Z" else None


def _below(parent: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for pid in _processes():
        if fields := _status(pid):
            children.setdefault(int(fields[1]), []).append(pid)
    found: list[int] = []
    parents = [parent]
    while parents:
        below = children.get(parents.pop(), [])
        found += below
        parents += below
    return found


def _marked(mark: str) -> list[int]:
    wanted = f"{MARK}={mark}".encode()
    found = []
    for pid in _processes():
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            continue
        if wanted in environment.split(b"\0"):
            found.append(pid)
    return found


def _kill(pids: list[int]) -> int:
    killed = 0
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
            killed += 1
        except OSError:
            pass
    return killed


def _kill_marked(mark: str) -> int:
    """Kill every process with the mark until none is left; return how many there were."""
    killed = 0
    stop = time.monotonic() + _SWEEP_SECONDS
    while (pids := _marked(mark)) and time.monotonic() < stop:
        killed += _kill(pids)
        time.sleep(0.01)
    return killed
