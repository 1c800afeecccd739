"""The keeper: the parent of one bot, so that nothing a bot starts outlives its attempt.

Run as a script (`python -I -S -E keeper.py`), never imported by the runner, and therefore written with the standard
library alone. It is a child subreaper: whatever the bot forks, double-forks or puts in a session of its own stays
below the keeper and is found there. It takes commands on standard input and tells what happens on standard output:

    in    {"argv": …, "env": …, "cwd": …, "stdout": fd, "stderr": fd, "until": seconds}     first line: what to start
          until <seconds> · term · kill                                                     after that
    out   started <pid> · refused <reason> · exited <status> · signalled <number> · expired

End of input means that the runner is gone; `until` is the moment on the machine's clock at which the lease ends.
Both kill the whole tree, so a bot never runs without a runner or past its lease.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import select
import signal
import time

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing itself would cost every start of a bot a few milliseconds
    from collections.abc import Iterable
    from typing import Any

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
#: What the bot left running after it ended is asked to end, and killed after this many seconds.
LINGER = 2.0
#: A process that does not die within this time is in the kernel's hands; the keeper stops waiting for it.
GIVE_UP = 20.0


def prctl(option: int, value: int) -> None:
    """Set one attribute of this process."""
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option}) failed")


def now() -> float:
    """Return seconds on the clock that also counts while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def tell(text: str) -> None:
    """Report to the runner; that it is gone is noticed on standard input."""
    try:
        os.write(1, text.encode() + b"\n")
    except OSError:
        pass


def start(spec: dict[str, Any]) -> int | None:
    """Start the bot and return its process id, or None when it could not be started."""
    failed, failing = os.pipe()
    keeper = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            become(spec, keeper, failing)
        except BaseException as error:  # noqa: BLE001 -- nothing may escape from a forked child
            os.write(failing, str(error).encode(errors="replace")[:2000])
        os._exit(127)
    os.close(failing)
    for stream in {spec["stdout"], spec["stderr"]}:
        os.close(stream)
    reason = b""
    while piece := os.read(failed, 4096):
        reason += piece
    os.close(failed)
    if reason:
        os.waitpid(pid, 0)
        tell("refused " + " ".join(reason.decode(errors="replace").split()))
        return None
    tell(f"started {pid}")
    return pid


def become(spec: dict[str, Any], keeper: int, failing: int) -> None:
    """Turn this process into the bot: a session of its own, no inherited files, dead if the keeper dies."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != keeper:
        os._exit(127)
    os.setsid()
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(spec["stdout"], 1)
    os.dup2(spec["stderr"], 2)
    for descriptor in os.listdir("/proc/self/fd"):
        if int(descriptor) > 2 and int(descriptor) != failing:
            try:
                os.set_inheritable(int(descriptor), False)  # noqa: FBT003
            except OSError:
                pass
    os.chdir(spec["cwd"])
    os.execve(spec["argv"][0], spec["argv"], spec["env"])  # noqa: S606 -- no shell is what is wanted


def descendants() -> list[int]:
    """Return the ids of all live processes below this one."""
    children: dict[int, list[tuple[int, bool]]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    state, parent = file.read().rpartition(b")")[2].split()[:2]
            except (OSError, ValueError):
                continue
            children.setdefault(int(parent), []).append((int(name), state != b"Z"))
    found: list[int] = []
    parents = [os.getpid()]
    while parents:
        for pid, alive in children.pop(parents.pop(), ()):
            parents.append(pid)
            if alive:
                found.append(pid)
    return found


def send(pids: Iterable[int], number: int) -> None:
    """Send a signal to those of the processes that are still there."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except OSError:
            pass


class Tree:
    """The bot and everything below the keeper."""

    def __init__(self, bot: int, until: float, woken: int, commands: bytes) -> None:
        self.bot = bot
        self.until = until
        self.woken = woken
        self.gone = False
        self.input = commands
        self.open = True

    def reap(self) -> bool:
        """Collect the dead; tell how the bot ended when it is among them. Returns False when no child is left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid == self.bot:
                self.gone = True
                code = os.waitstatus_to_exitcode(status)
                tell(f"exited {code}" if code >= 0 else f"signalled {-code}")

    def watch(self) -> bool:
        """Wait until the bot has ended by itself (True) or has to be killed (False)."""
        while True:
            if not self.reap() or self.gone:
                return True
            if not self.listen(self.until - now()):
                return False

    def listen(self, seconds: float) -> bool:
        """Wait for a command, a dead child or the time. Returns False when everything has to be killed."""
        sources = [self.woken, 0] if self.open else [self.woken]
        wait = 0.0 if b"\n" in self.input else min(max(0.0, seconds), 3600.0)
        ready, _, _ = select.select(sources, [], [], wait)
        if self.woken in ready:
            os.read(self.woken, 4096)
        if 0 in ready:
            piece = os.read(0, 65536)
            if not piece:
                self.open = False
                return False
            self.input += piece
        while b"\n" in self.input:
            line, self.input = self.input.split(b"\n", 1)
            if not self.obey(line.decode()):
                return False
        if now() >= self.until:
            tell("expired")
            return False
        return True

    def obey(self, command: str) -> bool:
        """Carry out one command. Returns False for the one that means killing everything."""
        if command.startswith("until "):
            self.until = float(command[6:])
        elif command == "term":
            send(descendants(), signal.SIGTERM)
        return command != "kill"

    def linger(self) -> None:
        """Give what the bot left behind a moment to end."""
        stop = now() + LINGER
        send(descendants(), signal.SIGTERM)
        while self.reap() and now() < stop:
            if not self.listen(min(stop, self.until) - now()):
                return

    def kill(self) -> None:
        """Kill everything: stopped first, so that nothing can fork faster than it is found."""
        stop = now() + GIVE_UP
        while self.reap() and now() < stop:
            send(descendants(), signal.SIGSTOP)
            send(descendants(), signal.SIGKILL)
            select.select([self.woken], [], [], 0.05)
            try:
                os.read(self.woken, 4096)
            except BlockingIOError:
                pass


def main() -> None:
    """Keep one bot from its start to the death of its last process."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    woken, waking = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(waking, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    received = bytearray()
    while b"\n" not in received:
        piece = os.read(0, 1 << 16)
        if not piece:
            return
        received += piece
    description, _, commands = bytes(received).partition(b"\n")
    spec = json.loads(description)
    bot = start(spec)
    if bot is None:
        return
    tree = Tree(bot, spec["until"], woken, commands)
    if tree.watch():
        tree.linger()
    tree.kill()


if __name__ == "__main__":
    main()
