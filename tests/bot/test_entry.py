"""A bot's function gets its parameters, and what it returns or raises is how its task ends."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from botyard import bot as module
from botyard.bot import BusinessError
from botyard.bot.session import Bot

Kept = Callable[[str], list[Any]]


def result(folder: Path) -> dict[str, Any]:
    """Return how the task ended."""
    path = folder / "result.json"
    told: dict[str, Any] = json.loads(path.read_bytes()) if path.exists() else {}
    return told


def test_a_function_is_given_the_parameters_that_it_names(folder: Path) -> None:
    module.local(folder, parameters={"one": 1, "two": 2, "more": 3})

    @module.main
    def work(one: int, *, two: int = 7, three: int = 8) -> list[int]:
        """Add."""
        return [one, two, three]

    assert work() == [1, 2, 8]
    assert work.__doc__ == "Add."
    assert module.run(lambda **every: every) == {"one": 1, "two": 2, "more": 3}
    with pytest.raises(TypeError, match="no parameter four"):
        module.run(lambda four: four)
    module._bots.clear()


def test_what_it_returns_is_the_output_and_none_leaves_what_was_set(folder: Path, bot: Bot) -> None:
    module.run(lambda: {"file": folder / "a.txt"})
    assert result(folder) == {"output": {"file": str(folder / "a.txt")}}
    module.run(lambda: None)
    assert result(folder)["output"] == {"file": str(folder / "a.txt")}
    with pytest.raises(TypeError, match="JSON"):
        module.run(object)


def test_a_coroutine_function_runs_in_a_loop(folder: Path, bot: Bot) -> None:
    async def work() -> int:
        with bot.span("a"):
            return 7

    assert module.run(work) == 7
    assert result(folder) == {"output": 7}


def test_an_interrupt_ends_the_task_as_partial(folder: Path, bot: Bot) -> None:
    (folder / "interrupt").touch()
    assert bot.interrupted
    assert module.run(bot.raise_on_interrupt) is None
    assert result(folder) == {"outcome": "partial", "message": "Interrupted."}


def test_an_exception_is_reported_and_raised_and_a_business_error_only_raised(bot: Bot, kept: Kept) -> None:
    def fail(error: Exception) -> Callable[[], None]:
        def work() -> None:
            raise error

        return work

    with pytest.raises(KeyError):
        module.run(fail(KeyError("x")))
    with pytest.raises(BusinessError):
        module.run(fail(BusinessError("x")))
    assert [error["type"] for error in kept("errors.jsonl")] == ["KeyError"]


def test_items_that_were_worked_on_are_counted_at_the_end(folder: Path, bot: Bot) -> None:
    bot.queue("q").push([{"n": 1}, {"n": 2}])

    def work() -> None:
        for item in bot.queue("q").items():
            with item:
                assert item["n"] == 1

    module.run(work)
    assert result(folder) == {"outcome": "partial", "total": 2, "processed": 1, "failed": 1}


def test_a_signal_to_end_is_an_exception_within_the_bot_only(bot: Bot) -> None:
    usual = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as end:
        module.run(lambda: os.kill(os.getpid(), signal.SIGTERM))
    assert end.value.code == 143
    assert signal.getsignal(signal.SIGTERM) is usual


def test_every_name_of_the_module_is_there(bot: Bot) -> None:
    for name in module.__all__:
        assert getattr(module, name) is not None
    assert set(module.__all__) <= set(dir(module))
    with pytest.raises(AttributeError):
        _ = module.nothing
