"""The log of an attempt on its way to a server that is there, away, broken, or does not want it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from botyard.runner import tasklog
from botyard.runner.tasklog import TaskLog
from botyard.sdk.native import AsyncClient
from tests.runner.waiting import eventually
from tests.support.peer import Peer, running_peer

TAKEN = (200, {"accepted": 1, "dropped": 0, "limit_reached": False})


@pytest.fixture
def peer() -> Iterator[Peer]:
    """Yield a server that takes every line."""
    with running_peer() as server:
        server.prepare(TAKEN)
        yield server


@pytest.fixture
async def log(peer: Peer, tmp_path: Path) -> AsyncIterator[TaskLog]:
    """Yield the log of an attempt."""
    async with AsyncClient(peer.url, "t", timeout=5.0) as client:
        opened = TaskLog(client, "a1", tmp_path / "log")
        yield opened
        await opened.abandon()


def calls(peer: Peer) -> list[dict[str, Any]]:
    """Return the calls that the server has seen."""
    return [json.loads(body) for _, _, _, body in peer.seen]


def texts(peer: Peer) -> list[str]:
    """Return the texts of all lines that the server has seen, each number once."""
    return list({line[0]: line[3] for call in calls(peer) for line in call["lines"]}.values())


async def test_lines_are_numbered_batched_and_closed(peer: Peer, log: TaskLog) -> None:
    for number in range(450):
        log.write("stdout", f"line {number}")
    assert await log.complete()
    assert texts(peer) == [f"line {number}" for number in range(450)]
    assert [line[0] for call in calls(peer) for line in call["lines"]] == list(range(1, 451))
    assert all(len(call["lines"]) <= tasklog.BATCH_LINES for call in calls(peer))
    assert [call["complete"] for call in calls(peer)] == [False] * (len(peer.seen) - 1) + [True]


async def test_a_log_without_lines_is_closed_too(peer: Peer, log: TaskLog) -> None:
    assert await log.complete()
    assert calls(peer) == [{"lines": [], "complete": True, "dropped": 0}]


async def test_lines_wait_for_a_server_that_is_away(peer: Peer, log: TaskLog) -> None:
    peer.prepare((0, None), (503, {}), (500, {"code": "internal"}), TAKEN)
    for number in range(30_000):
        log.write("stdout", f"line {number}")
    assert not log.crowded() or not log._unreachable
    assert await log.complete()
    assert texts(peer) == [f"line {number}" for number in range(30_000)]


async def test_lines_that_break_the_server_are_left_out_and_the_log_says_so(
    peer: Peer, log: TaskLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasklog, "MOST_FAULTS", 2)
    peer.prepare((500, {}), (500, {}), TAKEN)
    log.write("stdout", "bad")
    await eventually(lambda: len(peer.seen) == 2)
    assert await log.complete()
    assert [call["lines"][0][3] for call in calls(peer)][-1].startswith("(1 line is missing here")
    assert calls(peer)[-1]["complete"]


async def test_a_refused_batch_does_not_keep_the_log_open(peer: Peer, log: TaskLog) -> None:
    peer.prepare((413, {}), TAKEN)
    log.write("stdout", "bad")
    assert await log.complete()
    assert calls(peer)[-1]["complete"]
    assert "missing" in texts(peer)[-1]


async def test_a_lost_lease_ends_the_log(peer: Peer, log: TaskLog) -> None:
    peer.prepare((409, {"code": "stale_lease"}))
    log.write("stdout", "late")
    assert not await log.complete()
    log.write("stdout", "later")
    assert len(peer.seen) == 1


async def test_lines_after_the_limit_are_counted_not_sent(peer: Peer, log: TaskLog) -> None:
    peer.prepare((200, {"accepted": 0, "dropped": 1, "limit_reached": True}))
    log.write("stdout", "one too many")
    await eventually(lambda: log._full)
    for _ in range(1000):
        log.write("stdout", "more")
    assert await log.complete()
    assert texts(peer) == ["one too many"]
    assert calls(peer)[-1]["dropped"] == 1000
