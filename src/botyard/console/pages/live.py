"""Live updates: server-sent events that carry ids and a version; the browser fetches what it shows of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable

import msgspec

from botyard.core import events, tasks
from botyard.storage import Database
from botyard.web import Request, Response, StreamResponse, hold

_QUIET_SECONDS = 20.0
#: Changes that come within this time travel together.
_GATHER_SECONDS = 0.1
_MAX_IDS = 200


class Change(msgspec.Struct, frozen=True):
    """What changed since the last message; `more` means that there were too many ids to name."""

    version: int
    tasks: list[int] = []
    runners: list[str] = []
    automations: list[str] = []
    log: bool = False
    spans: bool = False
    more: bool = False


async def stream(request: Request) -> Response:
    """Tell a page what changes, until it is closed."""
    task_id = request.query_int("task", default=0, low=0, high=2**62)
    task = await request.db.read(tasks.find, workspace_id=request.caller.workspace_id, task_id=task_id)
    return StreamResponse(_messages(request, task.id if task else 0), media_type=b"text/event-stream")


class Ear:
    """Hears the topics that one page cares about, from its making until `close`."""

    def __init__(self, db: Database, topics: Iterable[str]) -> None:
        self._topics = frozenset(topics)
        self._heard: set[str] = set()
        self._event = asyncio.Event()
        self.close = db.wakeups.listen(self._hear)

    async def wait(self) -> bool:
        """Return True when something was heard, False after a while of silence."""
        try:
            async with asyncio.timeout(_QUIET_SECONDS):
                await self._event.wait()
        except TimeoutError:
            return self._event.is_set()
        await asyncio.sleep(_GATHER_SECONDS)
        return True

    def take(self) -> set[str]:
        """Return what was heard, and forget it."""
        heard, self._heard = self._heard, set()
        self._event.clear()
        return heard

    def _hear(self, topic: str) -> None:
        if topic in self._topics:
            self._heard.add(topic)
            self._event.set()


async def _messages(request: Request, task_id: int) -> AsyncIterator[bytes]:
    workspace_id = request.caller.workspace_id
    log_topic, spans_topic = f"task:{task_id}", f"spans:{task_id}"
    ear = Ear(request.db, (f"events:{workspace_id}", log_topic, spans_topic))
    try:
        _, version = await request.db.read(events.follow, workspace_id=workspace_id, after_id=None)
        yield b"retry: 2000\n\n" + _encode(Change(version))
        while not request.tools.drain.started:
            await hold(request, ear.wait())
            heard = ear.take()
            if not heard:
                yield b": quiet\n\n"
                continue
            found, version = await request.db.read(events.follow, workspace_id=workspace_id, after_id=version)
            yield _encode(change_of(found, version, log=log_topic in heard, spans=spans_topic in heard))
    finally:
        ear.close()


def change_of(found: list[events.Event], version: int, *, log: bool, spans: bool = False) -> Change:
    """Return the ids that some events are about, each once."""
    ids: dict[str, dict[str, None]] = {"task": {}, "runner": {}, "automation": {}}
    for event in found:
        if event.entity in ids:
            ids[event.entity][event.entity_id] = None
    return Change(
        version,
        tasks=[int(each) for each in ids["task"]][-_MAX_IDS:],
        runners=list(ids["runner"])[-_MAX_IDS:],
        automations=list(ids["automation"])[-_MAX_IDS:],
        log=log,
        spans=spans,
        more=len(ids["task"]) > _MAX_IDS,
    )


def _encode(change: Change) -> bytes:
    return b"event: change\ndata: " + msgspec.json.encode(change) + b"\n\n"
