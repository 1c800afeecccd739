"""The log of a task over HTTP: streams, levels, words, and what a Bot Velocity bot said in between."""

from __future__ import annotations

import re
from typing import Any

import pytest

from botyard.core import logs
from botyard.core.logs import LogBatch, LogEntry
from botyard.storage import Tx
from tests.console.conftest import Desk
from tests.support.work import lease_next, make_runner

SAID = (("DEBUG", "looking"), ("info", "found 3"), ("Warning", "one is odd"), ("ERROR", "one is <bad>"), ("odd%", "x"))


@pytest.fixture
async def log(desk: Desk) -> str:
    """Have a log of four streams with five levels, and return its address."""

    def write(tx: Tx) -> None:
        now = desk.db.now()
        runner = make_runner(tx, desk.workspace, now=now)
        lease = lease_next(tx, desk.workspace, runner, now=now)
        limits: dict[str, Any] = {"max_lines": 100, "max_bytes": 10_000}
        lines = [(1, now, "runner", "preparing"), (2, now, "stdout", "one"), (3, now, "stderr", "two")]
        logs.append_many(
            tx,
            [LogBatch(runner_id=runner, attempt_id=lease.attempt_id, lines=lines, complete=False, now=now, **limits)],
        )
        logs.write_many(
            tx,
            [LogEntry(attempt_id=lease.attempt_id, at=now, level=level, text=text, **limits) for level, text in SAID],
        )

    await desk.db.write(write)
    return f"/tasks/{desk.task_id}/log"


def lines(page: str) -> list[str]:
    shown = re.findall(r'class="text">(.*?)</span></div>', page)
    return [re.sub("<[^>]+>", "", line) for line in shown]


async def test_streams_and_levels_narrow_a_log(desk: Desk, log: str) -> None:
    everything = ["preparing", "one", "two", "looking", "found 3", "one is odd", "one is &lt;bad&gt;", "x"]
    for query, expected in (
        ("", everything),
        ("stream=log", everything[3:]),
        ("stream=runner", ["preparing"]),
        ("stream=stderr", ["two"]),
        ("level=warn", ["one is odd", "one is &lt;bad&gt;"]),
        ("level=error", ["one is &lt;bad&gt;"]),
        ("level=warn&stream=log&find=ODD", ["one is odd"]),
        ("level=warn&stream=stdout", []),
        ("stream=nonsense&level=nonsense", everything),
    ):
        assert lines((await desk.get(f"{log}?{query}", hx_request="true")).text) == expected, query


async def test_a_level_stands_before_its_message_with_a_word(desk: Desk, log: str) -> None:
    page = (await desk.get(f"/tasks/{desk.task_id}")).text
    assert re.findall(r'class="level (\w+)">([^<]+)<', page) == [
        ("low", "DEBUG"),
        ("plain", "info"),
        ("warn", "Warning"),
        ("bad", "ERROR"),
        ("plain", "odd%"),
    ]
    for words in (">messages</option>", ">runner</option>", ">warnings and errors</option>"):
        assert words in page
    narrowed = (await desk.get(f"/tasks/{desk.task_id}?stream=log&level=error")).text
    assert '<option value="log" selected>' in narrowed
    assert '<option value="error" selected>' in narrowed
