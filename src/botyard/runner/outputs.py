"""Files that a bot leaves: found in its output folder, sent to the server, and named in what it returns.

Every regular file counts, in folders within the folder too; a file is known by its last name alone. What is no regular
file is left out, and so is what exceeds the limits: the log says so, and the task ends as its bot ended it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from botyard.runner.inputs import safe_name
from botyard.sdk import exchange, running
from botyard.sdk.errors import Conflict, Missing, Refused, Unauthenticated, Unavailable
from botyard.sdk.native import AsyncClient

MAX_FILES = 1000
MAX_BYTES = 10 << 30
_MAX_DEPTH = 32
_MAX_ENTRIES = 50_000
_MAX_COMPLAINTS = 20
_TRIES = 6
_CHUNK = 1 << 20

Say = Callable[[str], None]


class Gone(Exception):
    """The lease is gone: the server takes nothing more of this attempt."""


class Outputs:
    """What one bot left. `folder` is where it was told to leave files, `ground` all that belongs to its attempt."""

    def __init__(
        self,
        client: AsyncClient,
        attempt: str,
        *,
        folder: Path,
        ground: Path,
        most: int,
        say: Say,
        patient: Callable[[], bool],
    ) -> None:
        """`most` is how many bytes the server takes of one file; `patient` whether one that is away is waited for."""
        self._client = client
        self._attempt = attempt
        self._folder = folder.resolve()
        self._ground = ground.resolve()
        self._most = most
        self._say = say
        self._patient = patient
        self._complaints = 0
        #: What each file that was sent is called, by its real path.
        self._names: dict[str, str] = {}
        self._bytes = 0

    async def send(self) -> None:
        """Send the files of the folder. Raises Gone."""
        for path in await asyncio.to_thread(lambda: sorted(self._found())):
            await self._send(path)

    async def name_files(self, output: Any, parameters: list[str], cwd: Path) -> Any:
        """Return what the bot returned, with the names of files where it gave their paths. Raises Gone.

        Looks only at the parameters named, whatever their case. A path within the attempt's own ground is sent as
        well; one from elsewhere stays as it is.
        """
        if not isinstance(output, dict) or not parameters:
            return output
        wanted = {name.lower() for name in parameters}
        named = dict(output)
        for key, value in output.items():
            if key.lower() in wanted:
                named[key] = await self._named(key, value, cwd)
        return named

    async def _named(self, key: str, value: Any, cwd: Path) -> Any:
        if isinstance(value, list):
            return [await self._named(key, item, cwd) for item in value]
        if not isinstance(value, str) or not value:
            return value
        for base in (self._folder, cwd):
            with contextlib.suppress(OSError, ValueError):
                path = await asyncio.to_thread((base / value).resolve, strict=True)
                if path.is_relative_to(self._ground) and path.is_file():
                    if str(path) not in self._names:
                        await self._send(path)
                    return self._names.get(str(path), value)
        if value not in self._names.values():
            self._complain(f'Output "{key}" names "{value[:200]}", which is none of the files that the bot left.')
        return value

    def _found(self) -> Iterator[Path]:
        """Yield the regular files below the folder; say what else is there."""
        seen, waiting = 0, [(self._folder, 0)]
        while waiting:
            folder, depth = waiting.pop()
            for entry in self._entries(folder):
                seen += 1
                if seen > _MAX_ENTRIES:
                    self._complain(f"The output folder holds more than {_MAX_ENTRIES} entries; the rest was left out.")
                    return
                path = Path(entry.path)
                if entry.is_file(follow_symlinks=False):
                    yield path
                elif entry.is_dir(follow_symlinks=False) and depth < _MAX_DEPTH:
                    waiting.append((path, depth + 1))
                else:
                    kind = "a link" if entry.is_symlink() else "no regular file"
                    self._complain(f'"{self._shown(path)}" is {kind} and was left out.')

    def _entries(self, folder: Path) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self._complain(f'The output folder "{self._shown(folder)}" cannot be read: {error.strerror or error}.')
            return []

    async def _send(self, path: Path) -> None:
        name = self._shown(path)
        if len(self._names) >= MAX_FILES:
            self._complain(f'"{name}" was left out: a task keeps at most {MAX_FILES} files of a bot.')
            return
        try:
            size = await asyncio.to_thread(_size_of, path)
        except OSError as error:
            self._complain(f'"{name}" cannot be read and was left out: {error.strerror or error}.')
            return
        if size > self._most:
            self._complain(
                f'"{name}" was left out: it has {size} bytes, and the server takes {self._most} of one file.'
            )
            return
        if self._bytes + size > MAX_BYTES:
            self._complain(f'"{name}" was left out: a task keeps at most {MAX_BYTES >> 30} GiB of a bot\'s files.')
            return
        kept = await self._deliver(path, name)
        if kept is not None:
            self._names[str(path)] = kept
            self._bytes += size

    async def _deliver(self, path: Path, name: str) -> str | None:
        """Return what the server calls the file; None when it does not take it, which the log then says."""
        faults = 0
        for delay in exchange.backoff(most=3.0):
            try:
                call = running.keep_file(self._attempt, name, _pieces(path))
                return (await self._client.send(call, patience=0)).file_name
            except Unavailable as error:
                faults += error.status is not None
                if faults == _TRIES or not self._patient():
                    self._complain(f'"{name}" could not be kept: {error.message}')
                    return None
                await asyncio.sleep(max(delay, min(error.retry_after or 0.0, 10.0)))
            except (Missing, Unauthenticated):
                raise Gone from None
            except Refused as error:
                if isinstance(error, Conflict) or error.code == "stale_lease":
                    raise Gone from None
                self._complain(f'"{name}" was not kept: {error.message}')
                return None
            except OSError as error:
                self._complain(f'"{name}" cannot be read and was left out: {error.strerror or error}.')
                return None
        return None

    def _shown(self, path: Path) -> str:
        """Return what a file is called: its way from the folder, in characters that every system can show."""
        inside = path.relative_to(self._folder) if path.is_relative_to(self._folder) else Path(path.name)
        return "/".join(safe_name(part, set()) for part in inside.parts) or "."

    def _complain(self, text: str) -> None:
        self._complaints += 1
        if self._complaints <= _MAX_COMPLAINTS:
            self._say(text)
        elif self._complaints == _MAX_COMPLAINTS + 1:
            self._say("(More files were left out.)")


def _size_of(path: Path) -> int:
    with _opened(path) as file:
        return os.fstat(file.fileno()).st_size


def _opened(path: Path) -> BinaryIO:
    """Open a regular file and nothing else, however it was swapped meanwhile. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(None, "it is no regular file")
    return os.fdopen(descriptor, "rb")


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(_opened, path) as file:
        while piece := await asyncio.to_thread(file.read, _CHUNK):
            yield piece
