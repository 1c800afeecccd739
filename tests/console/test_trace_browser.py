"""The trace of a task in Chromium: in every size and both colours, by the keyboard, and with ten thousand spans."""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest
from playwright.sync_api import Page, expect

from botyard.console import waterfall
from botyard.core import workspaces
from botyard.sdk import calls
from botyard.storage import Database, Tx
from botyard.wire import native as wire
from tests.console.conftest import open_yard
from tests.console.test_hostile import CORPUS
from tests.console.test_quality import AXE, MAX_WEIGHT
from tests.scenarios.yard import Yard
from tests.support.databases import in_own_loop
from tests.support.spans import agent_run, long_run

pytestmark = pytest.mark.browser

PAINT = """new Promise((done) => {
    const look = () => {
        const [entry] = performance.getEntriesByName("first-contentful-paint");
        entry ? done(entry.startTime) : setTimeout(look, 10);
    };
    look();
})"""

SignIn = Callable[..., Page]


class Traced(NamedTuple):
    """A running yard with a small trace, a hostile one and a long one."""

    yard: Yard
    small: str
    hostile: str
    long: str


async def _fill(data: Path, made: list[int]) -> None:
    def runs(tx: Tx, *, now: int) -> list[int]:
        workspace = workspaces.get(tx, label="default")
        hostile = agent_run(tx, workspace, now=now, text=" ".join(CORPUS))
        return [agent_run(tx, workspace, now=now), hostile, long_run(tx, workspace, now=now)]

    database = await Database.open(None, data=data)
    made += await database.write(runs, now=database.now())
    await database.close()


@pytest.fixture(scope="module")
def traced(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traced]:
    """Yield a running yard whose tasks have traces."""
    with open_yard(request, tmp_path_factory.mktemp("traced"), "sqlite") as yard:
        made: list[int] = []
        in_own_loop(lambda: _fill(yard.server.data, made))
        yard.server.start_ready()
        yield Traced(yard, *(f"{yard.server.url}/tasks/{task_id}" for task_id in made))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_no_page_has_a_barrier_or_is_too_wide(traced: Traced, sign_in: SignIn, theme: str, width: int) -> None:
    page = sign_in(traced.yard)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    found = []
    for path in (
        *(f"{base}?tab=trace" for base in (traced.small, traced.hostile, traced.long)),
        f"{traced.small}?tab=trace&q=tokens",
        f"{traced.small}?tab=trace&q=nothing",
        f"{traced.small}?tab=trace&from=1000&to=4000",
        *(f"{base}/span?attempt=1&span=post%2F1" for base in (traced.small, traced.hostile)),
    ):
        page.goto(path)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{path} is too wide")
        page.evaluate(AXE)
        for violation in page.evaluate("axe.run().then((report) => report.violations)"):
            nodes = "; ".join(node["html"][:160] for node in violation["nodes"][:3])
            found.append(f"{path}: {violation['id']}: {nodes}")
    assert found == []
    assert problems == []


def test_a_span_is_opened_by_the_keyboard_and_leads_to_its_log(traced: Traced, sign_in: SignIn) -> None:
    page = sign_in(traced.yard, "operator")
    page.goto(f"{traced.small}?tab=trace")
    expect(page.locator(".spans .span-row")).to_have_count(6)
    for key in ("j", "j", "Enter"):
        page.keyboard.press(key)
    sheet = page.get_by_role("dialog", name="Details")
    expect(sheet.get_by_role("heading", name="retrieve")).to_be_visible()
    expect(sheet.get_by_text('"invoices"')).to_be_visible()
    page.evaluate(AXE)
    assert page.evaluate("axe.run('#sheet').then((report) => report.violations.map((each) => each.id))") == []
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    page.get_by_role("link", name="post").click()
    expect(sheet.get_by_text("refused")).to_be_visible()
    sheet.get_by_role("link", name="Open the log here").click()
    expect(page).to_have_url(re.compile(r"#L1\.2$"))
    expect(page.locator(".line.target")).to_contain_text("posting")


