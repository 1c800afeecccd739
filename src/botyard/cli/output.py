"""What a command prints: its result on standard output, everything about the way there on standard error."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

_QUIET_SECONDS = 1.0


def json(value: Any) -> None:
    """Print one JSON value."""
    print(msgspec.json.encode(value).decode())


def note(text: str) -> None:
    """Say something that is not the result."""
    print(text, file=sys.stderr, flush=True)


def table(rows: Sequence[tuple[str, Any]]) -> None:
    """Print names and values in two columns, leaving out what is None or empty."""
    shown = [(name, str(value)) for name, value in rows if value not in (None, "", [], {})]
    width = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        print(f"{name:<{width}}  {value}")


class Progress:
    """A line on standard error about what is going on; change it with `say`."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._status: Any = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(_QUIET_SECONDS, self._show)
        self._timer.daemon = True
        self._timer.start()

    def say(self, text: str) -> None:
        """Replace the line; where it cannot be replaced, say it again only when it changed."""
        with self._lock:
            if text == self._text:
                return
            self._text = text
            if self._status is not None:
                self._status.update(text)
            elif not self._timer.is_alive() and not sys.stderr.isatty():
                note(text)

    def hide(self) -> None:
        """Take the line away for good."""
        self._timer.cancel()
        with self._lock:
            if self._status is not None:
                self._status.stop()
                self._status = None

    def _show(self) -> None:
        with self._lock:
            if not sys.stderr.isatty():
                note(f"{self._text} ...")
                return
            from rich.console import Console

            self._status = Console(stderr=True).status(self._text)
            self._status.start()


@contextmanager
def progress(text: str) -> Iterator[Progress]:
    """Show what is going on as soon as it takes more than a second."""
    shown = Progress(text)
    try:
        yield shown
    finally:
        shown.hide()
