"""The desk where runners wait for work: first come, first served, and nobody is woken for nothing.

A thousand idle runners hold a thousand requests open. When tasks become leasable, the desk looks at how many there
are and for which runner label, and asks the database for exactly that many of those who wait longest, all in one
round of statements. A task is leased only for a request that is about to be answered; what could not be delivered,
because the client had left, goes back to the queue at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from botyard.base import clock
from botyard.base.exceptions import BotyardError, Busy
from botyard.core import runners, tasks
from botyard.storage import ALL, Database
from botyard.web.longpoll import is_gone
from botyard.web.request import Request

log = logging.getLogger("botyard.native")

_TOPIC = "tasks:"


class Seat:
    """One waiting request. `leases` and `error` are its answer; `asking` means that the database is being asked.

    `left` says that nobody is there to hear the answer, `superseded` that a repeated call will hear it instead.
    """

    __slots__ = (
        "asking",
        "claim",
        "error",
        "free",
        "label",
        "leases",
        "left",
        "runner_id",
        "superseded",
        "timer",
        "workspace_id",
    )

    def __init__(self, workspace_id: int, runner_id: str, free: int, claim: str) -> None:
        self.workspace_id = workspace_id
        self.runner_id = runner_id
        self.free = free
        self.claim = claim
        self.label: str | None = None
        self.leases: Sequence[tasks.Lease] = ()
        self.error: Exception | None = None
        self.asking: asyncio.Future[None] | None = None
        self.left = False
        self.superseded = False
        self.timer: asyncio.Timeout | None = None

    @property
    def answered(self) -> bool:
        """Return whether there is something to say."""
        return bool(self.leases) or self.error is not None

    def wake(self) -> None:
        """Let the request go on now instead of at the end of its wait."""
        # One whose wait ends in this very turn of the loop goes on anyway, and finds its answer.
        if self.timer is not None and not self.timer.expired():
            self.timer.reschedule(0.0)
        self.timer = None


class Line:
    """Those who wait in one workspace, the longest waiting first."""

    def __init__(self) -> None:
        self.seats: OrderedDict[Seat, None] = OrderedDict()
        #: Grows with every signal; whoever asked before the latest one has to be asked again.
        self.signals = 0
        self.server: asyncio.Task[None] | None = None


class Desk:
    """The waiting lease calls of one server process. Use it in the loop's thread only."""

    def __init__(self, db: Database, *, lease_seconds: int) -> None:
        self._db = db
        self._lease = lease_seconds * clock.SECOND
        self._lines: dict[int, Line] = {}
        self._latest: dict[tuple[str, str], Seat] = {}
        self._returns: set[asyncio.Task[None]] = set()
        self._closed = False
        self._stop_listening = db.wakeups.listen(self._signalled)

    @classmethod
    def of(cls, request: Request) -> Desk:
        """Return the desk of the server that got the request, opened by its first lease call."""
        tools = request.tools

        def make() -> Desk:
            desk = cls(tools.db, lease_seconds=tools.settings.lease_seconds)
            tools.drain.call(desk.close)
            return desk

        return tools.shared(cls, make)

    def close(self) -> None:
        """Answer everybody who waits with what there is, and hold nobody any more."""
        if self._closed:
            return
        self._closed = True
        self._stop_listening()
        for line in self._lines.values():
            for seat in tuple(line.seats):
                seat.wake()

    async def lease(
        self, request: Request, *, workspace_id: int, runner_id: str, free: int, claim: str, wait: float
    ) -> Sequence[tasks.Lease]:
        """Return up to `free` leases, waiting up to `wait` seconds for the first; the body must have been read.

        Raises ClientLeft when the client leaves; what was leased for it is given back. Raises Busy for a call that
        would wait at a server that is stopping.
        """
        if self._closed and wait > 0:
            raise Busy("This server is stopping.", hint="Ask again in a second.", retry_after=1.0)
        seat = Seat(workspace_id, runner_id, free, claim)
        earlier, self._latest[runner_id, claim] = self._latest.get((runner_id, claim)), seat
        line = self._lines.setdefault(workspace_id, Line())
        line.seats[seat] = None
        try:
            await self._supersede(earlier)
            await self._first_ask(line, seat)
            if not seat.answered and wait > 0 and not self._closed:
                await self._wait(request, seat, wait)
            await self._check(request, seat)
        except BaseException:
            self._leave(seat)
            raise
        finally:
            self._rise(line, seat)
        return seat.leases

    async def _check(self, request: Request, seat: Seat) -> None:
        if seat.error is not None:
            raise seat.error
        if seat.leases and await is_gone(request):
            raise request.left()

    def _rise(self, line: Line, seat: Seat) -> None:
        line.seats.pop(seat, None)
        if self._latest.get((seat.runner_id, seat.claim)) is seat:
            del self._latest[seat.runner_id, seat.claim]
        if not line.seats and line.server is None:
            self._lines.pop(seat.workspace_id, None)

    async def _supersede(self, earlier: Seat | None) -> None:
        """Let the call that this one repeats go without an answer; its connection is dead, known or not."""
        if earlier is not None:
            earlier.superseded = earlier.left = True
            earlier.wake()
            if earlier.asking is not None:
                await asyncio.shield(earlier.asking)

    async def _first_ask(self, line: Line, seat: Seat) -> None:
        signals = line.signals
        await self._ask([seat])
        if seat.answered:
            return
        runner = await self._db.read(runners.get, workspace_id=seat.workspace_id, runner_id=seat.runner_id)
        seat.label = runner.label
        if line.signals != signals:
            # A round that runs already may have passed this seat over while it was asking for itself.
            line.signals += 1
            self._serve(seat.workspace_id, line)

    async def _wait(self, request: Request, seat: Seat, wait: float) -> None:
        """Hold the request in its own task: one timer and no second task, which is what a thousand of them cost."""
        try:
            async with asyncio.timeout(wait) as seat.timer:
                await request.disconnected()
                seat.left = True
        except TimeoutError:
            pass
        finally:
            seat.timer = None
        if seat.left:
            raise request.left()
        if seat.asking is not None:
            # The database is being asked for this request at this very moment: its answer must not be lost.
            await asyncio.shield(seat.asking)

    def _leave(self, seat: Seat) -> None:
        """Give back what a request cannot deliver; what is still being asked for is given back when it comes."""
        seat.left = True
        if seat.leases and seat.asking is None and not seat.superseded:
            task = asyncio.create_task(self._return(seat.runner_id, [lease.attempt_id for lease in seat.leases]))
            self._returns.add(task)
            task.add_done_callback(self._returns.discard)

    async def _return(self, runner_id: str, attempts: Iterable[str]) -> None:
        for attempt_id in attempts:
            try:
                await self._db.write(
                    tasks.release,
                    runner_id=runner_id,
                    attempt_id=attempt_id,
                    reason="the runner was gone before it heard of the task",
                    now=self._db.now(),
                )
            except BotyardError as error:
                log.info("lease.not_returned", extra={"attempt": attempt_id, "reason": error.message})

    def _signalled(self, topic: str) -> None:
        if topic == ALL:
            concerned = tuple(self._lines)
        elif topic.startswith(_TOPIC):
            concerned = (int(topic.removeprefix(_TOPIC)),)
        else:
            return
        for workspace_id in concerned:
            line = self._lines.get(workspace_id)
            if line is not None:
                line.signals += 1
                self._serve(workspace_id, line)

    def _serve(self, workspace_id: int, line: Line) -> None:
        if line.server is None and not self._closed:
            line.server = asyncio.create_task(self._serve_line(workspace_id, line))
            line.server.add_done_callback(_report)

    async def _serve_line(self, workspace_id: int, line: Line) -> None:
        try:
            seen = -1
            while seen != line.signals and line.seats:
                seen = line.signals
                await self._round(workspace_id, line)
        finally:
            line.server = None
            if not line.seats and self._lines.get(workspace_id) is line:
                del self._lines[workspace_id]

    async def _round(self, workspace_id: int, line: Line) -> None:
        """Ask for as many of the waiting as there is work for, until there is no work or nobody got any."""
        passed: set[Seat] = set()
        # Nearly always one task has come and the one who waits longest may have it: looking first would only delay it.
        chosen = next(([seat] for seat in line.seats if _is_free(seat)), [])
        while chosen:
            await self._ask(chosen)
            # One that got nothing has no room, or somebody else was faster: it is not asked again in this round.
            passed.update(seat for seat in chosen if not seat.answered)
            demand = await self._db.read(tasks.demand, workspace_id=workspace_id)
            chosen = self._choose(line, demand, passed)

    def _choose(self, line: Line, demand: dict[str | None, int], passed: set[Seat]) -> list[Seat]:
        chosen = []
        left = dict(demand)
        for seat in line.seats:
            if not any(left.values()):
                break
            if seat in passed or not _is_free(seat):
                continue
            own, any_runner = left.get(seat.label, 0), left.get(None, 0)
            if not (own or any_runner):
                continue
            chosen.append(seat)
            if seat.label is not None and own:
                left[seat.label] = max(0, own - seat.free)
            else:
                left[None] = max(0, any_runner - seat.free)
        return chosen

    async def _ask(self, seats: Sequence[Seat]) -> None:
        """Lease for each of the seats in one set operation, note the answers and let the answered go on."""
        asking: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        for seat in seats:
            seat.asking = asking
        try:
            calls = [self._db.write_set(tasks.lease_many, self._request(seat)) for seat in seats]
            answers = await asyncio.gather(*calls, return_exceptions=True)
        finally:
            for seat in seats:
                seat.asking = None
            asking.set_result(None)
        for seat, answer in zip(seats, answers, strict=True):
            self._note(seat, answer)

    def _note(self, seat: Seat, answer: list[tasks.Lease] | BaseException) -> None:
        if isinstance(answer, Exception):
            seat.error = answer
        elif isinstance(answer, list):
            seat.leases = answer
        if seat.left:
            self._leave(seat)
        elif seat.answered:
            seat.wake()

    def _request(self, seat: Seat) -> tasks.LeaseRequest:
        return tasks.LeaseRequest(
            workspace_id=seat.workspace_id,
            runner_id=seat.runner_id,
            free=seat.free,
            claim=seat.claim,
            now=self._db.now(),
            lease=self._lease,
        )


def _is_free(seat: Seat) -> bool:
    """Return whether a seat waits and can be asked for."""
    return seat.timer is not None and seat.asking is None and not seat.answered and not seat.left


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("desk.failed", exc_info=task.exception())
