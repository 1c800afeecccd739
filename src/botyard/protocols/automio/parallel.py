"""Many calls at once: answered together, or one after the other as they are done (contract b.7 to b.9)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing

import msgspec

from botyard.base.exceptions import Denied
from botyard.core.integrations import Account, Given
from botyard.protocols.automio import wire_integrations as wire
from botyard.protocols.automio.auth import check_organization
from botyard.protocols.automio.integrations import answered_once, caller_of, json_body, named
from botyard.protocols.automio.logstream import KEEP_ALIVE, KEEP_ALIVE_SECONDS, SSE, SSE_HEADERS
from botyard.upstream.integration import Batch, Outcome, ascii_json, check_method, failure
from botyard.web.body import decode_json
from botyard.web.integrations import switchboard
from botyard.web.request import Request
from botyard.web.response import Response, StreamResponse

#: How much the answers of one request may hold together; a stream has no such limit.
_MAX_TOGETHER = 64 * 1024 * 1024


async def call(request: Request) -> Response:
    """Call for many connections, or stream; items keep their order."""
    sent = decode_json(await json_body(request), wire.ParallelSent)
    given = [named(request) if _is_open(item.connection_id) else item.connection_id for item in sent.data_list]
    if sent.streaming:
        return await answered_once(request, check_method(sent.method), lambda: _stream(request, sent, given))
    return await answered_once(request, check_method(sent.method), lambda: _together(request, sent, given))


async def call_connection(request: Request) -> Response:
    """Call many times for one connection, which the address names."""
    sent = decode_json(await json_body(request), wire.ParallelSent)
    return await answered_once(request, check_method(sent.method), lambda: _one_connection(request, sent))


async def _together(request: Request, sent: wire.ParallelSent, given: list[Given]) -> Response:
    batch = await _batch(request, sent, given)
    homes = [item.organization_id for item in sent.data_list]
    responses = await _responses(request, batch, given, homes)
    return Response(msgspec.json.encode({"responses": responses, "connections_used": _used(batch)}))


async def _one_connection(request: Request, sent: wire.ParallelSent) -> Response:
    caller = await caller_of(request)
    account = await switchboard(request).account(caller, request.path["integration"], named(request))
    given: list[Given] = [account.connection.id] * len(sent.data_list)
    batch = Batch(caller=caller, accounts=[account] * len(given), wanted=sent.wanted())
    responses = await _responses(request, batch, given, [None] * len(given))
    # The only form that every version of the client accepts is a number as text.
    return Response(msgspec.json.encode({"responses": responses, "connection_id": str(account.connection.id)}))


async def _stream(request: Request, sent: wire.ParallelSent, given: list[Given]) -> Response:
    batch = await _batch(request, sent, given)
    return StreamResponse(_events(request, batch, given), media_type=SSE, headers=SSE_HEADERS)


async def _batch(request: Request, sent: wire.ParallelSent, given: list[Given]) -> Batch:
    wanted = sent.wanted()
    caller = await caller_of(request)
    # An empty list still tells whether there is such an integration.
    found = await switchboard(request).accounts(caller, request.path["integration"], given or [named(request)])
    accounts = [_foreign(request, item) or account for item, account in zip(sent.data_list, found, strict=False)]
    return Batch(caller=caller, accounts=accounts, wanted=wanted)


def _foreign(request: Request, item: wire.Item) -> Denied | None:
    """Return the error for an item of another organization."""
    try:
        check_organization(request.caller, item.organization_id)
    except Denied as error:
        return error
    return None


async def _responses(
    request: Request, batch: Batch, given: Sequence[Given], homes: Sequence[wire.Id]
) -> list[wire.Object]:
    """Return the answers in the order of the calls; once they hold too much together, the rest say so."""
    answers: list[wire.Object] = [{}] * len(batch.wanted)
    size = 0
    async with aclosing(switchboard(request).run(batch)) as running:
        async for place, outcome in running:
            size += len(outcome.text) + len(outcome.data or b"") + (len(outcome.binary[1]) if outcome.binary else 0)
            answers[place] = wire.item(
                outcome if size <= _MAX_TOGETHER else _too_much(outcome),
                batch.accounts[place],
                given[place],
                home=homes[place],
                organization=request.caller.workspace_id,
                place=place,
            )
    return answers


def _too_much(outcome: Outcome) -> Outcome:
    reason = (
        f"The answers hold more than {_MAX_TOGETHER} bytes together; this one, with status {outcome.status}, was left"
        " out. Stream the calls, or make fewer at once."
    )
    return failure(502, reason, url=outcome.url, sent=True)


def _used(batch: Batch) -> dict[str, int]:
    """Return how many calls each connection made."""
    used: dict[str, int] = {}
    for account in batch.accounts:
        if isinstance(account, Account):
            used[str(account.connection.id)] = used.get(str(account.connection.id), 0) + 1
    return used


async def _events(request: Request, batch: Batch, given: Sequence[Given]) -> AsyncIterator[bytes]:
    """Yield an event for each call as soon as it is done, comments while none is, and the last event."""
    yield b": calls\n\n"
    total = len(batch.wanted)
    gone = asyncio.ensure_future(request.disconnected())
    running = switchboard(request).run(batch)
    upcoming = asyncio.ensure_future(anext(running, None))
    try:
        while True:
            await asyncio.wait((upcoming, gone), timeout=KEEP_ALIVE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if gone.done():
                raise request.left()
            if not upcoming.done():
                yield KEEP_ALIVE
                continue
            done = upcoming.result()
            if done is None:
                break
            place, outcome = done
            event = wire.event(outcome, batch.accounts[place], given[place], place=place, total=total)
            yield b"data: " + ascii_json(event) + b"\n\n"
            upcoming = asyncio.ensure_future(anext(running, None))
        yield b"data: " + msgspec.json.encode({"completed": True, "total_processed": total}) + b"\n\n"
    finally:
        gone.cancel()
        upcoming.cancel()
        await asyncio.gather(gone, upcoming, return_exceptions=True)
        await running.aclose()


def _is_open(given: wire.Id) -> bool:
    return given is None or (isinstance(given, str) and given.strip() in ("", "None"))
