"""The bot: everything that code inside a task asks for, of a server or of a folder."""

from __future__ import annotations

import mimetypes
import os
import sys
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import msgspec

from botyard.bot.backend import Backend, Ending, Outcome
from botyard.bot.encoding import output as as_output
from botyard.bot.errors import Interrupted
from botyard.bot.given import Context
from botyard.bot.handles import Secret
from botyard.bot.items import Queue
from botyard.bot.logs import Log, LogHandler
from botyard.bot.spans import Span
from botyard.sdk.content import Source
from botyard.sdk.errors import Missing
from botyard.wire.records import AlertLevel, MessageFormat

P = ParamSpec("P")
T = TypeVar("T")
_NOTHING = object()


class Cache:
    """Values that bots of the workspace keep for each other."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    def get(self, key: str, default: Any = None) -> Any:
        """Return what lies under a key, else `default`."""
        try:
            return self._bot.backend.cached(key)
        except Missing:
            return default

    def put(self, key: str, value: Any, *, ttl: float | None = None) -> None:
        """Keep a value, for `ttl` seconds or without an end."""
        self._bot.backend.keep(key, value, ttl)

    def delete(self, key: str) -> None:
        """Forget what lies under a key."""
        self._bot.backend.forget(key)


class Bot:
    """The task of this process.

    Its calls may be made from any thread, and wait for a server that is away as long as the lease of the task lasts.
    Writing to the log and spans do not wait for it.
    """

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        #: Writes to the task's log.
        self.log = Log(lambda: self.backend)
        #: Values that bots of the workspace keep for each other.
        self.cache = Cache(self)
        #: Whether the bot has said how its task ended.
        self.finished = False
        self._parameters: dict[str, Any] | None = None
        self._lock = threading.Lock()
        #: Items that were done, and those that failed.
        self._counts = [0, 0]

    @property
    def context(self) -> Context:
        """The task, and where its files are."""
        return self.backend.context

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of the task, each of the type that its automation declares."""
        if self._parameters is None:
            self._parameters = self.backend.parameters()
        return self._parameters

    @property
    def interrupted(self) -> bool:
        """Whether somebody asked the bot to stop in good order."""
        return self.backend.interrupted

    def raise_on_interrupt(self) -> None:
        """Raise Interrupted when somebody asked the bot to stop; call it where stopping is safe."""
        if self.interrupted:
            raise Interrupted("Somebody asked the bot to stop.")

    def log_handler(self, level: int | str = 0) -> LogHandler:
        """Return a handler that sends records of `logging` to the task's log."""
        return LogHandler(lambda: self.backend, level)

    def progress(self, percent: float, text: str = "") -> None:
        """Say how far the task is, from 0 to 100, and what it is at."""
        self.backend.progress(percent, text)

    def queue(self, label: str) -> Queue:
        """Return a queue to work on, or to push to."""
        return Queue(self, label)

    def secret(self, label: str, key: str) -> Secret:
        """Return a handle of a value of a credential. Raises Missing."""
        return Secret(self.backend.secret(label, key))

    def asset(self, name: str, *, folder: str | None = None) -> Any:
        """Return the value of an asset: a text, a number or a boolean, a Secret, or a Login. Raises Missing."""
        return self.backend.asset(name, folder)

    def artifact(self, content: Source, name: str | None = None) -> str:
        """Keep a file with the task: a path, bytes, an open file or pieces. Returns what it is called."""
        named = name or getattr(content, "name", None)
        if not isinstance(named, str):
            raise TypeError("Bytes and pieces need a name: bot.artifact(content, 'report.csv').")
        return self.backend.artifact(os.path.basename(named) if name is None else named, content)  # noqa: PTH119

    def report_error(
        self,
        error: BaseException | str,
        *,
        screenshot: str | os.PathLike[str] | None = None,
        attachments: Sequence[str | os.PathLike[str]] = (),
        tags: Mapping[str, object] | None = None,
    ) -> int:
        """Report an error with its traceback, a picture of the screen, other files and tags; return its id."""
        told = error if isinstance(error, BaseException) else None
        stack = "".join(traceback.format_exception(told)) if told else "".join(traceback.format_stack()[:-1])
        named = {name: str(value) for name, value in (tags or {}).items()}
        number = self.backend.error(type(error).__name__ if told else "Error", str(error), stack, named)
        if screenshot is not None:
            self.backend.attach(number, _picture(Path(screenshot)), screenshot=True)
        for path in attachments:
            self.backend.attach(number, Path(path), screenshot=False)
        return number

    def alert(self, title: str, message: str = "", *, level: AlertLevel = "info") -> None:
        """Raise an alert on the task: `info`, `warn` or `error`."""
        self.backend.alert(title, message, level)

    def message(
        self,
        subject: str,
        body: str,
        *,
        addresses: Sequence[str] = (),
        users: Sequence[str] = (),
        groups: Sequence[str] = (),
        format: MessageFormat = "text",  # noqa: A002 -- what the field is called
    ) -> None:
        """Send mail to addresses, to members by their logins, and to groups by their names."""
        self.backend.mail(subject, body, {"addresses": addresses, "users": users, "groups": groups}, format)

    def span(self, name: str, input: Any = msgspec.UNSET, **tags: Any) -> Span:  # noqa: A002 -- what it is called
        """Return a span for a `with` statement; spans begun within it are below it."""
        return Span(self.backend.span, name, given=input, tags=tags)

    def carry(self, function: Callable[P, T]) -> Callable[P, T]:
        """Return the function for another thread: spans that it begins there are below the present one."""
        context = copy_context()

        def carried(*args: P.args, **kwargs: P.kwargs) -> T:
            return context.copy().run(function, *args, **kwargs)

        return carried

    def output(self, value: Any) -> None:
        """Set what the task returns, any JSON, by convention an object; paths of files become names of artifacts."""
        self.backend.output(as_output(value))

    def finish(
        self,
        *,
        output: Any = _NOTHING,
        message: str = "",
        partial: bool = False,
        failed: bool = False,
        total: int | None = None,
        processed: int | None = None,
        failed_items: int | None = None,
    ) -> None:
        """Say how the task ended: succeeded, unless it was `partial` or `failed`; said again, that replaces it.

        Items are counted by themselves where none of the numbers is given and items of queues were worked on.
        """
        if output is not _NOTHING:
            self.output(output)
        if (total, processed, failed_items) == (None, None, None) and self.worked:
            processed, failed_items = self._counts
            total = processed + failed_items
        outcome: Outcome = "failed" if failed else "partial" if partial else "succeeded"
        self.backend.finish(
            Ending(outcome=outcome, message=message, total=total, processed=processed, failed=failed_items)
        )
        self.finished = True

    def count(self, *, failed: bool) -> None:
        """Count an item that was worked on."""
        with self._lock:
            self._counts[int(failed)] += 1

    @property
    def worked(self) -> int:
        """How many items of queues were worked on."""
        done, failed = self._counts
        return done + failed

    @property
    def failed_items(self) -> int:
        """How many of them failed."""
        return self._counts[1]

    def flush(self, seconds: float | None = None) -> bool:
        """Wait until everything that was written is with the server; say whether it is after so many seconds."""
        return self.backend.flush(seconds)


def _picture(path: Path) -> Path:
    kind = mimetypes.guess_type(path.name)[0] or ""
    if not kind.startswith("image/"):
        print(f"botyard.bot: {path.name} does not look like a picture", file=sys.stderr)  # noqa: T201
    return path
