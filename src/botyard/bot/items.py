"""Items of a queue, each worked on in a `with` statement that reports what became of it."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from botyard.bot.errors import BusinessError
from botyard.wire.queues import ItemReport, NewItem

if TYPE_CHECKING:
    from botyard.bot.backend import PulledItem
    from botyard.bot.session import Bot

#: How long one call waits for items, so that a wish to stop is seen soon.
_LOOK_SECONDS = 5.0
#: The server keeps 10,000 characters of a message.
_TRACE = 8_000
_TEXT = 1_900


class Item:
    """An item that this bot holds.

    In a `with` statement it is `done` in the end, an `error` of the kind business for a BusinessError, and one of the
    kind application, with the traceback, for any other Exception; both are logged, and the loop goes on. When the bot
    is interrupted or ends meanwhile, the item goes back into its place in line.
    """

    def __init__(self, bot: Bot, queue: str, pulled: PulledItem, *, stop_on_error: bool = False) -> None:
        self.id = pulled.id
        self.values: Any = pulled.values
        self.priority = pulled.priority
        self.reference = pulled.reference
        #: Which retry of an item this is, 0 for none.
        self.retry = pulled.retry_index
        #: What came of it, any JSON; told with the report.
        self.result: Any = None
        #: Whether it was reported or given back.
        self.settled = False
        self._bot = bot
        self._queue = queue
        self._stop = stop_on_error

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def __repr__(self) -> str:
        return f"<item {self.id} of {self._queue}>"

    def done(self, result: Any = None) -> None:
        """Report that the item is done."""
        self._report(ItemReport(item=self.id, outcome="done", result=self.result if result is None else result))

    def fail(self, message: str, *, business: bool = False) -> None:
        """Report that the item failed; a `business` error is one of the item itself, and is not tried again."""
        kind: Literal["business", "application"] = "business" if business else "application"
        self._report(
            ItemReport(item=self.id, outcome="error", error_kind=kind, message=message, result=self.result), failed=True
        )

    def release(self) -> None:
        """Put the item back into its place in line, unworked."""
        if not self.settled:
            self.settled = True
            self._bot.backend.release(self._queue, [self.id])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if self.settled:
            return False
        if error is None:
            self.done()
            return False
        if not isinstance(error, Exception):
            self.release()
            return False
        self._fail_with(error)
        return not self._stop

    def _fail_with(self, error: Exception) -> None:
        text = f"{error}" if isinstance(error, BusinessError) and str(error) else f"{type(error).__name__}: {error}"
        if isinstance(error, BusinessError):
            self._tell("WARN", f"is wrong: {text}")
            self.fail(text, business=True)
            return
        told = "".join(traceback.format_exception(error))
        self._tell("ERROR", f"failed: {text}\n{told.rstrip()}")
        self.fail(f"{text[:_TEXT]}\n\n{told[-_TRACE:]}".rstrip())

    def _tell(self, level: str, text: str) -> None:
        self._bot.log(level, f"Item {self.id} of {self._queue} {text}")

    def _report(self, report: ItemReport, *, failed: bool = False) -> None:
        refused = self._bot.backend.report(self._queue, report)
        self.settled = True
        if refused is not None:
            self._tell("WARN", f"is not this bot's any more: {refused}")
            return
        self._bot.count(failed=failed)


class Queue:
    """A queue, as a bot works on it."""

    def __init__(self, bot: Bot, label: str) -> None:
        self._bot = bot
        self.label = label

    def items(
        self, *, wait: float = 0.0, batch: int = 1, limit: int | None = None, stop_on_error: bool = False
    ) -> Iterator[Item]:
        """Yield items until there are none for `wait` seconds, or somebody asks the bot to stop.

        `batch` items are taken at a time; those that were not begun when the loop ends go back into line. Each is to be
        used in a `with` statement, or settled by hand, before the next; with `stop_on_error` the first Exception ends
        the loop.
        """
        held: list[Item] = []
        given = 0
        try:
            while not self._bot.interrupted and (limit is None or given < limit):
                if not held:
                    most = batch if limit is None else min(batch, limit - given)
                    held = self.take(most, wait=wait, stop_on_error=stop_on_error)
                if not held or self._bot.interrupted:
                    return
                item = held[0]
                yield item
                if not item.settled:
                    raise RuntimeError(f"{item!r} was not settled: work on it in `with item:`.")
                held.pop(0)
                given += 1
        finally:
            left = [item for item in held if not item.settled]
            if left:
                self._bot.backend.release(self.label, [item.id for item in left])
                for item in left:
                    item.settled = True

    def take(self, count: int = 1, *, wait: float = 0.0, stop_on_error: bool = False) -> list[Item]:
        """Take up to `count` items, for the bot to settle each; none when there are none after `wait` seconds."""
        left = max(wait, 0.0)
        while True:
            part = min(left, _LOOK_SECONDS)
            pulled = self._bot.backend.pull(self.label, count, part)
            left -= part
            if pulled or left <= 0 or self._bot.interrupted:
                return [Item(self._bot, self.label, one, stop_on_error=stop_on_error) for one in pulled]

    def push(
        self,
        items: Mapping[str, Any] | NewItem | Sequence[Mapping[str, Any] | NewItem],
        *,
        priority: int = 0,
        reference: str | None = None,
        keep_existing: bool = False,
    ) -> list[int]:
        """Push one item or many, in calls of a thousand each all or none, and return their ids.

        `priority` and `reference` are those of items that are values only. `keep_existing` answers a unique key that is
        taken with the item that has it.
        """
        many = [items] if isinstance(items, Mapping | NewItem) else items
        new = [
            one if isinstance(one, NewItem) else NewItem(values=dict(one), priority=priority, reference=reference)
            for one in many
        ]
        return self._bot.backend.push(self.label, new, keep_existing=keep_existing)
