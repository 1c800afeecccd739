"""From a token to a caller, without asking the database each time."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from botyard.base.exceptions import Denied
from botyard.core import access
from botyard.core.access import Caller, tokens
from botyard.storage import Database

if TYPE_CHECKING:
    from botyard.web.request import Request

Prove = Callable[..., Caller]

#: A revoked token is refused at the latest after this, also when its wake-up got lost on the way.
CACHE_SECONDS = 1.0
_CACHE_SIZE = 20_000
#: Topic that evicts everything; `access:<token id>` evicts one token.
TOPIC = "access"


class Authenticator:
    """Knows callers by their tokens. Remembers each answer for a second and forgets it when told to."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._callers: OrderedDict[str, tuple[float, str, Caller]] = OrderedDict()
        self._dialects: dict[str, tuple[float, bool]] = {}
        self._used: dict[str, int] = {}
        self._generation = 0
        self._stop = db.wakeups.listen(self._evict)

    def close(self) -> None:
        """Stop listening for evictions."""
        self._stop()

    async def caller_of(self, token: str) -> Caller:
        """Return who holds `token`. Raises Denied(code="unauthenticated")."""
        return await self._caller(token, access.authenticate)

    async def caller_of_session(self, cookie: str) -> Caller:
        """Return who is signed in with `cookie`. Raises Denied(code="unauthenticated")."""
        return await self._caller(cookie, access.authenticate_session)

    async def _caller(self, token: str, prove: Prove) -> Caller:
        known = self._callers.get(token)
        if known is not None and known[0] > time.monotonic():
            return known[2]
        parsed = tokens.parse(token)
        if parsed is None:
            raise unauthenticated()
        # An eviction that comes while the database is being read must win over what was read.
        generation = self._generation
        now = self._db.now()
        caller = await self._db.read(prove, token=token, now=now)
        if generation == self._generation:
            self._remember(token, parsed.id, caller)
        if parsed.kind != "attempt":
            self._used[parsed.id] = now
        return caller

    async def dialect_enabled(self, dialects: tuple[str, ...]) -> bool:
        """Return whether one of the dialects has been opened, by a key or a bot."""
        for dialect in dialects:
            known = self._dialects.get(dialect)
            if known is None or known[0] < time.monotonic():
                enabled = await self._db.read(access.dialect_enabled, dialect=dialect)
                known = self._dialects[dialect] = (time.monotonic() + CACHE_SECONDS, enabled)
            if known[1]:
                return True
        return False

    async def record_use(self) -> None:
        """Store when tokens were last used; called now and then, not by each request."""
        used, self._used = self._used, {}
        if used:
            await self._db.write(access.record_use, used=used)

    def _remember(self, token: str, token_id: str, caller: Caller) -> None:
        self._callers[token] = (time.monotonic() + CACHE_SECONDS, token_id, caller)
        self._callers.move_to_end(token)
        if len(self._callers) > _CACHE_SIZE:
            self._callers.popitem(last=False)

    def _evict(self, topic: str) -> None:
        if not topic.startswith(TOPIC):
            return
        self._generation += 1
        if topic == TOPIC:
            self._callers.clear()
        elif topic == access.DIALECTS_TOPIC:
            self._dialects.clear()
        else:
            gone = topic.removeprefix("access:")
            for token in [text for text, (_, token_id, _caller) in self._callers.items() if token_id == gone]:
                del self._callers[token]


def unauthenticated(message: str = "This token is unknown, expired or revoked.") -> Denied:
    """Return the one answer to every credential that does not hold, whatever the reason."""
    return Denied(message, hint="Get a new one with `botyard connect`.", code="unauthenticated")


def bearer_token(request: Request) -> str | None:
    """Return the token of the Authorization header, or None when there is none."""
    header = request.header("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


async def bearer(request: Request) -> Caller:
    """Authenticate by the Authorization header and nothing else. A token of an app opens its own dialect only."""
    token = bearer_token(request)
    if token is None:
        raise unauthenticated("This needs a token.")
    caller = await request.tools.authenticator.caller_of(token)
    if caller.kind == "app":
        raise Denied("This token was made for something else.", hint="Send it as Authorization: App-Token.")
    return caller