def test_a_search_stays_while_the_page_is_renewed(traced: Traced, sign_in: SignIn) -> None:
    page = sign_in(traced.yard, "operator")
    page.goto(f"{traced.small}?tab=trace")
    page.keyboard.press("/")
    page.keyboard.type("tokens")
    page.keyboard.press("Enter")
    expect(page.locator(".spans .span-row")).to_have_count(2)
    with page.expect_response(lambda answer: "q=tokens" in answer.url and "hx-request" in answer.request.headers):
        page.evaluate("document.body.dispatchEvent(new CustomEvent('live', { detail: {} }))")
    expect(page.locator(".spans .span-row")).to_have_count(2)


def test_a_part_of_the_time_is_marked_with_the_pointer_and_left_by_keys(traced: Traced, sign_in: SignIn) -> None:
    page = sign_in(traced.yard, "operator")
    page.goto(f"{traced.small}?tab=trace")
    box = page.locator(".lane.lines").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 8)
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 8)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"from=[\d.]+&to=[\d.]+#trace$"))
    expect(page.locator(".trace-sum strong")).to_be_visible()
    for key in ("+", "]", "[", "-"):
        before = page.url
        page.keyboard.press(key)
        expect(page).not_to_have_url(before)
    page.keyboard.press("0")
    expect(page.locator(".trace-sum strong")).to_have_count(0)
    expect(page.locator(".spans .span-row")).to_have_count(6)


def test_marks_of_the_log_and_items_are_opened_where_they_lie(traced: Traced, sign_in: SignIn) -> None:
    page = sign_in(traced.yard, "operator")
    page.goto(f"{traced.small}?tab=trace")
    page.locator(".lane.items a").first.click()
    expect(page).to_have_url(re.compile(r"/items/\d+$"))
    page.goto(f"{traced.small}?tab=trace")
    page.locator(".lane.lines a").first.click()
    expect(page).to_have_url(re.compile(r"#L1\.1$"))
    expect(page.locator(".line.target")).to_contain_text("looking")


def test_spans_that_come_are_drawn_without_a_reload(traced: Traced, sign_in: SignIn) -> None:
    page = sign_in(traced.yard, "operator")
    made = traced.yard.server.json("connect", "botvelocity")
    task_id = traced.yard.client.send(calls.get("/api/v1/tasks", wire.TaskPage)).tasks[0].id
    send = functools.partial(_send_span, made)
    send("first")
    page.goto(f"{traced.yard.server.url}/tasks/{task_id}?tab=trace")
    expect(page.locator(".spans .span-row")).to_have_count(1)
    page.evaluate("window.stays = true")
    send("second")
    expect(page.locator(".spans .span-row")).to_have_count(2)
    assert page.evaluate("window.stays")


def _send_span(made: dict[str, Any], name: str) -> None:
    path = f"{made['base_url']}/agent-traces/{made['execution_id']}/spans"
    moment = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime())
    span = {"name": name, "span_id": f"{name}-span", "start_time": moment, "duration_ms": 5}
    sent = httpx2.post(path, json={"spans": [span]}, headers={"X-Robot-Token": made["robot_token"]})
    assert sent.status_code == 201, sent.text


def test_ten_thousand_spans_are_a_light_page(traced: Traced, sign_in: SignIn) -> None:
    page = sign_in(traced.yard)
    page.goto(f"{traced.long}?tab=trace")
    loaded = page.evaluate(
        "performance.getEntriesByType('resource').filter((each) => each.initiatorType !== 'fetch')"
        ".reduce((sum, each) => sum + each.decodedBodySize, 0)"
        " + performance.getEntriesByType('navigation')[0].decodedBodySize"
    )
    assert loaded < 1.5 * MAX_WEIGHT, loaded
    assert page.evaluate(PAINT) < 1000
    assert page.locator(".spans .span-row").count() == waterfall.ROWS
    page.get_by_role("link", name="Later").click()
    expect(page.locator(".paging")).to_contain_text("101 to 200")
