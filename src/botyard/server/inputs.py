"""Fetches the files that tasks were given as links, several at once, and stores each as an artifact of its task."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import mimetypes
import re
import secrets
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from botyard.base import text
from botyard.base.clock import SECOND
from botyard.base.exceptions import Busy, Invalid, StaleLease
from botyard.base.settings import Settings
from botyard.core import artifacts, tasks
from botyard.core.tasks import TaskInput
from botyard.storage import Blobs, Database, Tx
from botyard.upstream import Answer, Failed, Policy, Refused, Upstream

log = logging.getLogger("botyard.inputs")

ACTOR = "system:inputs"
#: How many files one server fetches at the same time.
AT_ONCE = 8
#: How long a claim holds; it is renewed while the file comes, so that a killed server's files wait no longer.
LEASE = 15 * SECOND
#: How often this looks for files that nobody woke it for, and renews its claims.
LOOK_SECONDS = 1.0
#: How long the other side may send nothing.
SILENCE = 20.0
_RENEW_AFTER = 5 * SECOND
_LONGEST_PAUSE = 60 * SECOND
_TEMPORARY = frozenset({408, 425, 429, 500, 502, 503, 504})
_FINAL_KINDS = frozenset({"tls", "too_large", "redirects"})
_FILE_NAME = re.compile(r"""filename\s*=\s*("(?:[^"\\]|\\.)*"|[^;\s]+)""", re.IGNORECASE)
_FILE_NAME_CODED = re.compile(r"filename\*\s*=\s*utf-8'[^']*'([^;\s]+)", re.IGNORECASE)


