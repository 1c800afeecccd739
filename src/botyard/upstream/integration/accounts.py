"""The accounts that calls are made with, remembered for a while so that a call does not ask the database."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence

import msgspec

from botyard.base.exceptions import BotyardError
from botyard.core import integrations
from botyard.core.audit import Origin
from botyard.core.integrations import TOPIC, Account, Given
from botyard.core.vault import RootKeys
from botyard.storage import ALL, Database

#: How long an account stays open for one caller; each opening leaves a row in the audit.
_SECONDS = 60.0
_MOST = 5000

_Key = tuple[int, str, int | None, str, Given, int | None]


class CallerOf(msgspec.Struct, frozen=True, kw_only=True):
    """For whom a call is made: a workspace, the app in it, the task that runs, and its own connection, if any."""

    workspace_id: int
    app_id: int | None
    task_id: int | None
    connection_id: int | None
    origin: Origin


class AccountBook:
    """Opens accounts, and forgets those of a workspace when something there changes."""

    def __init__(self, db: Database, root_keys: RootKeys) -> None:
        self._db = db
        self._root_keys = root_keys
        self._open: OrderedDict[_Key, tuple[float, Account]] = OrderedDict()
        self._generation = 0
        self._stop = db.wakeups.listen(self._heard)

    def close(self) -> None:
        """Forget everything."""
        self._stop()
        self._open.clear()

    async def find(self, caller: CallerOf, key: str, given: Sequence[Given]) -> list[Account | BotyardError]:
        """Return for each connection that is `given` its account, or why there is none.

        Raises NotFound for the integration, and Busy (code "sealed").
        """
        now = time.monotonic()
        found: dict[Given, Account | BotyardError] = {}
        missing = []
        for one in dict.fromkeys(given):
            known = self._open.get(self._key(caller, key, one))
            if known is not None and known[0] > now:
                found[one] = known[1]
            else:
                missing.append(one)
        if missing:
            found |= await self._ask(caller, key, missing, now)
        return [found[one] for one in given]

    async def _ask(
        self, caller: CallerOf, key: str, missing: list[Given], now: float
    ) -> dict[Given, Account | BotyardError]:
        # What changes while the database is asked must win over its answer.
        generation = self._generation
        opened = await self._db.write(
            integrations.open_account,
            root_keys=self._root_keys,
            workspace_id=caller.workspace_id,
            key=key,
            app_id=caller.app_id,
            given=missing,
            default=caller.connection_id,
            origin=caller.origin,
            now=self._db.now(),
        )
        for one, account in zip(missing, opened, strict=True):
            if isinstance(account, Account) and generation == self._generation:
                self._open[self._key(caller, key, one)] = (now + _SECONDS, account)
        while len(self._open) > _MOST:
            self._open.popitem(last=False)
        return dict(zip(missing, opened, strict=True))

    def _key(self, caller: CallerOf, key: str, given: Given) -> _Key:
        return (caller.workspace_id, key, caller.app_id, caller.origin.actor, given, caller.connection_id)

    def _heard(self, topic: str) -> None:
        if topic == ALL:
            self._generation += 1
            self._open.clear()
        elif topic.startswith(TOPIC):
            self._generation += 1
            workspace = topic.removeprefix(TOPIC)
            for known in [known for known in self._open if str(known[0]) == workspace]:
                del self._open[known]
