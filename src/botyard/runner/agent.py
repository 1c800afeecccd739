"""The runner's own life: take leases while slots are free, keep them alive, and end in good order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets

import msgspec

from botyard.runner import identity as identities
from botyard.runner import job
from botyard.runner.attempt import Attempt, Tools
from botyard.runner.clientside import ClientSide
from botyard.runner.environment import Environments
from botyard.runner.identity import Identity, NoIdentity
from botyard.runner.options import Options
from botyard.runner.packages import Packages
from botyard.runner.platform import Lock, Platform
from botyard.sdk import exchange, running
from botyard.sdk.errors import CallError, Missing, Refused, Unauthenticated, Unavailable
from botyard.sdk.native import AsyncClient
from botyard.wire import native as wire

log = logging.getLogger("botyard.runner")

LEASE_WAIT = 25.0
HASTY_SECONDS = 1.0
#: How much sooner than the server the runner takes a new lease to end, for the time its answer travelled.
LEASE_MARGIN = 2.0
#: A server that holds an answer longer than it was asked to is treated as gone.
ANSWER_SECONDS = 15.0
#: An embedded runner without a server and without a bot ends after this long.
ORPHAN_SECONDS = 60.0
#: After the last bot has ended, how long its report may take while the runner is stopping.
REPORT_SECONDS = 10.0


class _Place(msgspec.Struct, frozen=True):
    """What a server writes about itself into its data folder; the rest of it is not the runner's business."""

    url: str


class CannotRun(Exception):
    """The runner cannot do its work; the text says why and what to do."""


