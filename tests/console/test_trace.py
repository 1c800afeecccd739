"""The trace of a task over HTTP: the tree on its axis, found spans, one span with its log, who may see it, and size."""

from __future__ import annotations

import re
from typing import Any

import pytest

from botyard.console import waterfall
from botyard.core import tasks, traces
from botyard.core.traces import NewSpan
from botyard.storage import Tx
from tests.console.conftest import Desk
from tests.support.spans import agent_run, long_run, send
from tests.support.work import SECOND, lease_next, lose_all, make_runner, make_workspace

MAX_PAGE = 100_000


async def run_of(desk: Desk, make: Any = agent_run, **options: Any) -> int:
    """Make the trace of a task; the task that the desk has is out of the way before."""
    await desk.post(f"/tasks/{desk.task_id}/cancel")
    made: int = await desk.db.write(make, desk.workspace, now=desk.db.now(), **options)
    return made


def names(page: str) -> list[str]:
    return re.findall(r'class="clip" title="([^"]*)"', page)


async def test_the_tree_is_drawn_on_one_axis(desk: Desk) -> None:
    page = (await desk.get(f"/tasks/{await run_of(desk)}?tab=trace")).text
    assert names(page) == ["agent_workflow", "retrieve", "llm_call", "post", "stray", "timeless"]
    assert re.findall(r'class="span-name (d\d+)"', page) == ["d0", "d1", "d1", "d2", "d0", "d0"]
    assert "6 spans in 1" in page
    assert "1 failed" in page
    assert "2 not finished" in page
    assert page.count("<rect class=") >= 5
    assert page.count(" open") >= 1
    assert "no parent" in page
    assert "tokens: 150" in page
    assert "data-since" in page
    assert 'style="' not in page


async def test_spans_are_found_by_name_and_tag_with_what_is_above_them(desk: Desk) -> None:
    task_id = await run_of(desk)
    by_tag = (await desk.get(f"/tasks/{task_id}?tab=trace&q=TOKENS")).text
    assert names(by_tag) == ["agent_workflow", "llm_call"]
    assert by_tag.count("span-row beside") == 1
    assert "1 found" in by_tag
    assert names((await desk.get(f"/tasks/{task_id}?tab=trace&q=stray")).text) == ["stray"]
    assert "Nothing found" in (await desk.get(f"/tasks/{task_id}?tab=trace&q=nowhere")).text


async def test_a_span_shows_its_payloads_and_the_log_of_its_time(desk: Desk) -> None:
    task_id = await run_of(desk)
    page = (await desk.get(f"/tasks/{task_id}?tab=trace")).text
    (href,) = re.findall(rf'href="(/tasks/{task_id}/span\?attempt=1&amp;span=retrieve%2F1)"', page)
    sheet = (await desk.get(href.replace("&amp;", "&"), hx_request="true")).text
    assert "<html" not in sheet
    for words in ("retrieve", "invoices", "fast", "looking", f"/tasks/{task_id}#L1.1"):
        assert words in sheet, words
    assert "posting" not in sheet
    whole = (await desk.get(f"/tasks/{task_id}/span?attempt=1&span=post%2F1")).text
    for words in ("<html", "refused", "posting", "Metadata", f"/tasks/{task_id}/span?attempt=1&amp;span=llm_call%2F1"):
        assert words in whole, words
    late = (await desk.get(f"/tasks/{task_id}/span?attempt=1&span=stray%2F1")).text
    assert "wrote nothing while this span ran" in late
    timeless = (await desk.get(f"/tasks/{task_id}/span?attempt=1&span=timeless")).text
    assert "not known when this span began" in timeless


async def test_viewers_do_not_see_what_a_bot_works_on(desk: Desk) -> None:
    task_id = await run_of(desk)
    page = await desk.get(f"/tasks/{task_id}?tab=trace&q=invoices", role="viewer")
    assert "Traces need the operator role" in page.text
    assert "agent_workflow" not in page.text
    assert (await desk.get(f"/tasks/{task_id}/span?attempt=1&span=post%2F1", role="viewer")).status_code == 403
    assert (await desk.get(f"/tasks/{task_id}/span?attempt=1&span=post%2F1", role="operator")).status_code == 200


async def test_a_task_without_spans_says_how_they_come(desk: Desk) -> None:
    assert "The bot has sent no spans" in (await desk.get(f"/tasks/{desk.task_id}?tab=trace")).text


@pytest.mark.parametrize(
    "query", ["attempt=x&from=-1", "attempt=999999999&from=999999999", "q=%25_!&span=%20", "from=1e5"]
)
async def test_any_query_is_answered(desk: Desk, query: str) -> None:
    task_id = await run_of(desk)
    assert (await desk.get(f"/tasks/{task_id}?tab=trace&{query}")).status_code == 200
    assert (await desk.get(f"/tasks/{task_id}/span?{query}")).status_code == 404


async def test_another_workspace_looks_like_nothing(desk: Desk) -> None:
    stranger = await desk.db.write(make_workspace, label="rival")
    foreign = await desk.db.write(agent_run, stranger, now=desk.db.now())
    assert (await desk.get(f"/tasks/{foreign}?tab=trace")).status_code == 404
    assert (await desk.get(f"/tasks/{foreign}/span?attempt=1&span=post%2F1")).status_code == 404


