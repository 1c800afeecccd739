"""The trace of a task over HTTP: the tree on its axis, found spans, one span with its log, who may see it, and size."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from botyard.console import waterfall
from botyard.console.timeaxis import Axis, Part, ticks_of
from botyard.console.traceshelf import Shelf, arranged, axis_of, profile_of, with_parents
from botyard.core import tasks, traces
from botyard.core.traces import NewSpan
from botyard.storage import Tx
from tests.console.conftest import Desk
from tests.support.spans import agent_run, begin, long_run, send
from tests.support.work import SECOND, lease_next, lose_all, make_runner, make_workspace

MAX_PAGE = 100_000


async def run_of(desk: Desk, make: Any = agent_run, **options: Any) -> int:
    """Make the trace of a task; the task that the desk has is out of the way before."""
    await desk.post(f"/tasks/{desk.task_id}/cancel")
    made: int = await desk.db.write(make, desk.workspace, now=desk.db.now(), **options)
    return made


def names(page: str) -> list[str]:
    return [
        html.unescape(name) for name in re.findall(r'<span class="clip"[^>]*>([^<]*)</span><span class="hush">', page)
    ]


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
    "query",
    [
        "attempt=x&row=-1",
        "attempt=999999999&row=999999999",
        "q=%25_!&span=%20",
        "from=1e5",
        "from=1e300&to=2e300",
        "from=nan&to=inf",
        "from=5&to=4",
        "from=1&to=2&q=x",
        "from=-1&to=1e-9",
    ],
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
    last = await desk.get(f"/tasks/{task_id}?tab=trace&row=9900")
    assert names(last.text)[-1] == "call 9999"
    assert 'rel="next"' not in last.text
    found = await desk.get(f"/tasks/{task_id}?tab=trace&q=call+4242")
    assert names(found.text) == ["step 424", "call 4242"]
    part = await desk.get(f"/tasks/{task_id}?tab=trace&row=300", hx_request="true")
    assert f'hx-get="/tasks/{task_id}?tab=trace&amp;row=300"' in part.text


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
    assert [(each.span_id, depth) for each, depth, _ in arranged(circle)] == [
        ("root", 0),
        ("a", 0),
        ("b", 1),
        ("self", 0),
    ]
    assert [each.span_id for each, _, _ in with_parents(arranged(circle), {"b"})] == ["a", "b"]
    deep = [bar(f"{n}", f"{n - 1}" if n else None) for n in range(5_000)]
    assert arranged(deep)[-1][1] == 4_999


@pytest.mark.parametrize("length", [0, 1, 7, 1_500, 40_000, 3 * SECOND, 59 * SECOND, 3_599 * SECOND, 10**13, 2**60])
def test_the_axis_has_few_round_moments(length: int) -> None:
    ticks = ticks_of(Axis(5, 5 + length))
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


def test_an_axis_fits_all_that_has_a_time() -> None:
    bars = [bar("a", None, 100, 200), bar("b", "a", 150, None), bar("c", None, None, None)]
    assert axis_of(bars) == Axis(100, 200)
    assert axis_of(bars[2:]) == Axis(0, 0)


def test_the_profile_is_as_high_as_there_are_spans_at_a_time() -> None:
    bars = [bar("a", None, 0, 1200), bar("b", "a", 600, 1200), bar("c", None, None, None)]
    assert profile_of(bars, Axis(0, 1200)) == "M0 22H0V11H60V0H120V22Z"
    assert profile_of([], Axis(0, 0)) == "M0 22H120V22Z"


async def test_spans_of_an_ended_task_stay_open_without_running(desk: Desk) -> None:
    task_id = await run_of(desk)
    await desk.db.write(
        tasks.cancel, workspace_id=desk.workspace.id, task_id=task_id, actor="user:ann", now=desk.db.now()
    )
    page = (await desk.get(f"/tasks/{task_id}?tab=trace")).text
    assert "2 not finished" in page
    assert page.count('<span class="span-took">not finished</span>') == 2


async def test_a_part_of_the_time_is_looked_at_by_its_address(desk: Desk) -> None:
    task_id = await run_of(desk)
    page = (await desk.get(f"/tasks/{task_id}?tab=trace&from=2900&to=4600")).text
    assert names(page) == ["agent_workflow", "llm_call", "post"]
    assert "2.900 s to 4.600 s" in page
    assert "3 rows" not in page, "one window needs no paging"
    steps = dict(re.findall(r'href="([^"]+)" aria-keyshortcuts="(.)"', page))
    assert set(steps.values()) == {"[", "]", "+", "-", "0"}
    assert f"/tasks/{task_id}?tab=trace#trace" in steps
    closer = next(href for href, key in steps.items() if key == "+").replace("&amp;", "&")
    assert re.search(r"from=3325&to=4175", closer)
    found = (await desk.get(f"/tasks/{task_id}?tab=trace&from=2900&to=4600&q=tokens")).text
    assert names(found) == ["agent_workflow", "llm_call"]
    assert "No span here" not in found
    assert "in this part of the time" in (await desk.get(f"/tasks/{task_id}?tab=trace&from=0&to=900&q=stray")).text


async def test_the_log_lies_on_the_axis_of_the_spans(desk: Desk) -> None:
    task_id = await run_of(desk)
    page = (await desk.get(f"/tasks/{task_id}?tab=trace")).text
    assert re.findall(r'href="(/tasks/\d+#L[\d.]+)" tabindex="-1"', page) == [
        f"/tasks/{task_id}#L1.1",
        f"/tasks/{task_id}#L1.2",
    ]
    assert "Log <span" in page
    assert ">2 lines<" in page
    part = (await desk.get(f"/tasks/{task_id}?tab=trace&from=500&to=1500")).text
    assert "1 line of 2" in part


async def test_items_lie_on_the_axis_of_the_spans(desk: Desk) -> None:
    task_id = await run_of(desk)
    page = (await desk.get(f"/tasks/{task_id}?tab=trace")).text
    assert re.findall(r'href="/items/\d+" tabindex="-1"><rect class="(t-\w+)"', page) == [
        "t-succeeded",
        "t-failed",
        "t-running",
    ]
    assert "INV-1: done, 1.5 s" in page
    assert "INV-3: in work" in page
    assert ">3 items<" in page
    assert ">1 item of 3<" in (await desk.get(f"/tasks/{task_id}?tab=trace&from=0&to=1500")).text
    assert "/items/" not in (await desk.get(f"/tasks/{task_id}?tab=trace", role="viewer")).text


async def test_a_trace_is_renewed_as_a_part_while_its_task_runs(desk: Desk) -> None:
    task_id = await run_of(desk)
    page = (await desk.get(f"/tasks/{task_id}?tab=trace&q=llm&from=0&to=900")).text
    (address,) = re.findall(rf'hx-get="(/tasks/{task_id}/trace[^"]*)"', page)
    assert address == f"/tasks/{task_id}/trace?q=llm&amp;from=0&amp;to=900"
    part = (await desk.get(f"/tasks/{task_id}/trace", hx_request="true")).text
    assert part.lstrip().startswith('<div id="trace"')
    assert names(part) == names((await desk.get(f"/tasks/{task_id}?tab=trace")).text)
    assert (await desk.get(f"/tasks/{task_id}/trace")).status_code == 303
    assert (await desk.get(f"/tasks/{task_id}/trace", role="viewer", hx_request="true")).status_code == 403
    await desk.post(f"/tasks/{task_id}/cancel")
    assert "data-renews" not in (await desk.get(f"/tasks/{task_id}?tab=trace")).text


async def test_what_is_renewed_is_only_what_came_since(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    bars = traces.bars

    def counted(*arguments: Any, **options: Any) -> list[traces.Bar]:
        found = bars(*arguments, **options)
        read.append(len(found))
        return found

    monkeypatch.setattr(traces, "bars", counted)
    now = desk.db.now()
    lease = await desk.db.write(lambda tx: begin(tx, desk.workspace, now=now))
    shelf = Shelf()

    async def look(at: int) -> waterfall.Trace:
        def drawn(tx: Tx) -> waterfall.Trace:
            task = tasks.get(tx, workspace_id=desk.workspace.id, task_id=lease.task_id)
            return waterfall.picture(tx, shelf, task, waterfall.Wish(), now=at, with_items=True)

        return await desk.db.read(drawn)

    async def sent(at: int, *spans: NewSpan) -> None:
        await desk.db.write(lambda tx: send(tx, desk.workspace, lease, *spans, now=at))

    await desk.post(f"/tasks/{desk.task_id}/cancel")
    await sent(now, *(NewSpan(span_id=f"{number}", name="n", started_at=now) for number in range(500)))
    assert (await look(now)).unfinished == 500
    assert (await look(now + 4 * SECOND)).spans == 500
    later = now + 5 * SECOND
    await sent(
        later, NewSpan(span_id="7", name="n", ended_at=later), NewSpan(span_id="new", name="n", started_at=later)
    )
    fresh = await look(later)
    assert (fresh.spans, fresh.unfinished) == (501, 500)
    assert read == [500, 2], "the second look read nothing, the third what came"


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ({}, Part()),
        ({"from": "1"}, Part()),
        ({"from": "2", "to": "1"}, Part()),
        ({"from": "1.5", "to": "2"}, Part(1.5, 2.0)),
        ({"from": "-1", "to": "2"}, Part()),
        ({"from": "nan", "to": "2"}, Part()),
        ({"from": "0", "to": "9" * 40}, Part()),
    ],
)
def test_only_what_can_be_a_part_is_one(query: dict[str, str], part: Part) -> None:
    assert Part.of(query) == part


def test_a_part_lies_within_the_whole() -> None:
    whole = Axis(1_000, 11_000)
    assert Part(2, 4).within(whole) == Axis(3_000, 5_000)
    assert Part(8, 14).within(whole) == Axis(5_000, 11_000)
    assert Part(0, 10).within(whole) is None
    assert Part(3, 3.000001).within(whole) == Axis(4_000, 4_010)
    assert Part(1e300, 2e300).within(whole) == Axis(10_990, 11_000)


def test_moments_of_a_part_are_told_apart() -> None:
    words = [tick.word for tick in ticks_of(Axis(5_203_000, 5_204_000), 0)]
    assert words == ["5.2030 s", "5.2032 s", "5.2034 s", "5.2036 s", "5.2038 s", "5.2040 s"]