class Unfetched(Exception):
    """Why a file did not come. `final`: trying again would not help; `counts`: the try is one of those it has."""

    def __init__(self, reason: str, *, final: bool, counts: bool = True, pause: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final
        self.counts = counts
        self.pause = pause


class InputFetcher:
    """Fetches what waits. Several servers may: a file belongs to whoever has claimed it, as long as they renew."""

    def __init__(self, settings: Settings, db: Database, blobs: Blobs, upstream: Upstream, *, holder: str) -> None:
        self._settings = settings
        self._db = db
        self._blobs = blobs
        self._upstream = upstream
        # A process that is started anew may have its predecessor's number, and must not have its claims.
        self._holder = f"{holder}:{secrets.token_hex(4)}"
        self._running: dict[int, asyncio.Task[None]] = {}
        self._renewed = 0

    async def tick(self) -> None:
        """Begin to fetch what waits, as far as there is room, and return when there may be more to do."""
        async with self._db.wakeups.subscribe(tasks.INPUTS) as woken:
            try:
                await self._claim()
                await self._renew()
            except Exception:
                # The next tick comes at once.
                await asyncio.sleep(LOOK_SECONDS)
                raise
            waits = [asyncio.ensure_future(woken.wait()), *self._running.values()]
            try:
                await asyncio.wait(waits, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            finally:
                waits[0].cancel()

    async def stop(self) -> None:
        """Stop fetching, and let others fetch at once what was not complete."""
        unfinished = list(self._running)
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        if unfinished:
            await self._db.write(tasks.release_inputs, holder=self._holder, input_ids=unfinished, now=self._db.now())

    async def _claim(self) -> None:
        room = AT_ONCE - len(self._running)
        if room <= 0 or not await self._db.read(tasks.inputs_due, now=self._db.now()):
            return
        claimed = await self._db.write(
            tasks.claim_inputs, holder=self._holder, now=self._db.now(), lease=LEASE, limit=room
        )
        for file in claimed:
            task = asyncio.create_task(self._fetch(file), name=f"input {file.id}")
            self._running[file.id] = task
            task.add_done_callback(partial(self._done, file.id))

    def _done(self, number: int, _: asyncio.Task[None]) -> None:
        del self._running[number]

    async def _renew(self) -> None:
        now = self._db.now()
        if not self._running or now - self._renewed < _RENEW_AFTER:
            return
        self._renewed = now
        held = list(self._running)
        kept = await self._db.write(tasks.renew_inputs, holder=self._holder, input_ids=held, now=now, lease=LEASE)
        for number in set(held) - kept:
            # Its task was cancelled, or somebody else fetches it by now.
            if number in self._running:
                self._running[number].cancel()

    async def _fetch(self, file: TaskInput) -> None:
        try:
            name, blob = await self._store(file)
            await self._db.write(
                keep, file=file, holder=self._holder, name=name, digest=blob.digest, size=blob.size, now=self._db.now()
            )
            log.info("input.fetched", extra={"task": file.task_id, "input": file.id, "bytes": blob.size})
        except StaleLease:
            log.info("input.unwanted", extra={"task": file.task_id, "input": file.id})
        except Unfetched as unfetched:
            await self._report(file, unfetched)
        except Busy as busy:
            # The fault is ours, and goes away: the file is not to blame, however often it was tried.
            await self._report(file, Unfetched(busy.message, final=False, counts=False))
        except Exception:
            log.exception("input.broken", extra={"task": file.task_id, "input": file.id})
            await self._report(file, Unfetched("The server failed; its log says why.", final=False))

    async def _store(self, file: TaskInput) -> tuple[str, Any]:
        policy = self._policy(file)
        try:
            async with self._upstream.send("GET", file.url, policy=policy) as answer:
                _check_status(answer)
                blob = await self._blobs.put(answer.aiter_bytes(), limit=policy.max_bytes)
                return file_name(answer, file.parameter), blob
        except Refused as refused:
            raise Unfetched(refused.reason, final=True) from None
        except Failed as failed:
            raise Unfetched(failed.reason, final=failed.kind in _FINAL_KINDS) from None

    def _policy(self, file: TaskInput) -> Policy:
        """Return what fetching a file may do: what its row says, within this server's limits."""
        most = {"max_bytes": self._settings.max_input_bytes, "timeout": float(self._settings.input_seconds)}
        try:
            policy = msgspec.convert({**most, **(file.policy or {})}, Policy)
        except msgspec.ValidationError:
            raise Unfetched("What fetching it may do is not readable.", final=True) from None
        return msgspec.structs.replace(
            policy,
            allow_private=policy.allow_private or self._settings.allow_private_targets,
            max_bytes=min(policy.max_bytes, self._settings.max_input_bytes),
            timeout=min(policy.timeout, self._settings.input_seconds),
            silence=policy.silence or SILENCE,
        )

    async def _report(self, file: TaskInput, unfetched: Unfetched) -> None:
        now = self._db.now()
        final = unfetched.final or (unfetched.counts and file.tries >= self._settings.input_tries)
        pause = min(max(unfetched.pause, SECOND << min(2 * max(file.tries - 1, 0), 10)), _LONGEST_PAUSE)
        extra = {"task": file.task_id, "input": file.id, "reason": unfetched.reason, "final": final}
        log.warning("input.failed", extra=extra)
        with contextlib.suppress(StaleLease):
            await self._db.write(
                tasks.fail_input,
                input_id=file.id,
                holder=self._holder,
                reason=unfetched.reason,
                retry_at=None if final else now + pause,
                now=now,
            )


def keep(tx: Tx, *, file: TaskInput, holder: str, name: str, digest: str, size: int, now: int) -> None:
    """Make a file that came an artifact of its task, and say that it is there. Raises StaleLease if nobody wants it."""
    tasks.hold_input(tx, input_id=file.id, holder=holder)
    made = artifacts.keep(
        tx,
        workspace_id=file.workspace_id,
        task_id=file.task_id,
        name=name,
        digest=digest,
        size=size,
        actor=ACTOR,
        now=now,
    )
    tasks.store_input(tx, input_id=file.id, holder=holder, artifact_id=made.id, now=now)


def file_name(answer: Answer, parameter: str) -> str:
    """Return what a fetched file is called: as its sender says, as its address ends, or after its parameter."""
    disposition = answer.headers.get("content-disposition") or ""
    coded = _FILE_NAME_CODED.search(disposition)
    plain = _FILE_NAME.search(disposition)
    candidates = [
        unquote(coded.group(1), errors="replace") if coded else "",
        re.sub(r"\\(.)", r"\1", plain.group(1).strip('"')) if plain else "",
        _named(unquote(urlsplit(answer.url).path), answer),
        _named(parameter, answer),
    ]
    for candidate in candidates:
        with contextlib.suppress(Invalid):
            return text.file_name(candidate, field="name")
    return "file"


def _named(path: str, answer: Answer) -> str:
    """Return the last part of a path; an ending that tells the type of the file is added when it has none."""
    last = re.split(r"[/\\]", path)[-1].strip()
    if not last or "." in last:
        return last
    kind = (answer.headers.get("content-type") or "").partition(";")[0].strip().lower()
    return last + (mimetypes.guess_extension(kind) or "" if kind != "application/octet-stream" else "")


def _check_status(answer: Answer) -> None:
    if answer.status == HTTPStatus.OK:
        return
    try:
        words = f"{answer.status} {HTTPStatus(answer.status).phrase}"
    except ValueError:
        words = str(answer.status)
    pause = answer.headers.get("retry-after") or ""
    seconds = int(pause) if pause.isascii() and pause.isdigit() and len(pause) < 6 else 0
    final = answer.status not in _TEMPORARY
    host = urlsplit(answer.url).hostname
    raise Unfetched(f"{host} answered {words}.", final=final, pause=0 if final else seconds * SECOND)
