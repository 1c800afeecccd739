"""What a bot needs from outside: a server, or a folder that stands for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

import msgspec

from botyard.bot.given import Context
from botyard.bot.logs import Sink
from botyard.bot.spans import Span
from botyard.sdk.content import Source
from botyard.wire.queues import ItemReport, NewItem
from botyard.wire.records import AlertLevel, MessageFormat

Outcome = Literal["succeeded", "failed", "partial"]


class PulledItem(msgspec.Struct, frozen=True, kw_only=True):
    """An item of a queue that this bot holds."""

    id: int
    values: Any
    priority: int = 0
    reference: str | None = None
    retry_index: int = 0


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How the bot says that its task ended."""

    outcome: Outcome
    message: str = ""
    total: int | None = None
    processed: int | None = None
    failed: int | None = None


class Backend(Sink, Protocol):
    """Calls that fail raise the errors of `botyard.sdk.errors`."""

    @property
    def context(self) -> Context:
        """The task."""

    @property
    def dialect(self) -> str:
        """The dialect that the bot was deployed for."""

    @property
    def patience(self) -> float:
        """How many seconds a server that is away is waited for."""

    @property
    def interrupted(self) -> bool:
        """Whether somebody asked the bot to stop."""

    def parameters(self) -> dict[str, Any]:
        """Return the parameters, as their types have them."""

    def span(self, span: Span) -> None:
        """Take a span that begins, and again when it ends."""

    def flush(self, seconds: float | None) -> bool:
        """Wait until everything that was written is kept; say whether it is."""

    def progress(self, percent: float, text: str) -> None:
        """Say how far the task is."""

    def output(self, content: bytes) -> None:
        """Keep what the bot returns, in JSON."""

    def finish(self, ending: Ending) -> None:
        """Say how the task ended."""

    def pull(self, queue: str, count: int, wait: float) -> list[PulledItem]:
        """Take items of a queue."""

    def report(self, queue: str, report: ItemReport) -> str | None:
        """Say what became of an item; return why that was refused, None when it was not."""

    def release(self, queue: str, items: Sequence[int]) -> None:
        """Put items back into their places in line."""

    def push(self, queue: str, items: Sequence[NewItem], *, keep_existing: bool) -> list[int]:
        """Push items and return their ids."""

    def secret(self, label: str, key: str) -> str:
        """Return a value of a credential."""

    def asset(self, name: str, folder: str | None) -> Any:
        """Return the value of an asset; of a secret one a handle."""

    def artifact(self, name: str, content: Source) -> str:
        """Keep a file with the task and return what it is called."""

    def error(self, type: str, message: str, stack: str, tags: Mapping[str, str]) -> int:  # noqa: A002 -- its name
        """Report an error and return its id."""

    def attach(self, error: int, path: Path, *, screenshot: bool) -> None:
        """Add a file to a reported error."""

    def alert(self, title: str, message: str, level: AlertLevel) -> None:
        """Raise an alert."""

    def mail(self, subject: str, body: str, to: Mapping[str, Sequence[str]], form: MessageFormat) -> None:
        """Send mail to `addresses`, `users` and `groups`."""

    def cached(self, key: str) -> Any:
        """Return what lies under a key. Raises Missing."""

    def keep(self, key: str, value: Any, ttl: float | None) -> None:
        """Keep a value under a key, for so many seconds or without an end."""

    def forget(self, key: str) -> None:
        """Forget what lies under a key."""
