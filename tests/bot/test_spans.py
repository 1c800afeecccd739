"""Spans form the tree of the calls that they are in, in coroutines and threads too."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from botyard import bot as module
from botyard.bot.encoding import payload
from botyard.bot.session import Bot

Kept = Callable[[str], list[Any]]


def tree(kept: Kept) -> list[tuple[str, str]]:
    """Return spans by name, with the names of their parents."""
    spans = {span["span_id"]: span for span in kept("spans.jsonl")}
    above = {
        span["span_id"]: spans[span["parent_id"]]["name"] if "parent_id" in span else "" for span in spans.values()
    }
    return sorted((span["name"], above[span["span_id"]]) for span in spans.values())


def test_spans_within_a_span_are_below_it(bot: Bot, kept: Kept) -> None:
    with bot.span("a"), bot.span("b"):
        pass
    with bot.span("c", input=[1], page="login") as span:
        span.output = {"x": 1}
        span.tag(rows=3)
    assert tree(kept) == [("a", ""), ("b", "a"), ("c", "")]
    told = kept("spans.jsonl")[-1]
    assert (told["input"], told["output"], told["tags"]) == ([1], {"x": 1}, {"page": "login", "rows": 3})
    assert told["status"] == "ok"
    assert told["started_at"] <= told["ended_at"]


def test_a_span_fails_with_what_is_raised_in_it_or_when_it_is_told(bot: Bot, kept: Kept) -> None:
    with pytest.raises(ValueError, match="no"), bot.span("a"):
        raise ValueError("no")
    with bot.span("b") as span:
        span.fail("an answer was wrong")
    assert [(span["status"], span["message"]) for span in kept("spans.jsonl")] == [
        ("error", "ValueError: no"),
        ("error", "an answer was wrong"),
    ]


def test_a_function_is_a_span_with_what_went_in_and_came_out(bot: Bot, kept: Kept) -> None:
    @module.traced(arguments=True, result=True)
    def add(one: int, *, two: int = 2) -> int:
        return one + two

    @module.traced
    def plain() -> None:
        """Say nothing."""

    class Thing:
        @module.traced(name="method", arguments=True)
        def method(self, value: int) -> None:
            plain()
            self.value = value

    assert add(1, two=5) == 6
    Thing().method(3)
    with pytest.raises(TypeError):
        add()  # type: ignore[call-arg]  # the point of it
    names = [span["name"] for span in kept("spans.jsonl")]
    assert names[1:3] == ["test_a_function_is_a_span_with_what_went_in_and_came_out.plain", "method"]
    first, _, third, last = kept("spans.jsonl")
    assert (first["input"], first["output"], third["input"]) == ({"one": 1, "two": 5}, 6, {"value": 3})
    assert last["status"] == "error"
    assert plain.__doc__ == "Say nothing."


def test_coroutines_that_run_at_once_have_their_own_spans(bot: Bot, kept: Kept) -> None:
    @module.traced(name="ask", result=True)
    async def ask(number: int) -> int:
        with bot.span(f"step {number}"):
            await asyncio.sleep(0)
        return number

    async def main() -> list[int]:
        with bot.span("root"):
            return list(await asyncio.gather(*(ask(number) for number in range(3))))

    assert asyncio.run(main()) == [0, 1, 2]
    steps = [(f"step {number}", "ask") for number in range(3)]
    assert tree(kept) == [*[("ask", "root")] * 3, ("root", ""), *steps]


def test_a_thread_has_its_own_tree_unless_the_function_is_carried(bot: Bot, kept: Kept) -> None:
    def work(name: str) -> None:
        with bot.span(name):
            pass

    with bot.span("root"):
        carried = bot.carry(work)
        threads = [threading.Thread(target=carried, args=(f"carried {number}",)) for number in range(2)]
        threads.append(threading.Thread(target=work, args=("own",)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert tree(kept) == [("carried 0", "root"), ("carried 1", "root"), ("own", ""), ("root", "")]


def test_generators_are_told_how_to_be_traced() -> None:
    with pytest.raises(TypeError, match=r"with bot\.span"):

        @module.traced
        def many() -> Any:
            yield 1


def test_any_value_has_a_form_in_json() -> None:
    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError("no")

    loop: list[Any] = []
    loop.append(loop)
    assert bytes(payload({"a": object})) == b'{"a":"<class \'object\'>"}'
    assert b"Broken" in bytes(payload({"a": Broken()}))
    assert bytes(payload({("a", 1): 2})) == b"{\"('a', 1)\":2}"
    assert bytes(payload(loop)).startswith(b'"[[')
    assert bytes(payload(float("nan"))) == b"null"
    assert len(bytes(payload("x" * 1_000_000))) < 80_000
    assert bytes(payload(ValueError("no"))) == b'"ValueError: no"'
