"""The server's own log: events with names, one line each, without secrets."""

from __future__ import annotations

import logging
import sys

from botyard.base.redact import MASK, TOKEN, RedactingFilter

_PLAIN = frozenset(logging.LogRecord("", 0, "", 0, "", None, None).__dict__) | {"message", "asctime", "taskName"}


class Lines(logging.Formatter):
    """One line a record: time, level, event, and what the event carries."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; a failure's traceback follows on lines of its own."""
        carried = "".join(f" {key}={value}" for key, value in record.__dict__.items() if key not in _PLAIN)
        line = f"{self.formatTime(record, '%H:%M:%S')} {record.levelname.lower():7} {record.getMessage()}{carried}"
        if record.exc_info:
            line = f"{line}\n{self.formatException(record.exc_info)}"
        # What an event carries and a traceback quotes may hold a token as well as the message.
        return TOKEN.sub(MASK, line)


def configure(level: str) -> None:
    """Send the log to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    handler.addFilter(RedactingFilter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("botyard").setLevel(level.upper())
    # Its warnings are about what strangers send; each such request has been answered.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    logging.getLogger("asyncio").setLevel(logging.ERROR)
