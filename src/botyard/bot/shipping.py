"""Messages and spans on their way to the server: taken in microseconds, sent in the background, in order and once.

A thread gathers what was written for a moment and sends it. While the server is away it tries again; what waits is
bounded: a bot that writes more than fits waits for room, and goes on without what does not fit when no room comes,
which its log then says. `flush` sends what waits from the calling thread; it runs when a process ends, normally, by an
exception or as a child of `multiprocessing`. A forked child begins with nothing: what waited is its parent's.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from botyard.bot.spans import Span
from botyard.sdk.errors import CallError, Conflict, Missing, Unauthenticated, Unavailable
from botyard.wire.traces import NewSpan
from botyard.wire.work import LogMessage

#: How much may wait, in bytes as they are counted here.
MOST_WAITING = 16 << 20
#: How long a bot waits for room, once; after that it goes on without what does not fit until there is some.
ROOM_SECONDS = 30.0
#: How long something may wait for more to travel with.
GATHER_SECONDS = 0.05
_MESSAGES = 500
_SPANS = 200
_BYTES = 1 << 20
_LONGEST = 64 * 1024
_OVERHEAD = 150
_SPAN_COST = 1_000
#: The server answers, and fails over these: they are left out in the end.
_MOST_FAULTS = 8


class Courier(Protocol):
    """Sends batches. Raises Unavailable when trying again may help, else another CallError."""

    def send_messages(self, writer: str, messages: list[LogMessage]) -> None:
        """Send messages of one process."""

    def send_spans(self, spans: list[NewSpan]) -> None:
        """Send spans, some of which may have been sent before."""

    def send_progress(self, percent: float, text: str) -> None:
        """Send how far the task is."""


class _Batch:
    """What is being sent; it stays the same until the server has it."""

    def __init__(
        self,
        messages: Sequence[LogMessage] = (),
        spans: Sequence[NewSpan] = (),
        progress: tuple[float, str] | None = None,
        size: int = 0,
    ) -> None:
        self.messages = [*messages]
        self.spans = [*spans]
        self.progress = progress
        self.size = size
        self.faults = 0

    def send(self, courier: Courier, writer: str) -> None:
        if self.messages:
            courier.send_messages(writer, self.messages)
        elif self.spans:
            courier.send_spans(self.spans)
        elif self.progress is not None:
            courier.send_progress(*self.progress)


class Shipper:
    """Takes messages and spans from any thread."""

    def __init__(self, courier: Courier, *, patience: float = 30.0, most: int = MOST_WAITING) -> None:
        """`patience` is how long the end of the process waits for a server that is away."""
        self._courier = courier
        self._patience = patience
        self._most = most
        self._begin()
        ship = weakref.WeakMethod(self._begin)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=lambda: (begin := ship()) and begin())
        atexit.register(self._finish)

    def _begin(self) -> None:
        """Begin with nothing, as a new process does."""
        self._writer = os.urandom(8).hex()
        self._lock = threading.RLock()
        self._room = threading.Condition(self._lock)
        self._sending = threading.RLock()
        self._news = threading.Event()
        self._hurry = threading.Event()
        self._inside = threading.local()
        self._messages: deque[tuple[int, str, str]] = deque()
        self._spans: deque[Span] = deque()
        self._progress: tuple[float, str] | None = None
        self._batch: _Batch | None = None
        self._thread: threading.Thread | None = None
        self._waiting = 0
        self._seq = 0
        self._lost = 0
        self._patient_until: float | None = None
        self._gone = ""

    @property
    def busy(self) -> bool:
        """Whether the present thread is just sending: what it writes by that is not to be sent."""
        return getattr(self._inside, "sending", False)

    def message(self, level: str, text: str) -> None:
        """Take a message."""
        if len(text) > _LONGEST:
            text = f"{text[:_LONGEST]}…"
        now = time.time_ns() // 1000
        with self._lock:
            if self._waiting > self._most and not self._made_room():
                self._lost += 1
                return
            if self._lost:
                self._note_lost()
            self._messages.append((now, level, text))
            self._waiting += len(text) + _OVERHEAD
        if not self._news.is_set():
            self._wake()

    def span(self, span: Span) -> None:
        """Take a span that begins, and again when it ends."""
        with self._lock:
            if span.waiting:
                return  # since its beginning; it is sent as it is then
            if self._waiting > self._most and not self._made_room():
                self._lost += 1
                return
            span.waiting = True
            self._spans.append(span)
            self._waiting += _SPAN_COST
        if not self._news.is_set():
            self._wake()

    def progress(self, percent: float, text: str) -> None:
        """Take how far the task is; what was said before and not sent yet counts no more."""
        with self._lock:
            self._progress = percent, text
        if not self._news.is_set():
            self._wake()

    def flush(self, seconds: float | None = None) -> bool:
        """Send what waits, and say whether the server has all of it; give up after `seconds`."""
        until = None if seconds is None else time.monotonic() + seconds
        self._hurry.set()
        try:
            return self._drain(until)
        finally:
            self._hurry.clear()

    def _made_room(self) -> bool:
        """Wait for room, with the lock; not again while none has come."""
        if self._gone:
            return False
        now = time.monotonic()
        if self._patient_until is None:
            self._patient_until = now + ROOM_SECONDS
        self._hurry.set()
        self._wake()
        while self._waiting > self._most and (left := self._patient_until - time.monotonic()) > 0:
            self._room.wait(left)
        if self._waiting > self._most:
            return False
        self._patient_until = None
        return True

    def _note_lost(self) -> None:
        what = "1 message or span is" if self._lost == 1 else f"{self._lost} messages and spans are"
        text = f"({what} missing here: the server could not take them when they were written.)"
        self._messages.append((time.time_ns() // 1000, "WARN", text))
        self._waiting += len(text) + _OVERHEAD
        self._lost = 0

    def _wake(self) -> None:
        self._news.set()
        if self._thread is not None:
            return
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="botyard.bot", daemon=True)
                self._see_child_end()
                with contextlib.suppress(RuntimeError):  # the interpreter is ending; `flush` sends the rest
                    self._thread.start()

    def _see_child_end(self) -> None:
        """Have a child of multiprocessing, which ends without `atexit`, send what it has."""
        processes = sys.modules.get("multiprocessing.process")
        if processes is not None and processes.parent_process() is not None:
            from multiprocessing.util import Finalize

            Finalize(None, self._finish, exitpriority=100)

    def _run(self) -> None:
        while True:
            self._news.wait()
            self._hurry.wait(GATHER_SECONDS)
            self._news.clear()
            self._hurry.clear()
            self._drain(None)

    def _drain(self, until: float | None) -> bool:
        from botyard.sdk.exchange import backoff

        delays = backoff(most=3.0)
        while True:
            with self._sending:
                if not self._prepared():
                    return True
                wait = self._sent()
            if wait is None:
                delays = backoff(most=3.0)
                continue
            pause = max(next(delays), wait)
            if until is not None and time.monotonic() + pause > until:
                return False
            time.sleep(pause)

    def _prepared(self) -> bool:
        """Say whether there is a batch to send."""
        if self._batch is None:
            with self._lock:
                self._batch = self._taken()
        return self._batch is not None

    def _taken(self) -> _Batch | None:
        size = 0
        messages: list[LogMessage] = []
        while self._messages and len(messages) < _MESSAGES and size < _BYTES:
            at, level, text = self._messages.popleft()
            self._seq += 1
            size += len(text) + _OVERHEAD
            messages.append(LogMessage(self._seq, at, level, text))
        if messages:
            return _Batch(messages, size=size)
        return self._taken_spans() or self._taken_progress()

    def _taken_spans(self) -> _Batch | None:
        size = weight = 0
        spans: list[NewSpan] = []
        while self._spans and len(spans) < _SPANS and weight < _BYTES:
            span = self._spans.popleft()
            span.waiting = False
            size += _SPAN_COST
            told = NewSpan(**span.told())
            parts = (told.input, told.output, told.tags)
            weight += _SPAN_COST + sum(len(bytes(part)) for part in parts if part is not None)
            spans.append(told)
        return _Batch(spans=spans, size=size) if spans else None

    def _taken_progress(self) -> _Batch | None:
        latest, self._progress = self._progress, None
        return None if latest is None else _Batch(progress=latest)

    def _sent(self) -> float | None:
        """Send the batch; None when it is done with, else how many seconds the server wants to be left alone."""
        batch = self._batch
        if batch is None:
            return None
        self._inside.sending = True
        try:
            if not self._gone:
                batch.send(self._courier, self._writer)
        except Unavailable as error:
            batch.faults += error.status == 500
            if batch.faults < _MOST_FAULTS:
                return error.retry_after or 0.0
            self._leave_out(batch, error)
        except CallError as error:
            self._leave_out(batch, error)
        finally:
            self._inside.sending = False
        with self._lock:
            self._batch = None
            self._waiting -= batch.size
            self._room.notify_all()
        return None

    def _leave_out(self, batch: _Batch, error: CallError) -> None:
        """Go on without a batch that the server does not want; without any when it wants nothing of this attempt."""
        if isinstance(error, Unauthenticated | Missing | Conflict):
            self._gone = str(error)
            _say(f"the server takes no more of this attempt: {error}")
        else:
            with self._lock:
                self._lost += len(batch.messages) + len(batch.spans)

    def _finish(self) -> None:
        """Send the rest at the end of the process."""
        if self._lost and not self._gone:
            with self._lock:
                self._note_lost()
        if not self.flush(self._patience):
            with self._lock:
                left = len(self._messages) + len(self._spans)
                left += 0 if self._batch is None else len(self._batch.messages) + len(self._batch.spans)
            _say(f"{left} messages and spans did not reach the server, which is away")


def _say(text: str) -> None:
    """Tell those who read what the process prints, which its runner keeps."""
    if sys.stderr is not None:
        print(f"botyard.bot: {text}", file=sys.stderr, flush=True)  # noqa: T201 -- there is no other way left
