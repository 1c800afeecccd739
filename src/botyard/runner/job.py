"""The folder of one attempt: its package, home, temporary files and what runner and bot pass to each other."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from botyard.runner.platform import Leftover, Platform

#: A plain bot's output larger than this is not passed on.
MAX_OUTPUT = 1 << 20


class OutputUnreadable(Exception):
    """What the bot left as its output cannot be passed on; the text is the reason."""


class Job:
    """The folder `jobs/<attempt>`, mode 0700, made new for the attempt."""

    def __init__(self, folder: Path, platform: Platform) -> None:
        self.folder = folder
        self.package = folder / "package"
        self.home = folder / "home"
        self.temporary = folder / "tmp"
        self.exchange = folder / "exchange"
        self._platform = platform

    @property
    def input(self) -> Path:
        """Return the file with the parameters, as a JSON object."""
        return self.exchange / "input.json"

    @property
    def output(self) -> Path:
        """Return the file that a plain bot may leave its output in, as JSON."""
        return self.exchange / "output.json"

    @property
    def input_files(self) -> Path:
        """Return the folder with the files that the bot is given."""
        return self.exchange / "input-files"

    @property
    def output_files(self) -> Path:
        """Return the folder whose files are kept with the task when the bot has ended."""
        return self.exchange / "output-files"

    @property
    def token(self) -> Path:
        """Return the file with the attempt's token."""
        return self.exchange / "token"

    @property
    def about(self) -> Path:
        """Return the file with what the bot may know about its task, for `botyard.bot`."""
        return self.exchange / "task.json"

    @property
    def interrupt(self) -> Path:
        """Return the file that appears when somebody asks the bot to end early."""
        return self.exchange / "interrupt"

    @property
    def context(self) -> Path:
        """Return the file that the bot's bootstrap reads, and the Bot Velocity SDK before each of its calls."""
        return self.exchange / "runtime_context.json"

    @property
    def modules(self) -> Path:
        """Return the folder with modules that the server gives to the bot besides its package."""
        return self.folder / "modules"

    def create(self) -> None:
        """Make the folders."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for folder in (self.folder, self.package, self.home, self.temporary, self.exchange, *self._files):
            self._platform.private_folder(folder)

    @property
    def _files(self) -> tuple[Path, Path]:
        return self.input_files, self.output_files

    def hand_over(self, *, token: str, parameters: dict[str, Any]) -> None:
        """Write what a plain bot is given."""
        self._platform.private_file(self.token, token.encode())
        self._platform.private_file(self.input, msgspec.json.encode(parameters))

    def tell(self, about: Mapping[str, Any]) -> None:
        """Write what the bot may know about its task."""
        self._platform.private_file(self.about, msgspec.json.encode(about))

    def write_context(self, content: bytes) -> None:
        """Write or replace what the bot's bootstrap, or the SDK of Bot Velocity, is to read."""
        self._platform.private_file(self.context, content)

    def show_interrupt(self) -> None:
        """Let the bot see that it is asked to end early."""
        with contextlib.suppress(OSError):
            self._platform.private_file(self.interrupt, b"")

    def read_output(self) -> Any:
        """Return what the bot left as its output, None when it left nothing. Raises OutputUnreadable."""
        try:
            with self.output.open("rb") as file:
                content = file.read(MAX_OUTPUT + 1)
        except OSError:
            return None
        if len(content) > MAX_OUTPUT:
            raise OutputUnreadable(f"The bot's output is larger than {MAX_OUTPUT >> 20} MiB and was not passed on.")
        try:
            return msgspec.json.decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise OutputUnreadable(f"The bot's output is not JSON and was not passed on: {error}.") from None

    def note_process(self, leftover: Leftover) -> None:
        """Remember a process, so that a later life of the runner can find what is left of it."""
        number = len(list(self.folder.glob("process-*.json")))
        self._platform.private_file(self.folder / f"process-{number}.json", msgspec.json.encode(leftover))

    def remove(self) -> None:
        """Remove the folder, also where the bot has taken its own rights away."""
        shutil.rmtree(self.folder, onerror=_make_removable)


def sweep(jobs: Path, platform: Platform) -> int:
    """End and remove what an earlier life of this runner left; return how many processes that were."""
    killed = 0
    for folder in jobs.iterdir() if jobs.is_dir() else ():
        for path in folder.glob("process-*.json"):
            with contextlib.suppress(OSError, msgspec.DecodeError, UnicodeDecodeError):
                killed += platform.sweep(msgspec.json.decode(path.read_bytes(), type=Leftover))
        Job(folder, platform).remove()
    return killed


def _make_removable(function: Any, path: str, error: Any) -> None:  # noqa: ARG001 -- rmtree passes it
    with contextlib.suppress(OSError):
        Path(path).parent.chmod(0o700)
        function(path)
