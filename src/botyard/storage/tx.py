"""What an operation sees of the database: one transaction, the same on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Literal

from botyard.base.exceptions import Busy
from botyard.storage.select import Select
from botyard.storage.sql import Query

Row = dict[str, Any]
Backend = Literal["sqlite", "postgres"]
Mark = tuple[int, int]


class TooSlow(Busy):
    """A statement was stopped at the deadline of `Tx.within`."""

    default_code = "too_slow"


class Tx:
    """One transaction. Use it only inside the operation that received it.

    A statement that the database refuses fails the operation: later statements raise the same error, and so does
    returning normally. Wrap what may fail in `savepoint()` to go on after it.
    """

    backend: Backend

    def __init__(self) -> None:
        self.hooks: list[Callable[[], None]] = []
        self.topics: list[str] = []
        self.failure: Exception | None = None
        #: The calls in whose name the whole transaction was lost, when it was for their sake alone.
        self.culprits: Sequence[Any] = ()

    def one(self, query: Query, **params: Any) -> Row | None:
        """Return the first row, or None when there is none."""
        rows = self._fetch(query, params)
        return rows[0] if rows else None

    def all(self, query: Query, **params: Any) -> list[Row]:
        """Return every row."""
        return self._fetch(query, params)

    def all_of(self, select: Select) -> list[Row]:
        """Return every row of a dynamic list."""
        return self._fetch(select.query(), select.params)

    def run(self, query: Query, **params: Any) -> int:
        """Run a statement and return how many rows it affected."""
        raise NotImplementedError

    def run_many(self, query: Query, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement once per mapping of parameters."""
        raise NotImplementedError

    def build(self, select: Select) -> Query:
        """Return the statement of a dynamic list, to be run with `**select.params`."""
        return select.query()

    def after_commit(self, fn: Callable[[], None]) -> None:
        """Run `fn` in the event loop's thread once this is durable; never if it is rolled back."""
        self.hooks.append(fn)

    def wake(self, topic: str) -> None:
        """Signal `topic` on every server once this is durable; never if it is rolled back."""
        self.topics.append(topic)

    def within(self, seconds: float) -> AbstractContextManager[None]:
        """Stop a statement of the block, raising TooSlow, that still runs when so many seconds have gone by.

        The operation must fail then, with that error or one of its own.
        """
        raise NotImplementedError

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what the block did, and only that, when it raises; the exception goes on."""
        mark = self.mark()
        self._savepoint("SAVEPOINT nested")
        try:
            yield
            self.settle()
        except BaseException:
            self.back_to(mark)
            self._savepoint("ROLLBACK TO SAVEPOINT nested")
            self._savepoint("RELEASE SAVEPOINT nested")
            raise
        self._savepoint("RELEASE SAVEPOINT nested")

    def fence(self) -> None:
        """Let `undo` come back to this point, and keep for good what was done before it."""
        raise NotImplementedError

    def undo(self) -> None:
        """Undo what was done since the last fence."""
        self._savepoint("ROLLBACK TO SAVEPOINT fence")

    def is_lost_by(self, error: BaseException) -> bool:
        """Say whether `error` leaves nothing of the transaction to go on with."""
        raise NotImplementedError

    def mark(self) -> Mark:
        """Return the present position in the effects that wait for the commit."""
        return len(self.hooks), len(self.topics)

    def back_to(self, mark: Mark) -> None:
        """Forget the effects registered since `mark`, and a failed statement."""
        del self.hooks[mark[0] :]
        del self.topics[mark[1] :]
        self.failure = None

    def settle(self) -> None:
        """Raise the error of a failed statement that the operation swallowed."""
        if self.failure is not None:
            raise self.failure

    def _fetch(self, query: Query, params: Mapping[str, Any]) -> list[Row]:
        raise NotImplementedError

    def _savepoint(self, statement: str) -> None:
        raise NotImplementedError
