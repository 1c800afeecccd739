"""What a server does by itself, again and again: give back lost tasks, delete what is old, sweep files.

A loop never ends because a tick failed: the failure is logged and the next tick tries again. Of several servers on
one database one leads each loop, and another takes over when it falls silent.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import msgspec

from botyard.base.clock import DAY, SECOND
from botyard.base.settings import Settings
from botyard.core import (
    access,
    actions,
    appfiles,
    artifacts,
    cache,
    errors,
    integrations,
    logs,
    logtables,
    messages,
    packages,
    progress,
    queues,
    replies,
    rows,
    schedules,
    tasks,
    vault,
)
from botyard.server import mounts
from botyard.server.callbacks import CallbackSender
from botyard.server.inputs import InputFetcher
from botyard.server.mail import Mailer
from botyard.server.telemetry import Exporter
from botyard.server.triggers import TriggerStarter
from botyard.storage import Blobs, Database, Tx, load_queries
from botyard.upstream import Upstream
from botyard.web import Authenticator

sql = load_queries(__package__)

log = logging.getLogger("botyard.server")

_LEASE = 5 * SECOND
_BATCHES = 20


class Loop(msgspec.Struct, kw_only=True):
    """One loop: what it does, how often in seconds, and when it last came round."""

    name: str
    interval: float
    tick: Callable[[], Awaitable[None]]
    ticked: float | None = None

    @property
    def age(self) -> float | None:
        """Return the seconds since the last tick that did not fail; None before the first."""
        return None if self.ticked is None else round(time.monotonic() - self.ticked, 1)

    async def run(self) -> None:
        """Tick for ever."""
        due = time.monotonic()
        while True:
            try:
                await self.tick()
                self.ticked = time.monotonic()
            except Exception:
                log.exception("loop.failed", extra={"loop": self.name})
            # After a long tick the missed ones are skipped, not made up for.
            due = max(due + self.interval, time.monotonic())
            await asyncio.sleep(due - time.monotonic())


class Upkeep:
    """The loops of one server."""

    def __init__(
        self,
        settings: Settings,
        db: Database,
        blobs: Blobs,
        authenticator: Authenticator,
        *,
        upstream: Upstream,
        holder: str,
    ) -> None:
        self._settings = settings
        self._db = db
        self._blobs = blobs
        self._authenticator = authenticator
        # Only one server can open a SQLite file, so a restarted one need not wait for its predecessor's lease.
        self._holder = "only" if db.backend == "sqlite" else holder
        self._inputs = InputFetcher(settings, db, blobs, upstream, holder=holder)
        self._callbacks = CallbackSender(settings, db, upstream, renderers=mounts.renderers(), holder=holder)
        self._triggers = TriggerStarter(db)
        self.loops = [
            Loop(name="reaper", interval=1.0, tick=self._reap),
            Loop(name="schedules", interval=1.0, tick=self._fire),
            Loop(name="mail", interval=1.0, tick=self._mail),
            # These wait for work in their tick.
            Loop(name="inputs", interval=0.05, tick=self._inputs.tick),
            Loop(name="callbacks", interval=0.05, tick=self._callbacks.tick),
            Loop(name="triggers", interval=0.05, tick=self._triggers.tick),
            Loop(name="telemetry", interval=1.0, tick=self._export),
            Loop(name="cache", interval=60.0, tick=self._tidy_cache),
            Loop(name="usage", interval=20.0, tick=authenticator.record_use),
            Loop(name="access", interval=600.0, tick=self._delete_expired),
            Loop(name="retention", interval=600.0, tick=self._retain),
            Loop(name="files", interval=3600.0, tick=self._sweep),
        ]
        self._mailer = Mailer(settings, db, holder=holder)
        self._exporter = Exporter(settings, db)
        self._running: list[asyncio.Task[None]] = []
        self._after_log = 0

    def start(self) -> None:
        """Begin to tick."""
        self._running = [asyncio.create_task(loop.run(), name=f"loop {loop.name}") for loop in self.loops]

    async def stop(self) -> None:
        """Stop ticking, and let other servers lead at once."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        self._triggers.stop()
        await asyncio.gather(self._inputs.stop(), self._callbacks.stop())
        await self._authenticator.record_use()
        if self._db.backend != "sqlite":
            await self._db.write(resign, holder=self._holder)

    async def _reap(self) -> None:
        reaped = await self._db.write(
            reap,
            holder=self._holder,
            now=self._db.now(),
            lease=self._settings.lease_seconds * SECOND,
            grace=self._settings.lease_grace_seconds * SECOND,
        )
        if reaped is not None and reaped.lost:
            log.info("tasks.reaped", extra={"lost": reaped.lost})
        if reaped is not None:
            items = await self._db.write(queues.reap_items, now=self._db.now(), rebased=reaped.rebased)
            if items.timed_out or items.abandoned:
                log.info("items.reaped", extra={"timed_out": items.timed_out, "abandoned": items.abandoned})

    async def _fire(self) -> None:
        """Start what is due. Every server does: a firing belongs to whoever writes it first."""
        for _ in range(_BATCHES):
            fired = await self._db.write(schedules.tick, now=self._db.now())
            if fired.started or fired.skipped or fired.failed:
                log.info(
                    "schedules.fired",
                    extra={"started": fired.started, "skipped": fired.skipped, "failed": fired.failed},
                )
            if not fired.more:
                break

    async def _mail(self) -> None:
        # A short lead, though a run may be long: what one server has taken on is safe from the next leader anyway.
        if await self._mailer.has_work() and await self._leads("mail", 5):
            await self._mailer.run()

    async def _tidy_cache(self) -> None:
        if not await self._leads("cache", 60):
            return
        for _ in range(_BATCHES):
            if await self._db.write(cache.delete_expired, now=self._db.now()) == 0:
                break
        for _ in range(_BATCHES):
            if await self._db.write(cache.trim, max_size=self._settings.max_cache_bytes) == 0:
                break

    async def _export(self) -> None:
        if await self._exporter.has_work():
            await self._exporter.run(partial(self._leads, "telemetry", 5))

    async def _delete_expired(self) -> None:
        if not await self._leads("access", 600):
            return
        for tidy in (access.delete_expired, vault.forget_replaced, integrations.delete_expired, replies.delete_expired):
            for _ in range(_BATCHES):
                if await self._db.write(tidy, now=self._db.now()) == 0:
                    break

    async def _retain(self) -> None:
        if not await self._leads("retention", 600):
            return
        now = self._db.now()
        for _ in range(_BATCHES):
            if await self._db.write(tasks.prune, before=now - self._settings.keep_tasks_days * DAY) == 0:
                break
        for _ in range(_BATCHES):
            if await self._db.write(queues.prune, before=now - self._settings.keep_tasks_days * DAY) == 0:
                break
        for _ in range(_BATCHES):
            before = now - self._settings.keep_logs_days * DAY
            self._after_log = await self._db.write(logs.prune, before=before, after_id=self._after_log)
            if self._after_log == 0:
                break
        await self._retain_records(now)

    async def _retain_records(self, now: int) -> None:
        settings = self._settings
        for prune, days in (
            (logtables.prune, settings.keep_log_rows_days),
            (rows.prune, settings.keep_row_history_days),
            (messages.prune, settings.keep_messages_days),
            (integrations.prune, settings.keep_calls_days),
            (errors.prune, settings.keep_tasks_days),
            (schedules.prune, settings.keep_tasks_days),
            (actions.prune_requests, settings.keep_tasks_days),
            (progress.prune, settings.keep_tasks_days),
        ):
            for _ in range(_BATCHES):
                if await self._db.write(prune, before=now - days * DAY) == 0:
                    break

    async def _sweep(self) -> None:
        if await self._leads("files", 3600):
            await self._blobs.sweep(self._referenced)

    async def _referenced(self, digests: Sequence[str]) -> set[str]:
        loose = await self._db.read(artifacts.unreferenced, digests=list(digests))
        loose &= await self._db.read(packages.unreferenced, digests=list(digests))
        loose &= await self._db.read(errors.unreferenced, digests=list(digests))
        loose &= await self._db.read(appfiles.unreferenced, digests=list(digests))
        return set(digests) - loose

    async def _leads(self, name: str, seconds: int) -> bool:
        lease = 2 * seconds * SECOND
        return await self._db.write(lead, name=name, holder=self._holder, now=self._db.now(), lease=lease)


def reap(tx: Tx, *, holder: str, now: int, lease: int, grace: int) -> tasks.Reaped | None:
    """Run one tick of the reaper if this server leads it; None if another one does."""
    row = tx.one(sql.last_tick, name="reaper")
    if not lead(tx, name="reaper", holder=holder, now=now, lease=_LEASE):
        return None
    return tasks.reap(tx, now=now, previous=row["ticked_at"] if row else None, lease=lease, grace=grace)


def lead(tx: Tx, *, name: str, holder: str, now: int, lease: int) -> bool:
    """Return whether `holder` leads the loop until `now` plus `lease`."""
    row = tx.one(sql.lead, name=name, holder=holder, now=now, lease_until=now + lease, implausible=now + 2 * lease)
    return row is not None


def resign(tx: Tx, *, holder: str) -> None:
    """Give up every loop of `holder`."""
    tx.run(sql.resign, holder=holder)
