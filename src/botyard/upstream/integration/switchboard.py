"""Where the calls of all integrations of this server go through."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import msgspec

from botyard.base.exceptions import BotyardError, Denied, NotFound
from botyard.core.integrations import Account, Call, Given
from botyard.core.vault import RootKeys
from botyard.storage import Database
from botyard.upstream import Failed, Refused, Upstream
from botyard.upstream.integration import oauth, soap
from botyard.upstream.integration.accounts import AccountBook, CallerOf
from botyard.upstream.integration.building import Draft, settled
from botyard.upstream.integration.calllog import CallLog, excerpt
from botyard.upstream.integration.connecting import Connecting, probe
from botyard.upstream.integration.limits import Limits
from botyard.upstream.integration.outcome import Outcome, failure, masked_url, read_outcome
from botyard.upstream.integration.policies import Bounds, policy_for
from botyard.upstream.integration.renewal import Renewal
from botyard.upstream.integration.signing import sign
from botyard.upstream.integration.wanted import Unfit, Wanted

log = logging.getLogger("botyard.upstream")

#: How long calls in flight may go on once the server is stopping.
LAST_SECONDS = 7.0
#: How long a call may wait for the limits of its connection.
_PATIENCE = 300.0
#: Calls of one request that run at the same time, over all its connections.
_MOST_AT_ONCE = 200
#: Answers that wait for a slow reader.
_MOST_WAITING = 16
_STOPPING = "This server is stopping."


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Calls that belong together; an account that could not be opened is the error that says why."""

    caller: CallerOf
    accounts: Sequence[Account | BotyardError]
    wanted: Sequence[Wanted | Unfit]


