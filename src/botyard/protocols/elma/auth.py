"""How this dialect knows its callers: by the token in the body (contract 2)."""

from __future__ import annotations

import contextlib
import time
from collections import OrderedDict
from typing import Any

from botyard.base.clock import MINUTE
from botyard.base.exceptions import BotyardError, Denied, Invalid
from botyard.core import systems
from botyard.core.access import SYSTEM_PERMISSIONS, Caller
from botyard.core.systems import State, System
from botyard.protocols.elma import sent
from botyard.storage import Database
from botyard.web.auth import unauthenticated
from botyard.web.request import Request

DIALECT = systems.DIALECT

#: A locked system is refused at the latest after this, also when its wake-up got lost on the way.
CACHE_SECONDS = 1.0
_CACHE_SIZE = 10_000


class SystemCaller(Caller, frozen=True, kw_only=True):
    """A system that calls, with the token that it sent, in its usual form."""

    system: System
    token: str


class Systems:
    """Knows systems by their tokens. Remembers each answer for a second and forgets it when told to."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: OrderedDict[str, tuple[float, System]] = OrderedDict()
        self._generation = 0
        db.wakeups.listen(self._evict)

    async def with_token(self, token: str) -> System:
        """Return the system that has `token`. Raises Denied(code="unauthenticated")."""
        known = self._known.get(token)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        # An eviction that comes while the database is being read must win over what was read.
        generation, now = self._generation, self._db.now()
        system = await self._db.read(systems.authenticate, token=token, now=now)
        if generation == self._generation:
            self._known[token] = (time.monotonic() + CACHE_SECONDS, system)
            self._known.move_to_end(token)
            if len(self._known) > _CACHE_SIZE:
                self._known.popitem(last=False)
        if system.used_at is None or system.used_at < now - MINUTE:
            # Nobody is refused because this cannot be written now.
            with contextlib.suppress(BotyardError):
                await self._db.write(systems.record_use, system_id=system.id, now=now)
        return system

    def _evict(self, topic: str) -> None:
        if topic in (systems.TOPIC, "*"):
            self._generation += 1
            self._known.clear()


async def authenticate(request: Request) -> Caller:
    """Return the system that sends the request. Raises Denied, with code "unauthenticated" for an unknown token."""
    token = _token((await sent.read(request)).get("auth_tkn"))
    system = await request.tools.shared(Systems, lambda: Systems(request.db)).with_token(token)
    systems.check_address(system, request.address)
    if system.state is not State.ALLOWED:
        verdict = "is not allowed yet" if system.state is State.REQUEST else "is locked"
        raise Denied(f'The system "{system.name}" {verdict}.', hint="An administrator of Botyard can allow it.")
    return _caller(system, token)


def caller_of(request: Request) -> SystemCaller:
    """Return the system that `authenticate` found."""
    caller = request.caller
    if not isinstance(caller, SystemCaller):
        raise unauthenticated()
    return caller


def _token(value: Any) -> str:
    if value is None or value == "":
        raise unauthenticated("auth_tkn is missing.")
    try:
        return systems.checked_token(value)
    except Invalid:
        raise unauthenticated("No system has this token.") from None


def _caller(system: System, token: str) -> SystemCaller:
    return SystemCaller(
        kind="system",
        id=system.id,
        name=system.name,
        workspace_id=system.workspace_id,
        workspace_label=system.workspace_label,
        permissions=SYSTEM_PERMISSIONS,
        dialect=DIALECT,
        system=system,
        token=token,
    )
