"""Tells whoever wants to know that a task has ended, until they take it or too much time has gone by."""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from http import HTTPStatus
from urllib.parse import urlsplit

import msgspec

from botyard.base.clock import HOUR, SECOND
from botyard.base.exceptions import NotFound
from botyard.base.settings import Settings
from botyard.core import callbacks
from botyard.core.callbacks import Delivery
from botyard.storage import Database
from botyard.storage.wakeups import ALL
from botyard.upstream import Failed, Policy, Refused, Upstream

log = logging.getLogger("botyard.callbacks")

#: Returns what is POSTed about a task: `render(db, workspace_id=…, task_id=…)`. Raises NotFound.
Render = Callable[..., Awaitable[bytes]]

AT_ONCE = 16
#: How often this looks for callbacks that nobody woke it for.
LOOK_SECONDS = 1.0
#: How often it looks whether an end was missed; wake-ups are only hints.
SWEEP_SECONDS = 5.0
#: How long a claim holds; it is renewed while the call lasts, so that a killed server's callbacks wait no longer.
LEASE = 12 * SECOND
FIRST_PAUSE = 5 * SECOND
LONGEST_PAUSE = HOUR
MAX_BYTES = 64 * 1024
TIMEOUT = 30.0
_LOOK_BACK = HOUR
_RENEW_AFTER = 4 * SECOND
_GONE = 410
_GOODBYE = 2.0


