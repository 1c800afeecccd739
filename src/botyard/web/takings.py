"""Handing out items of queues: what was taken for a client that has left goes back into its place in line."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from botyard.core import queues
from botyard.core.queues import Holder, Item, Pull, Release
from botyard.web.longpoll import hold, is_gone
from botyard.web.request import Request


async def take(request: Request, pull: Pull, *, wait: float = 0.0) -> list[Item]:
    """Return the items that `pull` gets, or as soon as there are any within `wait` seconds.

    Raises ClientLeft, having given the items back, when the client is not there to receive them.
    """
    await request.body()
    if wait <= 0:
        return await deliver(request, await request.db.write_set(queues.pull_many, pull), pull.holder)
    queue = await request.db.read(queues.get, workspace_id=pull.workspace_id, label=pull.queue)
    loop = asyncio.get_running_loop()
    end = loop.time() + wait
    async with request.db.wakeups.subscribe(f"queue:{queue.id}") as changes:
        while True:
            asked = msgspec.structs.replace(pull, now=request.now)
            items = await request.db.write_set(queues.pull_many, asked)
            left = end - loop.time()
            if items or left <= 0 or not await hold(request, changes.wait(left)):
                return await deliver(request, items, pull.holder)


async def deliver(request: Request, items: list[Item], holder: Holder) -> list[Item]:
    """Return the items, unless the client has left: then they are given back, and ClientLeft is raised.

    The request's body must have been read before.
    """
    if items and await is_gone(request):
        await _give_back(request, items, holder)
        raise request.left()
    return items


async def _give_back(request: Request, items: Sequence[Item], holder: Holder) -> None:
    release = Release(
        workspace_id=items[0].workspace_id,
        holder=holder,
        item_ids=[item.id for item in items],
        now=request.now,
    )
    await request.db.write_set(queues.release_many, release)
