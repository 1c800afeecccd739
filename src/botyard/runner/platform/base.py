"""What the runner needs from an operating system: start a process tree, stop all of it, and find what is left of one.

Everything else in the runner is the same code everywhere. A second system is a second module with these methods.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """A process to start. `mark` is unique to it and is how its leftovers are recognised after a crash.

    `until` is the moment on the platform's clock at which the process has to be dead unless it is renewed.
    """

    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: Path
    mark: str
    until: float


class Exit(msgspec.Struct, frozen=True, kw_only=True):
    """How a process tree ended. Exactly one of the fields is set, unless the keeper itself was lost."""

    code: int | None = None
    signal: int | None = None
    #: Why the process could not be started.
    refused: str | None = None
    #: The lease ran out and was not renewed.
    expired: bool = False


class Leftover(msgspec.Struct, frozen=True, kw_only=True):
    """Enough to recognise a process tree of an earlier life of the runner and nobody else's."""

    mark: str
    boot: str
    keeper: int
    keeper_started: int


class Process(Protocol):
    """A running process tree."""

    @property
    def outputs(self) -> Mapping[str, BinaryIO]:
        """Return the reading ends of "stdout" and "stderr"; whoever reads them closes them."""

    @property
    def leftover(self) -> Leftover:
        """Return what a later life of the runner needs to know about this process."""

    async def started(self) -> bool:
        """Wait until the process runs (True) or could not be started (False)."""

    async def wait(self) -> Exit:
        """Wait until no process of the tree is left."""

    def terminate(self) -> None:
        """Ask the whole tree to end."""

    def kill(self) -> None:
        """End the whole tree now."""

    def renew(self, until: float) -> None:
        """Let the process live until this moment on the platform's clock."""


class Lock(Protocol):
    """A lock held; it is also released when the process that holds it dies."""

    def release(self) -> None:
        """Let others have it."""


class Platform(Protocol):
    """One operating system."""

    #: Names of variables that a process cannot do without on this system, beyond those of every system.
    essential: frozenset[str]

    def describe(self) -> str:
        """Return the name and version of the system, for people."""

    def clock(self) -> float:
        """Return seconds on a clock that never jumps and also counts while the machine sleeps."""

    async def launch(self, launch: Launch) -> Process:
        """Start a process. Raises OSError when not even its keeper could be started."""

    def sweep(self, leftover: Leftover) -> int:
        """Kill what is left of an earlier process tree; return how many processes that were."""

    def lock(self, path: Path) -> Lock | None:
        """Take the lock on a file, which is made if missing; None when somebody else holds it."""

    def interpreter(self, environment: Path) -> Path:
        """Return where a virtual environment keeps its interpreter."""

    def private_folder(self, path: Path) -> Path:
        """Make a folder, with its parents, that only this user may enter."""

    def private_file(self, path: Path, content: bytes, *, durable: bool = False) -> None:
        """Write a file that only this user may read, so that it is there completely or not at all.

        A durable file also survives the loss of power.
        """

    def on_stop(self, react: Callable[[], None]) -> None:
        """Call `react` in the running event loop each time somebody asks this process to end."""