class Untold(Exception):
    """Why nobody was told; `final`: trying again would not help."""

    def __init__(self, reason: str, *, final: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final


class CallbackSender:
    """Sends what is due. Several servers may: a callback belongs to whoever has claimed it."""

    def __init__(
        self, settings: Settings, db: Database, upstream: Upstream, *, renderers: Mapping[str, Render], holder: str
    ) -> None:
        self._settings = settings
        self._db = db
        self._upstream = upstream
        self._renderers = renderers
        # A process that is started anew may have its predecessor's number, and must not have its claims.
        self._holder = f"{holder}:{secrets.token_hex(4)}"
        self._running: dict[int, asyncio.Task[None]] = {}
        self._claimed: dict[int, Delivery] = {}
        self._changed = set[int]()
        self._woken = asyncio.Event()
        self._unlisten: Callable[[], None] | None = None
        self._swept = float("-inf")
        self._since = 0
        self._renewed = 0

    async def tick(self) -> None:
        """Send what is due, as far as there is room, and return when there may be more to do."""
        self._woken.clear()
        try:
            if self._unlisten is None:
                await self._begin()
            await self._settle()
            await self._claim()
            await self._renew()
        except Exception:
            # The next tick comes at once.
            await asyncio.sleep(LOOK_SECONDS)
            raise
        waits = [asyncio.ensure_future(self._woken.wait()), *self._running.values()]
        try:
            await asyncio.wait(waits, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waits[0].cancel()

    async def stop(self) -> None:
        """See through what is being sent, for a short while, and let others try at once what is not answered then."""
        if self._unlisten is not None:
            self._unlisten()
        running = list(self._running.values())
        if running:
            await asyncio.wait(running, timeout=_GOODBYE)
        unanswered = list(self._claimed.values())
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        for delivery in unanswered:
            await self._db.write(callbacks.release, delivery=delivery, holder=self._holder, now=self._db.now())

    async def _begin(self) -> None:
        if self._db.backend == "sqlite":
            # Only one server can open the file: what is claimed was claimed by one that is gone.
            await self._db.write(callbacks.reclaim, now=self._db.now())
        self._unlisten = self._db.wakeups.listen(self._heard)

    def _heard(self, topic: str) -> None:
        """Note which tasks changed; runs for every signal of this database, so it does next to nothing."""
        kind, _, number = topic.partition(":")
        if kind == "task" and number.isdigit():
            self._changed.add(int(number))
            self._woken.set()
        elif topic == callbacks.TOPIC:
            self._woken.set()
        elif topic == ALL:
            self._swept = float("-inf")
            self._woken.set()

    async def _settle(self) -> None:
        now = self._db.now()
        changed, self._changed = self._changed, set()
        ends = await self._db.read(callbacks.settled, now=now, task_ids=sorted(changed)) if changed else []
        clock = asyncio.get_running_loop().time()
        if clock - self._swept >= SWEEP_SECONDS:
            # The first look is at everything: the end of a task may have been the last thing a server saw.
            ends += await self._db.read(callbacks.all_settled, now=now, since=self._since)
            self._swept, self._since = clock, now - _LOOK_BACK
        if ends:
            await self._db.write(callbacks.settle, ends=ends, now=now)

    async def _claim(self) -> None:
        room = AT_ONCE - len(self._running)
        if room <= 0 or not await self._db.read(callbacks.has_work, now=self._db.now()):
            return
        claimed = await self._db.write(
            callbacks.claim, holder=self._holder, now=self._db.now(), lease=LEASE, limit=room
        )
        for delivery in claimed:
            task = asyncio.create_task(self._deliver(delivery), name=f"callback {delivery.task_id}")
            self._running[delivery.task_id] = task
            self._claimed[delivery.task_id] = delivery
            task.add_done_callback(partial(self._done, delivery.task_id))

    async def _renew(self) -> None:
        now = self._db.now()
        if self._running and now - self._renewed >= _RENEW_AFTER:
            self._renewed = now
            await self._db.write(
                callbacks.renew, holder=self._holder, task_ids=list(self._running), now=now, lease=LEASE
            )

    def _done(self, task_id: int, _: asyncio.Task[None]) -> None:
        del self._running[task_id], self._claimed[task_id]

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            status = await self._send(delivery)
        except Untold as untold:
            await self._report(delivery, untold)
        except NotFound:
            log.info("callback.unwanted", extra={"task": delivery.task_id})
        except Exception:
            log.exception("callback.broken", extra={"task": delivery.task_id})
            await self._report(delivery, Untold("The server failed; its log says why.", final=False))
        else:
            log.info("callback.delivered", extra={"task": delivery.task_id, "status": status})
            await self._db.write(
                callbacks.report_delivered, delivery=delivery, holder=self._holder, status=status, now=self._db.now()
            )

    async def _send(self, delivery: Delivery) -> int:
        render = self._renderers.get(delivery.kind)
        if render is None:
            raise Untold(f'This server does not speak "{delivery.kind}".', final=False)
        policy = self._policy(delivery)
        content = await render(self._db, workspace_id=delivery.workspace_id, task_id=delivery.task_id)
        headers = {
            "Content-Type": "application/json",
            # The same at every try, so that whoever is told twice can tell.
            "Idempotency-Key": f"{delivery.task_id}-{delivery.ended_at}",
        }
        try:
            async with self._upstream.send(
                "POST", delivery.url, policy=policy, headers=headers, content=content
            ) as answer:
                # Its body is nobody's; leaving it unread bounds it.
                if answer.status // 100 != HTTPStatus.OK // 100:
                    raise Untold(_words(answer.url, answer.status), final=answer.status == _GONE)
                return answer.status
        except Refused as refused:
            raise Untold(refused.reason, final=True) from None
        except Failed as failed:
            raise Untold(failed.reason, final=False) from None

    def _policy(self, delivery: Delivery) -> Policy:
        try:
            policy = msgspec.convert({"max_bytes": MAX_BYTES, "timeout": TIMEOUT, **(delivery.policy or {})}, Policy)
        except msgspec.ValidationError:
            raise Untold("What calling it may do is not readable.", final=True) from None
        return msgspec.structs.replace(
            policy,
            allow_private=policy.allow_private or self._settings.allow_private_targets,
            max_bytes=min(policy.max_bytes, MAX_BYTES),
            timeout=min(policy.timeout, TIMEOUT),
            keep_method=True,
        )

    async def _report(self, delivery: Delivery, untold: Untold) -> None:
        now = self._db.now()
        retry_at = now + pause(delivery.tries)
        final = untold.final or retry_at > delivery.due_at + self._settings.callback_hours * HOUR
        log.warning("callback.failed", extra={"task": delivery.task_id, "reason": untold.reason, "final": final})
        await self._db.write(
            callbacks.report_failed,
            delivery=delivery,
            holder=self._holder,
            reason=untold.reason,
            retry_at=None if final else retry_at,
            now=now,
        )


def pause(tries: int) -> int:
    """Return how long to wait after so many tries: 5 s, doubled each time, at most an hour, give or take a fifth."""
    whole = min(LONGEST_PAUSE, FIRST_PAUSE << min(max(tries, 1) - 1, 20))
    return int(whole * random.uniform(0.8, 1.2))  # noqa: S311 -- spreads load, guards nothing


def _words(url: str, status: int) -> str:
    try:
        return f"{urlsplit(url).hostname} answered {status} {HTTPStatus(status).phrase}."
    except ValueError:
        return f"{urlsplit(url).hostname} answered {status}."
