"""Lanes between the event loop and the database threads.

The loop puts calls in; threads take them, in groups where that pays, and answer whole groups with one hop back
into the loop: one hop per call would cost more than the call.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Any

from botyard.base.exceptions import Busy
from botyard.storage.tx import Tx
from botyard.storage.wakeups import Wakeups

log = logging.getLogger("botyard.storage")

Function = Callable[..., Any]


class Call:
    """One waiting operation and, later, its outcome."""

    __slots__ = ("args", "error", "fn", "future", "kwargs", "many", "result")

    def __init__(
        self, fn: Function, args: tuple[Any, ...], kwargs: dict[str, Any], future: asyncio.Future[Any], many: bool
    ) -> None:
        self.fn = fn
        self.args = args
        self.kwargs = kwargs
        self.future = future
        self.many = many
        self.result: Any = None
        self.error: BaseException | None = None

    def fail(self, error: BaseException) -> None:
        """Make `error` the outcome."""
        self.result, self.error = None, error


class Lane:
    """A bounded queue of calls, served by threads of its own."""

    def __init__(
        self,
        name: str,
        serve: Callable[[Lane], None],
        wakeups: Wakeups,
        on_failure: Callable[[str], None],
        *,
        threads: int = 1,
        capacity: int = 0,
    ) -> None:
        self.name = name
        self._serve = serve
        self._wakeups = wakeups
        self._on_failure = on_failure
        self._in_hand = threading.local()
        self._capacity = capacity
        self._queue: SimpleQueue[Call | None] = SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._refusal: Busy | None = None
        self._threads = [
            threading.Thread(target=self._main, name=f"botyard-{name}-{number}", daemon=True)
            for number in range(threads)
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def submit(
        self, fn: Function, args: tuple[Any, ...], kwargs: dict[str, Any], *, many: bool = False
    ) -> asyncio.Future[Any]:
        """Queue a call and return its future. Raises Busy when the lane is full or closed."""
        if self._refusal is not None:
            raise self._refusal
        if self._queue.qsize() >= self._capacity:
            raise Busy(
                "The database is busy: too many operations wait for it.", hint="Try again in a second.", retry_after=1.0
            )
        future: asyncio.Future[Any] = self._loop.create_future()
        self._queue.put(Call(fn, args, kwargs, future, many))
        return future

    def refuse(self, reason: Busy) -> None:
        """Refuse new calls from now on with `reason`."""
        self._refusal = self._refusal or reason

    async def close(self) -> None:
        """Answer what waits, then end the threads."""
        self.refuse(Busy("The database is closing.", hint="Try again when the server is back.", code="closing"))
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            await asyncio.to_thread(thread.join)

    def take(self, limit: int, timeout: float | None = None) -> list[Call] | None:
        """Return the calls that wait, at least one and at most `limit`; None at the end.

        An empty list means that nothing came within `timeout` seconds. Calls whose caller is gone are dropped.
        """
        calls: list[Call] = []
        self._in_hand.calls = calls
        try:
            call = self._queue.get(timeout=timeout)
            while True:
                if call is None:
                    if not calls:
                        return None
                    self._queue.put(None)
                    return calls
                if not call.future.cancelled():
                    calls.append(call)
                    if len(calls) >= limit:
                        return calls
                call = self._queue.get_nowait()
        except Empty:
            return calls

    def answer(
        self, calls: Sequence[Call], hooks: Sequence[Callable[[], None]] = (), topics: Sequence[str] = ()
    ) -> None:
        """Hand the outcomes of a group to the loop, after its hooks and signals."""
        self._in_hand.calls = []
        try:
            self._loop.call_soon_threadsafe(self._settle, calls, hooks, topics)
        except RuntimeError:
            # The loop was closed before its callers were answered: nobody is left to hear it.
            log.warning("storage.unheard", extra={"calls": len(calls)})

    def in_loop(self, fn: Callable[..., None], *args: Any) -> None:
        """Run `fn` in the loop's thread."""
        try:
            self._loop.call_soon_threadsafe(fn, *args)
        except RuntimeError:
            log.warning("storage.unheard", extra={"calls": 0})

    def _settle(self, calls: Sequence[Call], hooks: Sequence[Callable[[], None]], topics: Sequence[str]) -> None:
        for hook in hooks:
            try:
                hook()
            except Exception:
                log.exception("storage.hook_failed")
        for topic in dict.fromkeys(topics):
            self._wakeups.signal(topic)
        for call in calls:
            if call.future.done():
                continue
            if call.error is None:
                call.future.set_result(call.result)
            elif isinstance(call.error, Exception) and not isinstance(call.error, StopIteration):
                call.future.set_exception(call.error)
            else:
                failure = RuntimeError(f"The operation raised {type(call.error).__name__}.")
                failure.__cause__ = call.error
                call.future.set_exception(failure)

    def _main(self) -> None:
        self._in_hand.calls = []
        try:
            self._serve(self)
        except BaseException as error:
            log.critical("storage.thread_died", exc_info=error, extra={"lane": self.name})
            self.in_loop(self._on_failure, f"The database thread {self.name} ended: {error}")
            self._abandon()

    def _abandon(self) -> None:
        """Refuse what this thread had taken, what waits, and what comes."""
        refusal = Busy("The database does not work any more.", hint="The server stops.", code="storage_failed")
        self.refuse(refusal)
        calls: list[Call] = list(self._in_hand.calls)
        with contextlib.suppress(Empty):
            while True:
                call = self._queue.get_nowait()
                if call is None:
                    self._queue.put(None)
                    break
                calls.append(call)
        for call in calls:
            call.fail(refusal)
        self.answer(calls)


def kinds(calls: Sequence[Call]) -> list[list[Call]]:
    """Return the calls in order, with the set calls of one function brought together at the first of them."""
    groups: list[list[Call]] = []
    sets: dict[Function, list[Call]] = {}
    for call in calls:
        if not call.many:
            groups.append([call])
        elif (group := sets.get(call.fn)) is not None:
            group.append(call)
        else:
            sets[call.fn] = group = [call]
            groups.append(group)
    return groups


def run_groups(tx: Tx, groups: Sequence[Sequence[Call]]) -> None:
    """Run groups inside an open transaction and note the outcomes; what fails is undone alone.

    Raises what a lone group raises, since there is nobody to protect, and what loses the whole transaction.
    """
    if len(groups) == 1:
        run(tx, groups[0])
        return
    for group in groups:
        _run_apart(tx, group)


def _run_apart(tx: Tx, group: Sequence[Call]) -> None:
    mark = tx.mark()
    tx.fence()
    try:
        run(tx, group)
    except BaseException as error:
        if tx.is_lost_by(error):
            tx.culprits = group
            raise
        tx.back_to(mark)
        tx.undo()
        if len(group) == 1:
            group[0].fail(error)
            return
        for call in group:
            _run_apart(tx, [call])


def run(tx: Tx, group: Sequence[Call]) -> None:
    """Run one group inside an open transaction and note the outcomes. Raises what the operation raises."""
    first = group[0]
    if not first.many:
        first.result = first.fn(tx, *first.args, **first.kwargs)
        tx.settle()
        return
    outcomes = first.fn(tx, [call.args[0] for call in group])
    tx.settle()
    if len(outcomes) != len(group):
        raise RuntimeError(f"{first.fn.__name__} returned {len(outcomes)} results for {len(group)} items.")
    for call, outcome in zip(group, outcomes, strict=True):
        if isinstance(outcome, BaseException):
            call.fail(outcome)
        else:
            call.result, call.error = outcome, None
