"""Why a bot failed, in its own words: the exception that it ended with, else the last it wrote to its error stream."""

from __future__ import annotations

import re

_LONGEST = 500
#: How many lines may follow a traceback and it still counts as what ended the bot.
_NEAR = 20
_TRACEBACK = "Traceback (most recent call last):"
#: What a logging library puts before a message that is no failure: its level, after a time and a name perhaps.
_CHATTER = re.compile(r"(?:[^A-Za-z]{0,40}|\W?\d{4}-\d\d-\d\d.{0,120}?\W)(?:TRACE|DEBUG|INFO|NOTICE)\b")
#: What begins the last part of a traceback; also when it stands inside the frame of an exception group.
_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(?::|$)")


class LastWords:
    """Listens to the error stream, line by line."""

    def __init__(self) -> None:
        self._exception = ""
        self._line = ""
        self._since = 0
        self._inside = False

    def hear(self, line: str) -> None:
        """Take the next line."""
        text = line.strip()
        if text == _TRACEBACK:
            self._inside = True
        elif self._inside:
            self._look_for_end(line, text)
        elif text and not _CHATTER.match(text[:200]):
            self._line = text
            self._since += 1

    def _look_for_end(self, line: str, text: str) -> None:
        """Note the exception that a traceback ends with: its first line that is neither indented nor a frame."""
        if line[:1].isspace() or not _EXCEPTION.match(text[:200]):
            return
        self._inside = False
        self._exception, self._line, self._since = text, text, 0

    @property
    def text(self) -> str:
        """What to quote; nothing when nothing was said that could be a reason."""
        said = self._exception if self._exception and self._since <= _NEAR else self._line
        return said[:_LONGEST]
