"""What log lines are. Times are microseconds UTC."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from botyard.core.logs.masks import Mask

#: (number within the attempt from 1, time, stream, text)
NewLine = tuple[int, int, str, str]


#: Numbers of printed lines in a log with messages of the bot leave this much room between them.
ROOM = 2**20


class Position(NamedTuple):
    """A place in a task's log: after line `seq` of attempt `epoch`. Positions compare in reading order."""

    epoch: int
    seq: int


class LogBatch(msgspec.Struct, frozen=True, kw_only=True):
    """Lines of one attempt; `complete` says that none will follow. `max_lines` and `max_bytes` bound the log.

    `kept_back` counts lines that the runner did not send because it knew that the log was full.
    """

    runner_id: str
    attempt_id: str
    lines: Sequence[NewLine]
    complete: bool
    max_lines: int
    max_bytes: int
    now: int
    kept_back: int = 0
    #: Hides the secrets that the attempt has read.
    mask: Mask | None = None


class LogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A message that an attempt sends to its log by itself, besides what its process prints."""

    attempt_id: str
    at: int
    level: str
    text: str
    max_lines: int
    max_bytes: int
    #: Hides the secrets that the attempt has read.
    mask: Mask | None = None


class MessageBatch(msgspec.Struct, frozen=True, kw_only=True):
    """Messages of one process of an attempt, each with its number in that process, from 1, its time, level and text.

    `writer` names the process.
    """

    attempt_id: str
    writer: str
    messages: Sequence[tuple[int, int, str, str]]
    max_lines: int
    max_bytes: int
    #: Hides the secrets that the attempt has read.
    mask: Mask | None = None

    def entry(self, at: int, level: str, text: str) -> LogEntry:
        """Return one of the messages by itself."""
        return LogEntry(
            attempt_id=self.attempt_id,
            at=at,
            level=level,
            text=text,
            max_lines=self.max_lines,
            max_bytes=self.max_bytes,
            mask=self.mask,
        )


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A line that the server itself adds to a task's log; epoch 0 comes before the first attempt."""

    workspace_id: int
    task_id: int
    epoch: int
    level: str
    text: str


class Glance(NamedTuple):
    """A line without its text, for a picture of many."""

    seq: int
    at: int
    stream: str
    level: str | None


class Appended(msgspec.Struct, frozen=True, kw_only=True):
    """How many lines of a batch were new, and how many were dropped because the log is full."""

    accepted: int
    dropped: int
    limit_reached: bool


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a task's log."""

    epoch: int
    seq: int
    at: int
    stream: str
    text: str
    late: bool
    #: How serious the bot says that it is, in the bot's own word; None for what it printed.
    level: str | None = None

    @property
    def shown(self) -> str:
        """The line as it is read: its level, when it has one, before its text."""
        return self.text if self.level is None else f"{self.level:5} {self.text}"

    @property
    def number(self) -> str:
        """The number as people count: that of what is printed, and for messages behind the third such line 3.1, 3.2."""
        printed, message = divmod(self.seq, ROOM)
        return str(self.seq) if not printed else f"{printed}.{message}" if message else str(printed)

    @property
    def position(self) -> Position:
        """Where the log goes on after this line."""
        return Position(self.epoch, self.seq)

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Line:
        """Return the line of a database row."""
        return cls(
            epoch=row["epoch"],
            seq=row["seq"],
            at=row["at"],
            stream=row["stream"],
            text=row["text"],
            late=bool(row["late"]),
            level=row["level"],
        )
