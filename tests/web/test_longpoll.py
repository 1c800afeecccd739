from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

import httpx2

from botyard.core.access import Role
from botyard.storage import Wakeups
from tests.web.conftest import Site


async def listening(wakeups: Wakeups, topic: str) -> None:
    """Return once somebody subscribes to the topic."""
    async with asyncio.timeout(5):
        while topic not in wakeups._topics:  # noqa: ASYNC110 -- looks inside, where nothing sets an event
            await asyncio.sleep(0)


class Client:
    """An ASGI client that can leave before it is answered."""

    def __init__(self, token: str) -> None:
        self.left = asyncio.Event()
        self.sent: list[MutableMapping[str, Any]] = []
        self._asked = False
        self.scope = {
            "type": "http",
            "method": "POST",
            "path": "/api/test/poll",
            "query_string": b"",
            "headers": [(b"authorization", f"Bearer {token}".encode())],
        }

    async def receive(self) -> dict[str, object]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        self.sent.append(message)


class TestHold:
    async def test_answers_as_soon_as_there_is_a_signal(self, site: Site, client: httpx2.AsyncClient) -> None:
        del client
        who = Client(await site.key(Role.VIEWER))
        answer = asyncio.create_task(site.app(who.scope, who.receive, who.send))
        await listening(site.db.wakeups, "bell")
        site.db.wakeups.signal("bell")
        await asyncio.wait_for(answer, 5)
        assert who.sent[1]["body"] == b'{"rang":true}'

    async def test_ends_without_an_answer_when_the_client_leaves(self, site: Site) -> None:
        who = Client(await site.key(Role.VIEWER))
        answer = asyncio.create_task(site.app(who.scope, who.receive, who.send))
        await listening(site.db.wakeups, "bell")
        who.left.set()
        await asyncio.wait_for(answer, 5)
        assert who.sent == []
        assert "bell" not in site.db.wakeups._topics

    async def test_answers_at_once_when_the_server_begins_to_stop(self, site: Site) -> None:
        who = Client(await site.key(Role.VIEWER))
        answer = asyncio.create_task(site.app(who.scope, who.receive, who.send))
        await listening(site.db.wakeups, "bell")
        site.app.tools.drain.start()
        await asyncio.wait_for(answer, 5)
        assert who.sent[1]["body"] == b'{"rang":false}'

    async def test_is_short_once_the_server_is_stopping(self, site: Site) -> None:
        site.app.tools.drain.start()
        who = Client(await site.key(Role.VIEWER))
        await asyncio.wait_for(site.app(who.scope, who.receive, who.send), 5)
        assert who.sent[1]["body"] == b'{"rang":false}'
