"""Watching and steering tasks in Chromium while a real runner works, on both databases."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.scenarios.yard import Yard
from tests.support.processes import wait_until

pytestmark = pytest.mark.browser

SignIn = Callable[..., Page]

COUNTING = """
import sys, time
print("\\x1b[36mstart\\x1b[0m", flush=True)
for number in range(1, 1000):
    print(f"row {number}", flush=True)
    if number % 5 == 0:
        print(f"warning {number}", file=sys.stderr, flush=True)
    time.sleep(0.05)
"""

MANY = """
for number in range(1, 3001):
    print(f"line {number} of many")
"""


def test_a_log_is_watched_live_and_the_task_cancelled(either_yard: Yard, sign_in: SignIn) -> None:
    page = sign_in(either_yard)
    task_id = either_yard.start("counting", main_py=COUNTING)
    page.goto(f"{either_yard.server.url}/tasks/{task_id}")
    log = page.get_by_role("log")
    expect(log.get_by_text("row 1", exact=True)).to_be_attached(timeout=20_000)
    expect(page.locator("h1 .state")).to_have_text("running")
    expect(log.locator(".a-36")).to_have_text("start")
    before = page.locator(".log .line").count()
    wait_until(lambda: page.locator(".log .line").count() > before + 5, what="more lines")
    page.get_by_label("Search the log").fill("warning")
    expect(log.locator("mark").first).to_have_text("warning")
    expect(log.get_by_text("row 1", exact=True)).to_have_count(0)
    page.get_by_label("Search the log").fill("")
    page.get_by_role("combobox", name="Stream").select_option("stderr")
    expect(log.locator(".line.stdout")).to_have_count(0)
    page.get_by_role("combobox", name="Stream").select_option("")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("h1 .state")).to_have_text("cancelled")
    expect(page.locator(".answer")).to_contain_text("Cancelled by admin")
    assert either_yard.settled(task_id).state == "cancelled"


def test_a_task_is_started_from_its_form_and_ends_before_our_eyes(either_yard: Yard, sign_in: SignIn) -> None:
    page = sign_in(either_yard)
    either_yard.settled(either_yard.start("many", main_py=MANY))
    page.goto(f"{either_yard.server.url}/automations/many")
    page.get_by_label("Parameters, as a JSON object").fill('{"month": "2026-10"}')
    page.get_by_role("button", name="Start many").click()
    expect(page.get_by_role("heading", name=re.compile("^Task"))).to_be_visible()
    expect(page.locator("h1 .state")).to_have_text("succeeded", timeout=20_000)
    page.reload()
    last = page.get_by_text("line 3000 of many", exact=True)
    expect(last).to_be_in_viewport()
    assert page.locator(".log .line").count() == 500
    page.locator(".log").evaluate("each => { each.scrollTop = 0; }")
    wait_until(lambda: page.locator(".log .line").count() >= 1000, what="earlier lines")
    with page.expect_download() as download:
        page.get_by_label("Download the whole log").click()
    text = download.value.path().read_text("utf-8")
    assert text.splitlines()[0] == "line 1 of many"
    assert len(text.splitlines()) == 3000
    page.get_by_role("link", name="Parameters").click()
    expect(page.locator(".json").first).to_contain_text('"2026-10"')


def test_operations_and_runners_follow_by_themselves(either_yard: Yard, sign_in: SignIn) -> None:
    page = sign_in(either_yard)
    task_id = either_yard.start("counting", main_py=COUNTING)
    expect(page.locator(f"#recent-{task_id}")).to_contain_text("running", timeout=20_000)
    page.goto(f"{either_yard.server.url}/runners")
    expect(page.locator("#runners tbody tr")).to_contain_text(str(task_id))
    page.get_by_role("button", name="Drain").click()
    expect(page.get_by_text("draining")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("#runners").get_by_text("online", exact=True)).to_be_visible()
    either_yard.act(task_id, "cancel")
    expect(page.locator("#runners tbody tr")).to_contain_text("nothing", timeout=15_000)


def test_a_waiting_task_says_why(either_yard: Yard, sign_in: SignIn) -> None:
    document = either_yard.folder / "yard.yaml"
    document.write_text("workspace: default\nautomations:\n  - label: unbuilt\n", "utf-8")
    either_yard.server.cli("apply", str(document))
    task_id = either_yard.start("unbuilt")
    page = sign_in(either_yard)
    page.goto(f"{either_yard.server.url}/tasks/{task_id}")
    expect(page.get_by_role("heading", name="Why it waits")).to_be_visible()
    expect(page.locator(".waiting-why")).to_contain_text("no released package")
