"""Limits of connections, many calls at once, slow readers, and a server that stops in the middle of calls."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from botyard.base.exceptions import NotFound
from botyard.core import integrations
from botyard.core.integrations import Account, NewConnection
from botyard.upstream.integration import Batch, Outcome, Unfit, Wanted, ascii_json, switchboard
from botyard.upstream.integration.limits import Gate
from tests.support.otherapi import OtherApi, other_api
from tests.support.work import NOW
from tests.upstream.integration.conftest import Board

__all__ = ["other_api"]


async def run(board: Board, account: Account, wanted: list[Any]) -> list[tuple[int, Outcome]]:
    batch = Batch(caller=board.caller, accounts=[account] * len(wanted), wanted=wanted)
    return [done async for done in board.board.run(batch)]


async def test_calls_of_slow_and_fast_connections_do_not_hold_each_other_up(board: Board, other_api: OtherApi) -> None:
    slow = await board.account({"concurrency": 1}, base_url=other_api.url)
    fast = await board.account({"concurrency": 50}, base_url=other_api.url, key="fast")
    accounts = [slow] * 2 + [fast] * 5
    wanted = [Wanted(endpoint="/slow?ms=1500")] * 2 + [Wanted(endpoint="/echo")] * 5
    done = [place async for place, _ in board.board.run(Batch(caller=board.caller, accounts=accounts, wanted=wanted))]
    assert set(done[:5]) == {2, 3, 4, 5, 6}
    assert done[5:] == [0, 1], "one connection's calls are made in their order"


async def test_what_cannot_be_called_is_answered_beside_the_others(board: Board, other_api: OtherApi) -> None:
    account = await board.account(base_url=other_api.url)
    batch = Batch(
        caller=board.caller,
        accounts=[account, NotFound("There is none."), account],
        wanted=[Wanted(endpoint="/echo"), Wanted(), Unfit("No.", 418)],
    )
    found = {place: outcome.status async for place, outcome in board.board.run(batch)}
    assert found == {0: 200, 1: 404, 2: 418}


async def test_a_slow_reader_holds_the_calls_up(board: Board, other_api: OtherApi) -> None:
    account = await board.account({"concurrency": 4}, base_url=other_api.url)
    wanted = [Wanted(endpoint=f"/echo?n={number}") for number in range(100)]
    running = board.board.run(Batch(caller=board.caller, accounts=[account] * 100, wanted=wanted))
    await anext(running)
    await settled(other_api)
    assert len(other_api.seen) <= 1 + 16 + 4 + 4, "what is read, what waits, and what is on its way"
    await running.aclose()
    assert account_is_free(board, account)


async def settled(other: OtherApi) -> None:
    """Return once the other side has not been asked for a while."""
    seen = -1
    while seen != len(other.seen):
        seen = len(other.seen)
        await asyncio.sleep(0.2)


def account_is_free(board: Board, account: Account) -> bool:
    gate: Gate = board.board._limits.gate(account.connection)
    return gate.is_idle


async def test_a_reader_who_leaves_ends_the_calls(board: Board, other_api: OtherApi) -> None:
    account = await board.account(base_url=other_api.url)
    wanted = [Wanted(endpoint="/hang")] * 20
    running: AsyncGenerator[Any] = board.board.run(Batch(caller=board.caller, accounts=[account] * 20, wanted=wanted))
    first = asyncio.ensure_future(anext(running))
    await until(lambda: other_api.busy >= 10)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await running.aclose()
    assert account_is_free(board, account)
    other_api.release.set()


async def until(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 -- the other side runs in threads
            await asyncio.sleep(0.01)


async def test_a_stopping_server_answers_for_the_calls_in_flight(
    board: Board, other_api: OtherApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(switchboard, "LAST_SECONDS", 0.3)
    account = await board.account({"concurrency": 2}, base_url=other_api.url)
    calling = asyncio.ensure_future(run(board, account, [Wanted(endpoint="/hang")] * 5))
    quick = asyncio.ensure_future(board.call(account, "/echo"))
    await until(lambda: other_api.busy >= 2)
    began = time.monotonic()
    board.board.drain()
    outcomes = [outcome for _, outcome in await calling]
    assert time.monotonic() - began < 2
    assert sorted(outcome.status for outcome in outcomes) == [502, 502, 502, 504, 504]
    assert all("stopping" in outcome.text for outcome in outcomes)
    assert (await quick).status in (200, 502)
    assert (await board.call(account, "/echo")).status == 502
    other_api.release.set()


async def test_a_rate_spreads_the_calls_of_a_connection(board: Board, other_api: OtherApi) -> None:
    account = await board.account({"calls_per_minute": 1200}, base_url=other_api.url)
    began = time.monotonic()
    done = await run(board, account, [Wanted(endpoint="/echo")] * 30)
    took = time.monotonic() - began
    # Twenty a second: the first twenty may begin at once, the other ten one every 50 ms.
    assert {outcome.status for _, outcome in done} == {200}
    assert took >= 0.4


async def test_a_change_counts_for_the_next_call(board: Board, other_api: OtherApi) -> None:
    account = await board.account(base_url=other_api.url)

    async def change(**parts: Any) -> None:
        await board.db.write(
            lambda tx: integrations.reconnect(
                tx,
                root_keys=board.keys,
                workspace_id=board.workspace.id,
                connection_id=account.connection.id,
                connection=NewConnection(**parts),
                actor="user:ann",
                now=NOW,
            )
        )

    await change(secrets={"key": "canary-2"}, concurrency=7)
    fresh = await board.board.account(board.caller, "github", None)
    assert (fresh.secrets.key, fresh.connection.concurrency) == ("canary-2", 7)
    assert await board.board.account(board.caller, "github", None) is fresh, "no question to the database"
    await board.db.write(
        lambda tx: integrations.delete(tx, workspace_id=board.workspace.id, key="github", actor="user:ann", now=NOW)
    )
    with pytest.raises(NotFound):
        await board.board.account(board.caller, "github", None)


async def test_a_gate_loses_no_place_to_those_who_give_up() -> None:
    gate = Gate()
    gate.set(1, None)

    async def stay(seconds: float) -> None:
        async with gate:
            await asyncio.sleep(seconds)

    for moment in range(20):
        waiting = [asyncio.ensure_future(stay(0.001)) for _ in range(5)]
        for _ in range(moment):
            await asyncio.sleep(0)
        for task in waiting[::2]:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert gate.is_idle


def test_everything_beyond_ascii_is_escaped() -> None:
    assert ascii_json('{"a":"Å\u2028😀"}'.encode()) == b'{"a":"\\u00c5\\u2028\\ud83d\\ude00"}'
