"""An item of a queue."""

from __future__ import annotations

from typing import Any, NoReturn


class QueueItem:
    """What a bot works on. It cannot be changed, and has attributes only: no items, nothing to iterate.

    `id` is a text; the vendor's document calls it a number, its package takes texts only. `content` is any JSON.
    """

    __slots__ = ("_attempt", "_content", "_id", "_priority", "_queue_name", "_reference", "_retries")

    _id: str
    _queue_name: str
    _reference: str | None
    _priority: Any
    _retries: int
    _attempt: int
    _content: Any

    def __init__(
        self, *, item_id: str, queue_name: str, reference: str | None, priority: Any, retries: int, content: Any
    ) -> None:
        """Take over what the orchestrator said; `retries` that is no number counts as 0."""
        tries = _number(retries) or 0
        values = {
            "_id": str(item_id),
            "_queue_name": str(queue_name),
            "_reference": None if reference is None else str(reference),
            "_priority": _priority(priority),
            "_retries": tries,
            "_attempt": tries + 1,
            "_content": content,
        }
        self.__setstate__((None, values))

    def __setstate__(self, state: tuple[None, dict[str, Any]]) -> None:
        """Take over what a copy was made of."""
        for name, value in state[1].items():
            object.__setattr__(self, name, value)

    @property
    def id(self) -> str:
        """What `set_status` takes."""
        return self._id

    @property
    def queue_name(self) -> str:
        """The queue that it lies in."""
        return self._queue_name

    @property
    def reference(self) -> str | None:
        """What it was called by whoever added it."""
        return self._reference

    @property
    def priority(self) -> Any:
        """A Priority; something else when the orchestrator has more of them."""
        return self._priority

    @property
    def retries(self) -> int:
        """How often it has failed before."""
        return self._retries

    @property
    def attempt(self) -> int:
        """Which try this is, from 1."""
        return self._attempt

    @property
    def content(self) -> Any:
        """What it is about."""
        return self._content

    def __getitem__(self, key: Any) -> NoReturn:
        """Raise TypeError."""
        raise TypeError("A QueueItem has no items. Use its attributes, .content for instance.")

    def __iter__(self) -> NoReturn:
        """Raise TypeError."""
        raise TypeError("A QueueItem cannot be iterated. Use its attributes.")

    def __setattr__(self, name: str, value: Any) -> None:
        """Raise TypeError."""
        raise TypeError("A QueueItem cannot be changed.")

    def __delattr__(self, name: str) -> None:
        """Raise TypeError."""
        raise TypeError("A QueueItem cannot be changed.")

    def __str__(self) -> str:
        """Return a text without the content."""
        return (
            f"QueueItem(id={self._id!r}, queue={self._queue_name!r}, attempt={self._attempt},"
            f" priority={self._priority}, reference={self._reference!r})"
        )

    def __repr__(self) -> str:
        """Return a text with everything."""
        names = ("id", "queue_name", "reference", "priority", "retries", "attempt", "content")
        return f"QueueItem({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"


def _priority(value: Any) -> Any:
    from botyard.sdk.botvelocity.queue import Priority

    number = _number(value)
    return value if number is None else Priority(number) if number in tuple(Priority) else number


def _number(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None
