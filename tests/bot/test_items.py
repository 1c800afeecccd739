"""Items of queues: each is reported once, as it went."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from botyard.bot import BusinessError, Interrupted
from botyard.bot.session import Bot

Kept = Callable[[str], list[Any]]


@pytest.fixture
def orders(folder: Path, bot: Bot) -> Bot:
    """Return a bot with five items in a queue."""
    bot.queue("orders").push([{"n": number} for number in range(5)])
    return bot


def left(bot: Bot) -> list[int]:
    return [item["n"] for item in bot.queue("orders").take(100)]


def test_items_are_done_or_failed_as_their_work_went(orders: Bot, kept: Kept) -> None:
    for item in orders.queue("orders").items(batch=2):
        with item:
            if item["n"] == 1:
                raise BusinessError("no customer")
            if item["n"] == 2:
                raise KeyError("key")
            item.result = item["n"] * 10
    reports = kept("queues/orders.reports.jsonl")
    assert [report.get("error_kind", report["outcome"]) for report in reports] == [
        "done",
        "business",
        "application",
        "done",
        "done",
    ]
    assert [report.get("result") for report in reports] == [0, None, None, 30, 40]
    assert reports[1]["message"] == "no customer"
    assert reports[2]["message"].startswith("KeyError: 'key'\n\nTraceback (most recent call last)")
    assert (orders.worked, orders.failed_items) == (5, 2)


def test_what_was_not_begun_goes_back_when_the_bot_is_interrupted(orders: Bot, folder: Path, kept: Kept) -> None:
    for item in orders.queue("orders").items(batch=3):
        with item:
            (folder / "interrupt").touch()
    assert len(kept("queues/orders.reports.jsonl")) == 1
    assert sorted(left(orders)) == [1, 2, 3, 4]


@pytest.mark.parametrize("stop", [Interrupted, KeyboardInterrupt, SystemExit])
def test_an_item_goes_back_when_the_bot_ends_while_it_works_on_it(orders: Bot, stop: type[BaseException]) -> None:
    def work() -> None:
        for item in orders.queue("orders").items(batch=2):
            with item:
                raise stop

    with pytest.raises(stop):
        work()
    assert sorted(left(orders)) == [0, 1, 2, 3, 4]


def test_a_loop_that_is_left_gives_the_rest_back(orders: Bot, kept: Kept) -> None:
    items = orders.queue("orders").items(batch=4)
    for item in items:
        with item:
            break
    items.close()  # type: ignore[attr-defined]  # a generator is
    assert [report["outcome"] for report in kept("queues/orders.reports.jsonl")] == ["done"]
    assert sorted(left(orders)) == [1, 2, 3, 4]


def test_an_error_ends_the_loop_where_that_is_wished(orders: Bot, kept: Kept) -> None:
    def work() -> None:
        for item in orders.queue("orders").items(stop_on_error=True):
            with item:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert [report["error_kind"] for report in kept("queues/orders.reports.jsonl")] == ["application"]


def test_an_item_that_nobody_works_on_is_a_mistake(orders: Bot) -> None:
    with pytest.raises(RuntimeError, match="with item"):
        for _ in orders.queue("orders").items():
            pass
    assert len(left(orders)) == 5


def test_items_may_be_settled_by_hand_and_a_few_be_taken(orders: Bot, kept: Kept) -> None:
    first, second, third = orders.queue("orders").take(3)
    first.done({"ok": True})
    second.fail("not today", business=True)
    third.release()
    with first, second:
        pass
    assert [report["outcome"] for report in kept("queues/orders.reports.jsonl")] == ["done", "error"]
    assert [item["n"] for item in orders.queue("orders").items(limit=0)] == []


def test_a_limit_ends_the_loop_and_priorities_go_first(orders: Bot) -> None:
    orders.queue("orders").push({"n": 9}, priority=5, reference="r")
    seen = []
    for item in orders.queue("orders").items(limit=2, batch=10):
        with item:
            seen.append((item["n"], item.priority, item.reference))
    assert seen == [(9, 5, "r"), (0, 0, None)]
    assert len(left(orders)) == 4
