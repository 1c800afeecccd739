"""Keeping the board on the screen: it is drawn again when something happened, at most once a second."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botyard.cli.top import board

if TYPE_CHECKING:
    from botyard.cli.top.board import Board
    from botyard.sdk import Botyard

#: How often it is drawn although nothing happened, since times go on.
_CALM_SECONDS = 10.0
_QUICKEST_SECONDS = 1.0
_TICK = 0.2
_PLAIN_HEIGHT = 60


def is_terminal() -> bool:
    """Say whether there is a terminal to draw on."""
    return sys.stdout.isatty()


def print_once(seen: Board) -> None:
    """Print one frame."""
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    console.print(board.frame(seen, height=console.height if is_terminal() else _PLAIN_HEIGHT))


def show(yard: Botyard) -> None:
    """Draw the board until q is pressed."""
    from rich.console import Console
    from rich.live import Live

    happened = threading.Event()
    threading.Thread(target=_watch, args=(yard, happened), daemon=True).start()
    console = Console(highlight=False, markup=False)
    with _keys() as pressed, Live(console=console, screen=True, auto_refresh=False) as screen:
        while True:
            happened.clear()
            drawn = time.monotonic()
            screen.update(board.frame(board.look(yard), height=console.height, server=yard.server), refresh=True)
            while not _is_due(drawn, happened):
                if pressed() in ("q", "Q"):
                    return
                time.sleep(_TICK)


def _is_due(drawn: float, happened: threading.Event) -> bool:
    age = time.monotonic() - drawn
    return age >= (_QUICKEST_SECONDS if happened.is_set() else _CALM_SECONDS)


def _watch(yard: Botyard, happened: threading.Event) -> None:
    """Say when something happened. Without a stream, the board is drawn every few seconds all the same."""
    from botyard.sdk.errors import CallError

    while True:
        try:
            for _ in yard.events.follow():
                happened.set()
        except CallError:
            time.sleep(_CALM_SECONDS)


@contextmanager
def _keys() -> Iterator[Callable[[], str]]:
    """Yield a function that returns the key that was pressed, "" for none; the terminal is as before afterwards."""
    try:
        import termios
        import tty

        before = termios.tcgetattr(sys.stdin)
    except (ImportError, OSError, termios.error):
        yield lambda: ""
        return
    tty.setcbreak(sys.stdin)
    try:
        yield _pressed
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def _pressed() -> str:
    import select

    return sys.stdin.read(1) if select.select([sys.stdin], [], [], 0)[0] else ""
