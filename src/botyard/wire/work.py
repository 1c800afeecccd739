"""What a bot sends of itself while it works: messages for its log, and how far it is."""

from __future__ import annotations

from typing import Literal

import msgspec

ProgressStatus = Literal["pending", "completed", "failed"]


class LogMessage(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A message: its number in the process that wrote it, from 1, its time in microseconds, its level, its text."""

    seq: int
    at: int
    level: str
    text: str


class SendMessages(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Messages for the log of a task, of one process, in order; those that came before are known by their numbers.

    `writer` names the process. They go to the log of the bot that sends them, for others to that of the attempt named
    by `epoch`, else of the latest.
    """

    writer: str
    messages: list[LogMessage]
    epoch: int | None = None


class MessagesTaken(msgspec.Struct, frozen=True, kw_only=True):
    """How many lines were stored; a message of several lines is as many. `dropped` found the log full."""

    accepted: int
    dropped: int
    limit_reached: bool


class TellProgress(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far a task is, from 0 to 100 percent, and a sentence. 100 means completed."""

    percent: float
    info: str = ""
    status: ProgressStatus = "pending"
    epoch: int | None = None
