"""The log of a task, written by the bot: levels, fields, and what the standard library's `logging` gets."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable
from typing import Any, Protocol

from botyard.bot.encoding import field


class Sink(Protocol):
    """Where messages go."""

    @property
    def busy(self) -> bool:
        """Whether the present thread is just sending messages."""

    def message(self, level: str, text: str) -> None:
        """Take a message."""


class Log:
    """Writes to the task's log. Fields stand behind the text: `log.info("Sent", nr=17)` writes "Sent nr=17"."""

    def __init__(self, sink: Callable[[], Sink]) -> None:
        self._sink = sink

    def __call__(self, level: str, text: object, **fields: Any) -> None:
        """Write a message of any level."""
        shown = str(text)
        if fields:
            shown = " ".join([shown, *(f"{name}={field(value)}" for name, value in fields.items())])
        self._sink().message(level, shown)

    def debug(self, text: object, **fields: Any) -> None:
        """Write what only helps to find a fault."""
        self("DEBUG", text, **fields)

    def info(self, text: object, **fields: Any) -> None:
        """Write what happens."""
        self("INFO", text, **fields)

    def warning(self, text: object, **fields: Any) -> None:
        """Write what somebody should look at."""
        self("WARN", text, **fields)

    def error(self, text: object, **fields: Any) -> None:
        """Write what went wrong."""
        self("ERROR", text, **fields)

    def exception(self, text: object, **fields: Any) -> None:
        """Write what went wrong, with the traceback of the exception that is being handled."""
        self("ERROR", text, **fields)
        if sys.exc_info()[0] is not None:
            self("ERROR", traceback.format_exc().rstrip())


class LogHandler(logging.Handler):
    """Sends the records of `logging` to the task's log, with their levels."""

    def __init__(self, sink: Callable[[], Sink], level: int | str = logging.NOTSET) -> None:
        super().__init__(level)
        self._sink = sink

    def emit(self, record: logging.LogRecord) -> None:
        """Send a record, except those of the sending itself."""
        try:
            sink = self._sink()
            if not sink.busy:
                level = "WARN" if record.levelname == "WARNING" else record.levelname
                sink.message(level, self.format(record))
        except Exception:  # noqa: BLE001 -- a handler never raises
            self.handleError(record)