class Agent:
    """One running runner."""

    def __init__(self, options: Options, platform: Platform, identity: Identity) -> None:
        self._options = options
        self._platform = platform
        self._identity = identity
        self._client = AsyncClient(options.server, identity.token, timeout=ANSWER_SECONDS)
        cache = platform.private_folder(options.cache_folder)
        self._tools = Tools(
            client=self._client,
            platform=platform,
            packages=Packages(cache, platform),
            environments=Environments(cache, platform),
            client_side=ClientSide(cache, platform),
            jobs=options.work / "jobs",
            server=options.server.rstrip("/"),
        )
        self._attempts: dict[str, Attempt] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._known: dict[str, str] = {}
        self._changed = asyncio.Event()
        self._freed = asyncio.Event()
        self._stopping = asyncio.Event()
        self._claim: str | None = None
        self._begun = False
        self._heard = platform.clock()

    async def run(self) -> None:
        """Work until asked to stop. Raises CannotRun when the server does not know this runner."""
        self._platform.on_stop(self.stop)
        await asyncio.to_thread(self._tidy)
        log.info("runner.ready", extra={"runner": self._identity.runner_id, "server": self._options.server})
        leasing = asyncio.create_task(self._lease_for_ever())
        background = [asyncio.create_task(self._beat_for_ever())]
        if self._options.embedded:
            background.append(asyncio.create_task(self._watch_server()))
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait([leasing, stopping], return_when=asyncio.FIRST_COMPLETED)
            failure = leasing.exception() if leasing.done() and not leasing.cancelled() else None
            leasing.cancel()
            await asyncio.gather(leasing, return_exceptions=True)
            await self._drain()
            if failure is not None:
                raise failure
        finally:
            for task in (*background, stopping):
                task.cancel()
            await asyncio.gather(*background, stopping, return_exceptions=True)
            await self._client.close()

    def stop(self) -> None:
        """Begin to stop; a second call does not wait for bots any longer."""
        if self._stopping.is_set():
            for attempt in self._attempts.values():
                attempt.hurry()
        self._stopping.set()

    def _tidy(self) -> None:
        with contextlib.suppress(OSError):
            self._tools.packages.remove_unused()
            self._tools.environments.remove_unused()
            self._tools.client_side.remove_unused()

    async def _lease_for_ever(self) -> None:
        delays = exchange.backoff()
        waiting = False
        while True:
            free = self._options.slots - len(self._running)
            if free <= 0:
                self._freed.clear()
                await self._freed.wait()
                continue
            asked = self._platform.clock()
            try:
                reply = await self._lease(free, LEASE_WAIT)
            except Unavailable as error:
                if not waiting:
                    log.warning("runner.waiting", extra={"reason": error.message})
                waiting = True
                self._find_server()
                await asyncio.sleep(max(next(delays), error.retry_after or 0.0))
                continue
            except Unauthenticated as error:
                identities.forget(self._options)
                raise CannotRun(
                    f"The server does not know this runner any more ({error.message}). Start it again with a new "
                    'join code from "botyard connect runner".'
                ) from None
            except Refused as error:
                raise CannotRun(f"The server refused to give work to this runner: {error}") from None
            waiting = False
            for grant in reply.leases:
                self._begin(grant)
            if reply.leases or self._platform.clock() - asked > HASTY_SECONDS:
                delays = exchange.backoff()
            else:  # a server that says "nothing" without waiting, because it is stopping, is not asked in a hurry
                await asyncio.sleep(next(delays))

    async def _lease(self, free: int, wait: float) -> wire.LeaseReply:
        """Ask for work. The claim stays the same until an answer arrives, so that no lease is lost on the way."""
        if not self._begun:
            await self._begin_anew()
        self._claim = self._claim or secrets.token_urlsafe(16)
        call = running.lease(wire.LeaseCall(free=free, wait=wait, claim=self._claim))
        reply = await self._client.send(call, patience=0)
        self._claim = None
        self._heard = self._platform.clock()
        return reply

    async def _begin_anew(self) -> None:
        """Give up what an earlier life of this runner held, so that it need not wait for the leases to run out."""
        with contextlib.suppress(Missing):  # a server older than the runner lets them run out
            reply = await self._client.send(running.begin(), patience=0)
            if reply.lost:
                log.warning("runner.lost_attempts", extra={"attempts": reply.lost})
        self._begun = True

    def _begin(self, grant: wire.LeaseGrant) -> None:
        if grant.attempt in self._attempts:
            return
        log.info("attempt.leased", extra={"attempt": grant.attempt, "task": grant.task})
        until = self._platform.clock() + grant.lease_seconds - LEASE_MARGIN
        attempt = Attempt(grant, self._tools, until)
        self._attempts[grant.attempt] = attempt
        running = asyncio.create_task(self._follow(attempt), name=f"attempt {grant.attempt}")
        self._running.add(running)
        running.add_done_callback(self._finished)
        self._changed.set()

    async def _follow(self, attempt: Attempt) -> None:
        try:
            await attempt.run()
        finally:
            del self._attempts[attempt.grant.attempt]
            self._known.pop(attempt.grant.attempt, None)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._freed.set()

    async def _beat_for_ever(self) -> None:
        """Extend the leases, and wait at the server for commands; a new attempt joins at once."""
        delays = exchange.backoff(most=2.0)
        pace = min(float(self._identity.heartbeat_seconds), self._identity.lease_seconds / 4)
        wait = pace
        while True:
            if not self._attempts:
                self._changed.clear()
                await self._changed.wait()
            self._changed.clear()
            beat = asyncio.create_task(self._beat(wait))
            change = asyncio.create_task(self._changed.wait())
            try:
                await asyncio.wait([beat, change], return_when=asyncio.FIRST_COMPLETED)
            finally:
                beat.cancel()
                change.cancel()
                await asyncio.gather(beat, change, return_exceptions=True)
            if beat.cancelled():
                wait = 0.0  # answered at once, so that a rush of new attempts cannot starve the old ones
                continue
            wait = pace
            error = beat.exception()
            if error is None:
                delays = exchange.backoff(most=2.0)
            else:
                log.warning("heartbeat.failed", extra={"reason": str(error)})
                self._end_expired()
                await asyncio.sleep(next(delays))

    async def _beat(self, wait: float) -> None:
        sent = self._platform.clock()
        held = list(self._attempts)
        rotating = [name for name in held if self._attempts[name].rotating]
        call = wire.HeartbeatCall(attempts=held, wait=wait, known=dict(self._known), rotating=rotating)
        reply = await self._client.send(running.heartbeat(call), patience=0)
        self._heard = self._platform.clock()
        for name in held:
            if attempt := self._attempts.get(name):
                attempt.renew(sent + reply.lease_seconds)
        for command in reply.commands:
            if attempt := self._attempts.get(command.attempt):
                self._known[command.attempt] = command.action
                attempt.act(command.action)
        for name in reply.rotate:
            if attempt := self._attempts.get(name):
                attempt.rotate()

    def _end_expired(self) -> None:
        """End preparations whose lease ran out; a started bot is ended by its keeper, and reports may still count."""
        now = self._platform.clock()
        for attempt in self._attempts.values():
            if now > attempt.until:
                attempt.expire()

    def _find_server(self) -> None:
        """Follow a server that was started again on another port; only an embedded runner can know where that is."""
        if not self._options.embedded:
            return
        with contextlib.suppress(OSError, msgspec.DecodeError, UnicodeDecodeError):
            place = msgspec.json.decode((self._options.work.parent / "server.json").read_bytes(), type=_Place)
            if place.url.rstrip("/") != self._tools.server:
                log.info("runner.moved", extra={"server": place.url})
                self._client.move(place.url)
                self._tools = msgspec.structs.replace(self._tools, server=place.url.rstrip("/"))

    async def _watch_server(self) -> None:
        """End an embedded runner that has lost its server for good."""
        parent = os.getppid()
        while True:
            await asyncio.sleep(5.0)
            orphaned = os.getppid() != parent
            silent = self._platform.clock() - self._heard > ORPHAN_SECONDS
            if orphaned and silent and not self._attempts:
                log.info("runner.orphaned")
                self.stop()
                return

    async def _drain(self) -> None:
        """Let running bots finish within the grace, then end them and give their tasks back."""
        log.info("runner.draining", extra={"attempts": len(self._attempts)})
        await self._settle_claim()
        grace = self._options.grace
        longest = 0
        for attempt in list(self._attempts.values()):
            attempt.drain(grace)
            longest = max(longest, min(attempt.grant.grace_seconds, 5))
        if self._running:
            await asyncio.wait(set(self._running), timeout=grace + longest + REPORT_SECONDS)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _settle_claim(self) -> None:
        """Find out whether the question that was just broken off had been answered, and give that work back."""
        if self._claim is None:
            return
        with contextlib.suppress(CallError, TimeoutError):
            async with asyncio.timeout(2.0):
                reply = await self._lease(1, 0.0)
                for grant in reply.leases:
                    body = wire.ReleaseCall(reason="The runner was asked to stop.")
                    await self._client.send(running.release_attempt(grant.attempt, body))


