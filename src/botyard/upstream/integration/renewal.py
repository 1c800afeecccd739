"""Keeping OAuth2 tokens fresh: one renewal of a connection at a time, on this server and over all servers."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict

from botyard.base.clock import SECOND
from botyard.core import integrations
from botyard.core.integrations import TOPIC, Account
from botyard.core.vault import RootKeys
from botyard.storage import Database
from botyard.upstream import Upstream
from botyard.upstream.integration import oauth
from botyard.upstream.integration.oauth import OauthFailed

#: Tokens that end within this are renewed before they are used.
_EARLY = 60 * SECOND
#: A server that began to renew and died is waited for this long.
_CLAIM = 30 * SECOND
_MOST = 5000


class Renewal:
    """Knows the newest account of each connection that this server renewed."""

    def __init__(self, db: Database, root_keys: RootKeys, upstream: Upstream) -> None:
        self._db = db
        self._root_keys = root_keys
        self._upstream = upstream
        self._newest: OrderedDict[int, Account] = OrderedDict()
        self._locks: dict[int, asyncio.Lock] = {}

    def newest(self, account: Account) -> Account:
        """Return the account with the newest tokens that are known here."""
        known = self._newest.get(account.connection.id)
        newer = known is not None and known.connection.secret_version > account.connection.secret_version
        return known if known is not None and newer else account

    async def due(self, account: Account) -> Account:
        """Return an account whose tokens last; those that end soon are renewed first.

        Raises OauthFailed when they have ended and the provider gives no others.
        """
        account = self.newest(account)
        expires, now = account.connection.token_expires_at, self._db.now()
        if expires is None or expires > now + _EARLY or not account.secrets.refresh_token:
            return account
        try:
            return await self.renewed(account)
        except OauthFailed:
            if expires > now:
                return account
            raise

    async def renewed(self, account: Account) -> Account:
        """Return the account with other tokens than it has now. Raises OauthFailed."""
        lock = self._locks.setdefault(account.connection.id, asyncio.Lock())
        async with lock:
            known = self.newest(account)
            if known is not account:
                return known
            fresh = await self._renew(account)
            self._newest[fresh.connection.id] = fresh
            self._newest.move_to_end(fresh.connection.id)
            while len(self._newest) > _MOST:
                self._locks.pop(self._newest.popitem(last=False)[0], None)
            return fresh

    async def _renew(self, account: Account) -> Account:
        current = await self._peek(account)
        if current.connection.secret_version != account.connection.secret_version:
            return current
        if current.connection.broken or not current.secrets.refresh_token:
            raise OauthFailed(current.connection.broken or "There is no refresh token.", final=True)
        now = self._db.now()
        mine = await self._db.write(
            integrations.claim_refresh, connection=current.connection, now=now, until=now + _CLAIM
        )
        if not mine:
            return await self._wait_for_other(current)
        return await self._ask_provider(current)

    async def _ask_provider(self, current: Account) -> Account:
        secret = await self._db.read(
            integrations.client_secret, root_keys=self._root_keys, integration=current.integration
        )
        try:
            tokens = await oauth.renew(
                self._upstream,
                current.integration,
                client_secret=secret,
                refresh_token=current.secrets.refresh_token or "",
                now=self._db.now(),
            )
        except OauthFailed as failed:
            await self._db.write(
                integrations.break_connection,
                connection=current.connection,
                reason=failed.reason if failed.final else None,
                now=self._db.now(),
            )
            raise
        except asyncio.CancelledError:
            await asyncio.shield(
                self._db.write(
                    integrations.break_connection, connection=current.connection, reason=None, now=self._db.now()
                )
            )
            raise
        await self._db.write(
            integrations.store_tokens,
            root_keys=self._root_keys,
            connection=current.connection,
            tokens=tokens,
            now=self._db.now(),
        )
        return await self._peek(current)

    async def _wait_for_other(self, current: Account) -> Account:
        """Return the account once another server has renewed it."""
        end = time.monotonic() + _CLAIM / SECOND
        topic = f"{TOPIC}{current.connection.workspace_id}"
        async with self._db.wakeups.subscribe(topic) as changes:
            while (left := end - time.monotonic()) > 0:
                found = await self._peek(current)
                if found.connection.secret_version != current.connection.secret_version:
                    return found
                if found.connection.broken:
                    raise OauthFailed(found.connection.broken, final=True)
                await changes.wait(min(left, 1.0))
        raise OauthFailed("Another server is renewing the tokens and does not come to an end.", final=False)

    async def _peek(self, account: Account) -> Account:
        return await self._db.read(
            integrations.peek_account,
            root_keys=self._root_keys,
            workspace_id=account.connection.workspace_id,
            connection_id=account.connection.id,
        )