async def test_ten_thousand_spans_come_in_windows(desk: Desk) -> None:
    task_id = await run_of(desk, long_run)
    reply = await desk.get(f"/tasks/{task_id}?tab=trace")
    assert reply.text.count("<li data-row>") == waterfall.ROWS
    assert len(reply.content) < MAX_PAGE
    assert "10\u202f000 spans in" in reply.text
    assert "1 to 100 of 10\u202f000 rows" in reply.text
    last = await desk.get(f"/tasks/{task_id}?tab=trace&from=9900")
    assert names(last.text)[-1] == "call 9999"
    assert 'rel="next"' not in last.text
    found = await desk.get(f"/tasks/{task_id}?tab=trace&q=call+4242")
    assert names(found.text) == ["step 424", "call 4242"]
    part = await desk.get(f"/tasks/{task_id}?tab=trace&from=300", hx_request="true")
    assert f'hx-get="/tasks/{task_id}?tab=trace&amp;from=300"' in part.text


async def test_each_attempt_has_its_own_trace(desk: Desk) -> None:
    def attempt(tx: Tx, *, name: str, now: int) -> None:
        runner = make_runner(tx, desk.workspace, now=now)
        lease = lease_next(tx, desk.workspace, runner, now=now)
        assert lease.task_id == desk.task_id
        only = NewSpan(span_id="s", name=name, started_at=now, duration=5, status="ok")
        send(tx, desk.workspace, lease, only, now=now)

    await desk.db.write(attempt, name="first span", now=desk.db.now())
    page = (await desk.get(f"/tasks/{desk.task_id}?tab=trace")).text
    assert names(page) == ["first span"]
    assert "0.005 ms" in page
    assert 'aria-label="Attempts"' not in page
    await desk.db.write(lose_all, now=desk.db.now())
    await desk.db.write(attempt, name="second span", now=desk.db.now())
    both = (await desk.get(f"/tasks/{desk.task_id}?tab=trace")).text
    assert names(both) == ["second span"]
    assert 'aria-label="Attempts"' in both
    assert names((await desk.get(f"/tasks/{desk.task_id}?tab=trace&attempt=1")).text) == ["first span"]


def bar(span_id: str, parent_id: str | None, started_at: int | None = 0, ended_at: int | None = 1) -> traces.Bar:
    return traces.Bar(
        epoch=1,
        span_id=span_id,
        parent_id=parent_id,
        name=span_id,
        status=None,
        started_at=started_at,
        ended_at=ended_at,
        duration=None,
        received_at=0,
    )


def test_circles_and_very_deep_trees_are_drawn() -> None:
    circle = [bar("a", "b"), bar("b", "a"), bar("self", "self"), bar("root", None)]
    assert [(each.span_id, depth) for each, depth, _ in waterfall.arranged(circle)] == [
        ("root", 0),
        ("a", 0),
        ("b", 1),
        ("self", 0),
    ]
    assert [each.span_id for each, _, _ in waterfall.arranged(circle, {"b"})] == ["a", "b"]
    deep = [bar(f"{n}", f"{n - 1}" if n else None) for n in range(5_000)]
    assert waterfall.arranged(deep)[-1][1] == 4_999


@pytest.mark.parametrize("length", [0, 1, 7, 1_500, 40_000, 3 * SECOND, 59 * SECOND, 3_599 * SECOND, 10**13, 2**60])
def test_the_axis_has_few_round_moments(length: int) -> None:
    ticks = waterfall.ticks_of(waterfall.Axis(5, 5 + length))
    assert 1 <= len(ticks) <= 6
    assert ticks[0].word in ("0 ms", "0 s")


@pytest.mark.parametrize(
    ("tags", "shown"),
    [
        (None, []),
        ({"a": 1, "b": {"c": 2}, "d": "x" * 50}, ["a: 1", "d: " + "x" * 36 + "…"]),
        (["one", ["two"], 3], ["one", "3"]),
        ("plain", ["plain"]),
        (7, ["7"]),
    ],
)
def test_tags_of_any_form_are_shown_short(tags: Any, shown: list[str]) -> None:
    assert waterfall.shown_tags(tags) == shown


def test_a_trace_that_has_ended_does_not_grow() -> None:
    bars = [bar("a", None, 100, 200), bar("b", "a", 150, None), bar("c", None, None, None)]
    assert waterfall.axis_of(bars, now=None) == waterfall.Axis(100, 200)
    assert waterfall.axis_of(bars, now=900) == waterfall.Axis(100, 900)
    assert waterfall.axis_of(bars[2:], now=900) == waterfall.Axis(0, 0)


async def test_spans_of_an_ended_task_stay_open_without_running(desk: Desk) -> None:
    task_id = await run_of(desk)
    await desk.db.write(
        tasks.cancel, workspace_id=desk.workspace.id, task_id=task_id, actor="user:ann", now=desk.db.now()
    )
    page = (await desk.get(f"/tasks/{task_id}?tab=trace")).text
    assert "2 not finished" in page
    assert page.count('<span class="span-took">not finished</span>') == 2