class Switchboard:
    """Makes calls: opens accounts, keeps limits, renews tokens, and writes the log. One per server."""

    def __init__(self, db: Database, root_keys: RootKeys, upstream: Upstream, bounds: Bounds) -> None:
        self._upstream = upstream
        self._book = AccountBook(db, root_keys)
        self._renewal = Renewal(db, root_keys, upstream)
        self._limits = Limits()
        self._log = CallLog(db)
        self._db = db
        self._bounds = bounds
        self._wsdls = soap.Wsdls()
        self._running: set[asyncio.Timeout] = set()
        self._stopped = False
        self.connecting = Connecting(db, root_keys, upstream)

    def drain(self) -> None:
        """Let the calls in flight go on for some seconds, then answer for them and for all that come."""
        asyncio.get_running_loop().call_later(LAST_SECONDS, self._cut)

    async def close(self) -> None:
        """Write what is left of the log."""
        await self._log.close()
        self._book.close()

    async def settle(self) -> None:
        """Write the calls of the log that wait, now."""
        await self._log.flush()

    async def account(self, caller: CallerOf, key: str, given: Given) -> Account:
        """Return the account that a caller means. Raises NotFound, Denied, Invalid, and Busy (code "sealed")."""
        (found,) = await self._book.find(caller, key, [given])
        if isinstance(found, BotyardError):
            raise found
        return found

    async def accounts(self, caller: CallerOf, key: str, given: Sequence[Given]) -> list[Account | BotyardError]:
        """Return for each that is `given` its account, or why there is none. Raises NotFound for the integration."""
        return await self._book.find(caller, key, given)

    async def call(self, caller: CallerOf, account: Account, wanted: Wanted) -> Outcome:
        """Make one call. Nothing that the other system does raises an error."""
        sent = _Sent(wanted, account)
        began, at = time.perf_counter(), self._db.now()
        try:
            outcome = await self._within_limits(account, wanted, sent)
        except BotyardError as error:
            outcome = failure(502, str(error))
        self._note(caller, account, sent, outcome, began=began, at=at)
        return outcome

    async def try_out(self, caller: CallerOf, account: Account) -> Outcome:
        """Make the call that shows whether an account works; for SOAP read the WSDL."""
        if account.integration.kind != "wsdl":
            moved, wanted = probe(account)
            return await self.call(caller, moved, wanted)
        try:
            names = await soap.operations(self._upstream, account, self._bounds, self._wsdls)
        except Unfit as unfit:
            return failure(unfit.status, unfit.reason)
        except (Refused, Failed) as failed:
            return failure(502, failed.reason)
        return Outcome(status=200, text=f"Operations: {', '.join(names)}.")

    async def run(self, batch: Batch) -> AsyncGenerator[tuple[int, Outcome]]:
        """Make many calls and yield each with its place as soon as it is done.

        Calls of one connection run beside each other as far as its limits allow; a reader who is slow holds them up.
        """
        done: asyncio.Queue[tuple[int, Outcome]] = asyncio.Queue(_MOST_WAITING)
        room = asyncio.Semaphore(_MOST_AT_ONCE)
        groups = _grouped(batch.accounts)

        async def work(places: list[int]) -> None:
            while places:
                place = places.pop()
                async with room:
                    outcome = await self._one(batch, place)
                await done.put((place, outcome))

        workers = [
            asyncio.create_task(work(places))
            for width, places in groups
            for _ in range(min(width, len(places), _MOST_AT_ONCE))
        ]
        try:
            for _ in range(len(batch.wanted)):
                yield await done.get()
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _one(self, batch: Batch, place: int) -> Outcome:
        account, wanted = batch.accounts[place], batch.wanted[place]
        if isinstance(account, BotyardError):
            return failure(_status_of(account), str(account))
        if isinstance(wanted, Unfit):
            return failure(wanted.status, wanted.reason)
        try:
            return await self.call(batch.caller, account, wanted)
        except Exception:
            # One fault of ours must not cost the answers of all others.
            log.exception("calls.failed", extra={"integration": account.integration.key})
            return failure(502, "The server failed to make this call; its log says why.")

    async def _within_limits(self, account: Account, wanted: Wanted, sent: _Sent) -> Outcome:
        try:
            async with asyncio.timeout(_PATIENCE) as patience, self._limits.gate(account.connection):
                patience.reschedule(None)
                return await self._until_stop(account, wanted, sent)
        except TimeoutError:
            return failure(504, f"The limits of the connection left no room within {_PATIENCE:g} seconds.")

    async def _until_stop(self, account: Account, wanted: Wanted, sent: _Sent) -> Outcome:
        if self._stopped:
            return failure(502, _STOPPING)
        limit = asyncio.timeout(None)
        try:
            async with limit:
                self._running.add(limit)
                return await self._signed_in(account, wanted, sent)
        except TimeoutError:
            return failure(504, f"{_STOPPING} Whether the call was carried out is not known.", url=sent.url, sent=True)
        finally:
            self._running.discard(limit)

    async def _signed_in(self, account: Account, wanted: Wanted, sent: _Sent) -> Outcome:
        try:
            if account.integration.kind == "wsdl":
                sent.note(account.integration.details.wsdl_document_url or "", None)
                return await soap.call(self._upstream, account, wanted, self._bounds, self._wsdls)
            if account.integration.kind == "oauth2":
                return await self._with_tokens(account, wanted, sent)
            return await self._attempt(account, wanted, sent)
        except Unfit as unfit:
            return failure(unfit.status, unfit.reason)
        except oauth.OauthFailed as failed:
            return failure(502, f"The tokens of the account cannot be renewed: {failed.reason}")

    async def _with_tokens(self, account: Account, wanted: Wanted, sent: _Sent) -> Outcome:
        """Call with tokens that last; a 401 renews them and tries again once."""
        account = await self._renewal.due(account)
        outcome = await self._attempt(account, wanted, sent)
        if outcome.status != 401 or not account.secrets.refresh_token:
            return outcome
        try:
            account = await self._renewal.renewed(account)
        except oauth.OauthFailed:
            return outcome
        return await self._attempt(account, wanted, sent)

    async def _attempt(self, account: Account, wanted: Wanted, sent: _Sent) -> Outcome:
        draft = Draft(account.integration, wanted)
        sign(draft, account)
        content = await settled(draft.content())
        url, secrets = draft.url, account.secrets.texts()
        sent.note(masked_url(url, draft.secret_params, secrets), content)
        policy = policy_for(account.integration, self._bounds)
        try:
            async with self._upstream.send(
                draft.method, url, policy=policy, headers=draft.headers, content=content
            ) as answer:
                body = await answer.read()
                return read_outcome(answer, body, draft=draft, secrets=secrets)
        except Refused as refused:
            return failure(502, refused.reason, url=sent.url)
        except Failed as failed:
            status = 504 if failed.kind == "timeout" else 502
            return failure(status, failed.reason, url=sent.url, sent=failed.kind not in ("dns", "connect", "tls"))

    def _cut(self) -> None:
        self._stopped = True
        now = asyncio.get_running_loop().time()
        for limit in tuple(self._running):
            limit.reschedule(now)

    def _note(
        self, caller: CallerOf, account: Account, sent: _Sent, outcome: Outcome, *, began: float, at: int
    ) -> None:
        secrets = account.secrets.texts()
        self._log.add(
            Call(
                workspace_id=caller.workspace_id,
                integration_id=account.integration.id,
                connection_id=account.connection.id,
                app_id=caller.app_id,
                task_id=caller.task_id,
                actor=caller.origin.actor,
                method=sent.wanted.method,
                url=excerpt(outcome.url or sent.url or sent.wanted.endpoint, secrets)[:500],
                status=outcome.status,
                reason=None if outcome.reason is None else excerpt(outcome.reason, secrets)[:500],
                duration=int((time.perf_counter() - began) * 1_000_000),
                sent=sent.size,
                received=outcome.received,
                request=excerpt(sent.text(), secrets),
                response=excerpt("" if outcome.reason else outcome.text, secrets),
                at=at,
            )
        )


class _Sent:
    """What is known of a request for the log."""

    def __init__(self, wanted: Wanted, account: Account) -> None:
        self.wanted = wanted
        self.url = account.integration.base_url or ""
        self.size = 0
        self._content: bytes = b""

    def note(self, url: str, content: Any) -> None:
        """Take what is sent."""
        self.url = url
        self._content = content[:4000] if isinstance(content, bytes) else b""
        self.size = len(content) if isinstance(content, bytes) else sum(file.size for file in self.wanted.files)

    def text(self) -> str:
        """Return the beginning of the body, if it is text."""
        return "" if b"\0" in self._content else self._content.decode("utf-8", "ignore")


def _grouped(accounts: Sequence[Account | BotyardError]) -> list[tuple[int, list[int]]]:
    """Return for each connection how many calls it takes at once, and the places of its calls, the last first."""
    groups: dict[int, tuple[int, list[int]]] = {}
    for place, account in enumerate(accounts):
        number, width = (
            (0, 1)
            if isinstance(account, BotyardError)
            else (
                account.connection.id,
                account.connection.concurrency,
            )
        )
        groups.setdefault(number, (width, []))[1].append(place)
    for _, places in groups.values():
        places.reverse()
    return list(groups.values())


def _status_of(error: BotyardError) -> int:
    if isinstance(error, NotFound):
        return 404
    return 403 if isinstance(error, Denied) else 400