async def run_agent(options: Options, platform: Platform) -> None:
    """Run a runner in this event loop until it is asked to stop. Raises CannotRun with the reason."""
    lock = await _lock_work(options, platform)
    try:
        platform.private_folder(options.work / "jobs")
        if killed := await asyncio.to_thread(job.sweep, options.work / "jobs", platform):
            log.warning("runner.swept", extra={"processes": killed})
        agent = Agent(options, platform, await _identify(options, platform))
        await agent.run()
    except NoIdentity as error:
        raise CannotRun(str(error)) from None
    except CallError as error:
        raise CannotRun(str(error)) from None
    finally:
        lock.release()


async def _identify(options: Options, platform: Platform) -> Identity:
    return identities.load(options) or await identities.register(options, platform)


async def _lock_work(options: Options, platform: Platform) -> Lock:
    try:
        platform.private_folder(options.work)
        for _ in range(20):
            lock = platform.lock(options.work / "lock")
            if lock is not None:
                return lock
            await asyncio.sleep(0.05)  # a server that looks whether its runner is there holds the lock for a moment
    except OSError as error:
        raise CannotRun(f"The working directory {options.work} cannot be used: {error.strerror}.") from None
    raise CannotRun(
        f"Another runner is already at work in {options.work}. Give this one a directory of its own with --work."
    )
