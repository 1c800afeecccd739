"""What scenarios do with a server and its runners."""

from __future__ import annotations

import io
import os
import signal
import textwrap
import zipfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from botyard.sdk import Botyard, calls
from botyard.wire import native as wire
from tests.support.processes import Process, Server, clean_environment, wait_until


def archive_of(**files: str) -> bytes:
    """Return a zip archive; `main_py="…"` becomes the file main.py."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            stem, _, extension = name.rpartition("_")
            archive.writestr(f"{stem}.{extension}", textwrap.dedent(text))
    return buffer.getvalue()


class Yard:
    """A server, its runners and a client with a developer's rights."""

    def __init__(self, folder: Path, server: Server, runner_cache: Path) -> None:
        self.folder = folder
        self.server = server
        self.runner_cache = runner_cache
        self.runners: list[Process] = []
        self._client: Botyard | None = None

    @property
    def client(self) -> Botyard:
        """Return a client of the server, as its local administrator."""
        if self._client is None:
            from botyard.cli.session import connect

            self._client = connect(data=self.server.data, server=None, token=None)
        return self._client

    def reconnect(self) -> None:
        """Forget the connection to a server that has been started again."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def restart_with(self, **environment: str) -> None:
        """Start the server again with other settings."""
        self.server.stop()
        self.server.environment |= environment
        self.server.start_ready()
        self.reconnect()

    def add_runner(self, *options: str, work: Path | None = None, **environment: str) -> Process:
        """Start a runner; with `work` one that lives on in the working directory of an earlier one.

        Runners of all yards share what they prepare for bots, unless `environment` says otherwise.
        """
        home = work or self.folder / f"runner-{len(self.runners) + 1}"
        home.mkdir(mode=0o700, exist_ok=True)
        joining = self.server.json("connect", "runner")
        arguments = ["runner", "--server", joining["server"], "--token", joining["token"], "--work", str(home / "work")]
        runner = Process(
            arguments=[*arguments, *options],
            log=home / f"{len(self.runners)}.log",
            environment=clean_environment(BOTYARD_RUNNER_CACHE=str(self.runner_cache)) | environment,
        )
        runner.start()
        self.runners.append(runner)
        wait_until(lambda: "runner.ready" in runner.output, what="the runner")
        return runner

    def deploy(self, label: str, archive: bytes, dialect: str = "plain") -> wire.Deployed:
        """Store and release a package."""
        return self.client.automations.deploy(label, archive, dialect=dialect)

    def start(self, label: str, main_py: str | None = None, **parameters: Any) -> int:
        """Start a task and return its id; with `main_py` of a plain automation made of that file."""
        if main_py is not None:
            self.deploy(label, archive_of(main_py=main_py))
        return self.client.tasks.create(label, parameters).id

    def task(self, task_id: int) -> wire.TaskView:
        """Return a task as it is now."""
        return self.client.tasks.get(task_id)

    def settled(self, task_id: int, *, seconds: float = 60.0) -> wire.TaskView:
        """Wait until a task has ended, its process is gone and its log is complete; return it."""
        wait_until(lambda: self.task(task_id).settled, seconds=seconds, what=f"the end of task {task_id}")
        return self.task(task_id)

    def running(self, task_id: int, *, line: str | None = None, epoch: int = 1) -> None:
        """Wait until an attempt of a task runs, and has written a line."""
        wait_until(
            lambda: self.task(task_id).state == "running" and self.task(task_id).attempts >= epoch,
            seconds=60,
            what=f"the start of task {task_id}",
        )
        if line is not None:
            wait_until(lambda: line in self.lines(task_id, epoch=epoch), what=f"the line {line!r}")

    def act(self, task_id: int, action: str) -> wire.TaskView:
        """Cancel, interrupt, kill or restart a task."""
        return self.client.send(calls.post(f"/api/v1/tasks/{task_id}/{action}", {}, wire.TaskView))

    def attempts(self, task_id: int) -> list[wire.AttemptView]:
        """Return the attempts of a task, first to last."""
        return self.client.send(calls.get(f"/api/v1/tasks/{task_id}/attempts", wire.AttemptList)).attempts

    def log(self, task_id: int) -> list[wire.LineView]:
        """Return every line of a task's log."""
        lines: list[wire.LineView] = []
        after: str | None = None
        while True:
            call = calls.get(f"/api/v1/tasks/{task_id}/logs", wire.LogPage, after=after, limit=5000)
            page = self.client.send(call)
            lines += page.lines
            if len(page.lines) < 5000:
                return lines
            after = page.next

    def lines(self, task_id: int, *, stream: str = "stdout", epoch: int | None = None) -> list[str]:
        """Return the texts of one stream of a task's log."""
        return [
            line.text for line in self.log(task_id) if line.stream == stream and (epoch is None or line.epoch == epoch)
        ]

    def pids(self, task_id: int) -> list[int]:
        """Return the process ids that a bot has written as lines `pid N`."""
        return [int(line.split()[1]) for line in self.lines(task_id) if line.startswith("pid ")]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            for process in (self.server, *self.runners):
                print(f"--- {process.arguments[0]} {process.log}\n{process.output[-3000:]}")  # noqa: T201
        if self._client is not None:
            self._client.close()
        for runner in self.runners:
            if runner.popen is not None and runner.popen.poll() is None:
                os.kill(runner.pid, signal.SIGTERM)
        for runner in self.runners:
            runner.stop(seconds=40)
        self.server.stop()
