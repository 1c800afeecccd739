"""What a bot tells of its work over native v1: messages for its log, and how far it is."""

from __future__ import annotations

import pytest

from tests.protocols.native.conftest import Api


@pytest.fixture
async def bot(api: Api) -> Api:
    """Return the API as the bot of task 1 sees it."""
    await api.deploy("agent")
    runner = await api.new_runner()
    await api.ok("POST", "/tasks", {"automation": "agent"})
    (lease,) = await runner.lease()
    return api.as_(lease["token"])


async def lines(api: Api) -> list[str]:
    return [line["text"] for line in (await api.ok("GET", "/tasks/1/logs"))["lines"]]


async def test_messages_stand_in_the_log_once_however_often_they_are_sent(api: Api, bot: Api) -> None:
    call = {
        "writer": "w",
        "messages": [[1, 1_767_225_600_000_000, "INFO", "one"], [2, 1_767_225_600_000_001, "", "a\nb"]],
    }
    assert await bot.ok("POST", "/tasks/1/logs", call) == {"accepted": 3, "dropped": 0, "limit_reached": False}
    assert (await bot.ok("POST", "/tasks/1/logs", call))["accepted"] == 0
    assert await lines(api) == ["INFO  one", "INFO  a", "INFO  b"]


async def test_others_write_into_the_log_of_an_attempt_and_a_bot_into_its_own(api: Api, bot: Api) -> None:
    call = {"writer": "w", "messages": [[1, 0, "WARN", "by hand"]]}
    await api.problem("POST", "/tasks/1/logs", call | {"epoch": 2}, status=404)
    await api.problem("POST", "/tasks/9/logs", call, status=404)
    await bot.problem("POST", "/tasks/9/logs", call, status=403)
    await bot.problem("POST", "/tasks/1/logs", call | {"writer": ""}, status=400)
    await api.ok("POST", "/tasks/1/logs", call)
    assert await lines(api) == ["WARN  by hand"]


async def test_a_task_says_how_far_it_is(api: Api, bot: Api) -> None:
    told = await bot.ok("POST", "/tasks/1/progress", {"percent": 41.7, "info": "17 of 42"})
    assert (told["percent"], told["info"], told["status"]) == (42, "17 of 42", "pending")
    assert await api.ok("GET", "/tasks/1/progress") == told
    assert (await bot.ok("POST", "/tasks/1/progress", {"percent": 1000}))["status"] == "completed"
    assert (await bot.ok("POST", "/tasks/1/progress", {"percent": 5, "status": "failed"}))["percent"] == 100
    await bot.problem("POST", "/tasks/9/progress", {"percent": 1}, status=403)
    await api.problem("POST", "/tasks/1/progress", {"percent": 1, "epoch": 3}, status=404)
