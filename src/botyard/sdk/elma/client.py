"""The calls of the task queue (contract "ELMA RPA Orchestrator", sections 3, 6 and 9)."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, TypeVar
from uuid import UUID

import msgspec

from botyard.sdk import transport
from botyard.sdk.elma.errors import Busy, ElmaError, NotEnded, refusal
from botyard.sdk.elma.model import Priority, Process, Task, written
from botyard.sdk.failures import CallFailed

T = TypeVar("T")

#: The first and the longest pause between two questions for the state of a task, in seconds.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 5.0
_CREATED, _ENDED = 201, 200
_FILE_SECONDS = 300.0


class _Answer(msgspec.Struct, frozen=True):
    """Every answer: a number, and what belongs to it."""

    status: int
    task: Task | None = None
    message: str = msgspec.field(default="", name="ErrorMessage")
    total: int = 0
    process: list[Process] = []


class TaskQueue:
    """The task queue of one server, for one system. It may be shared by threads.

    Every call raises an ElmaError when the server refuses, and CallFailed when it cannot be reached or its answer is
    not of this API.
    """

    def __init__(self, server: str, token: str | UUID, *, timeout: float = 30.0, verify: bool | str = True) -> None:
        """`server` is the address that `botyard connect elma` prints, without `/v1`; `token` is the system's.

        `timeout` is how many seconds one answer may take; `verify` may name a file of certificate authorities.
        """
        self.server = transport.address(server.rstrip("/").removesuffix("/v1"))
        self._token = str(token)
        self._timeout = timeout
        self._verify = verify

    def __repr__(self) -> str:
        return f"TaskQueue({self.server!r})"

    def create(
        self,
        process: str | UUID,
        values: Mapping[str, Any] | None = None,
        *,
        version: int = 0,
        priority: Priority | None = None,
        callback: str | None = None,
    ) -> Task:
        """Start a process with these values, and return its task, which prepares. Sent once, never again by itself.

        `process` is the token of the process; `version` 0 is the current one. Files are given as addresses, which the
        server fetches. `callback` is an address that is told how the task ended.
        """
        task: dict[str, Any] = {"process": str(process), "version": version, "ctx": written(values or {})}
        task |= {"priority": priority} if priority is not None else {}
        task |= {"callback": callback} if callback is not None else {}
        return self._task("orchestra/task/create", task=task)

    def status(self, task_id: int) -> Task:
        """Return how a task stands."""
        return self._task("orchestra/task/status", id=task_id)

    def cancel(self, task_id: int) -> Task:
        """Cancel a task that prepares or waits; it ends as ERROR. One that has ended is returned as it is.

        Raises Conflict for one that a bot has begun; its `task` is how that stands.
        """
        return self._task("orchestra/task/cancel", id=task_id)

    def wait(self, task_id: int, *, timeout: float | None = None) -> Task:
        """Return the task once it has ended, however it did. Raises NotEnded after `timeout` seconds.

        The pauses between questions grow to five seconds. A server that is away or busy is asked again.
        """
        end = None if timeout is None else time.monotonic() + timeout
        task: Task | None = None
        for pause in _pauses():
            try:
                task = self.status(task_id)
            except (CallFailed, Busy) as error:
                if end is not None and time.monotonic() + pause > end:
                    raise NotEnded(f"Task {task_id} could not be asked for: {error}", task=task) from error
            else:
                if task.ended:
                    return task
            left = pause if end is None else min(pause, end - time.monotonic())
            if left <= 0:
                raise NotEnded(f"Task {task_id} has not ended after {timeout:g} seconds.", task=task)
            time.sleep(left)
        raise AssertionError("the pauses never end")

    def download(self, task_id: int, filename: str, target: str | os.PathLike[str] | BinaryIO | None = None) -> bytes:
        """Fetch a file of a task that has ended, named as in its output, and return its bytes.

        With `target`, a path or an open file, it is written there piece by piece, whatever its size, and the bytes
        returned are empty. A path holds the whole file or what it held before.
        """
        body = {"auth_tkn": self._token, "taskid": task_id, "filename": filename}
        url = f"{self.server}/v1/repository/task/download"
        with transport.stream("POST", url, json=body, timeout=_FILE_SECONDS, verify=self._verify) as (reply, pieces):
            if not reply.ok:
                raise self._refused(reply)
            if target is None:
                return b"".join(pieces)
            _save(pieces, target)
            return b""

    def processes(self, *, page: int = 1, limit: int = 0) -> list[Process]:
        """Return the processes that this system may start: all, or a page of `limit`."""
        return self._send("repository/actual", page=page, limit=limit).process

    def _task(self, route: str, **body: Any) -> Task:
        answer = self._send(route, **body)
        if answer.task is None:
            raise ElmaError("The answer of the server holds no task.", status=answer.status)
        return answer.task

    def _send(self, route: str, **body: Any) -> _Answer:
        reply = transport.send(
            "POST",
            f"{self.server}/v1/{route}",
            json={"auth_tkn": self._token, **body},
            timeout=self._timeout,
            verify=self._verify,
        )
        answer = _read(reply)
        if answer.status not in (_CREATED, _ENDED):
            raise refusal(answer.status, answer.message, answer.task)
        return answer

    def _refused(self, reply: transport.Reply) -> ElmaError:
        answer = _read(reply)
        return refusal(answer.status, answer.message, answer.task)


def _read(reply: transport.Reply) -> _Answer:
    try:
        return msgspec.json.decode(reply.content, type=_Answer)
    except (msgspec.DecodeError, UnicodeDecodeError):
        reply.raise_for_status()
        raise ElmaError(
            f"What {transport.origin(reply.url)} answered is not of this API. Check the address.",
            status=reply.status_code,
        ) from None


def _pauses() -> Iterator[float]:
    pause = _FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * 1.5, _LONGEST_PAUSE)


def _save(pieces: Iterator[bytes], target: str | os.PathLike[str] | BinaryIO) -> None:
    if not isinstance(target, str | os.PathLike):
        for piece in pieces:
            target.write(piece)
        return
    path = Path(target)
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            for piece in pieces:
                file.write(piece)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
