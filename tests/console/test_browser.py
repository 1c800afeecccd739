"""The console in Chromium: keys, palette, filter, several tasks at once, colours, narrow screens."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from botyard.console import wording
from tests.scenarios.yard import Yard, archive_of
from tests.support.processes import wait_until

pytestmark = pytest.mark.browser

SignIn = Callable[..., Page]

HELLO = """
print("hello")
"""


@pytest.fixture(scope="module", autouse=True)
def some_tasks(yard: Yard) -> list[int]:
    """Have four finished tasks of two automations in the yard, and one that waits for a package."""
    yard.deploy("hello", archive_of(main_py=HELLO))
    yard.deploy("other", archive_of(main_py="raise SystemExit('no such invoice')"))
    made = [yard.start("hello") for _ in range(3)] + [yard.start("other", month="2026-10")]
    for task_id in made:
        yard.settled(task_id)
    return made


def test_a_wrong_password_is_refused_and_a_right_one_leads_on(yard: Yard, page: Page) -> None:
    page.goto(f"{yard.server.url}/runners")
    expect(page).to_have_url(re.compile(r"/sign-in\?next=%2Frunners$"))
    page.get_by_label("User").fill("admin")
    page.get_by_label("Password").fill("wrong horse battery")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("wrong")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Runners", exact=True)).to_be_visible()
    page.goto(f"{yard.server.url}/account")
    page.get_by_role("button", name="Sign out").first.click()
    expect(page).to_have_url(re.compile("/sign-in$"))


def test_a_login_that_is_named_behind_a_hash_leads_to_its_page(yard: Yard, page: Page) -> None:
    for path in ("/default/orchestrator_", "/default/orchestrator_/"):
        page.goto(f"{yard.server.url}{path}")
        expect(page.get_by_role("heading", name="Bot Velocity programs talk to this address")).to_be_visible()
        page.goto("about:blank")
        page.goto(f"{yard.server.url}{path}#/sdk-auth?session_id=abc")
        expect(page).to_have_url(
            re.compile(r"/sign-in\?next=%2Fdefault%2Forchestrator_%2Fsdk-auth%3Fsession_id%3Dabc$")
        )


def test_everything_can_be_reached_by_keys_alone(yard: Yard, sign_in: SignIn, some_tasks: list[int]) -> None:
    page = sign_in(yard)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Jump to")).to_be_focused()
    page.keyboard.type(f"#{some_tasks[0]}")
    expect(page.locator("#palette-list a.current")).to_contain_text(f"Task {some_tasks[0]}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"Task {some_tasks[0]}")).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("t")
    expect(page.get_by_role("heading", name="Tasks", exact=True)).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-count]")).to_have_text("1 task selected")
    page.keyboard.press("/")
    expect(page.get_by_label("Filter tasks")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("^Task"))).to_be_visible()


def test_the_first_tab_stop_skips_the_menu(yard: Yard, sign_in: SignIn) -> None:
    page = sign_in(yard)
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_filter_narrows_while_typing_and_its_address_can_be_shared(yard: Yard, sign_in: SignIn) -> None:
    page = sign_in(yard)
    page.goto(f"{yard.server.url}/tasks")
    page.get_by_label("Filter tasks").press_sequentially("state:failed automation:other")
    expect(page).to_have_url(re.compile(r"q=state%3Afailed"))
    expect(page.locator("tr[data-id]")).to_have_count(1)
    address = page.url
    page.goto(f"{yard.server.url}/tasks")
    page.goto(address)
    expect(page.locator("tr[data-id]")).to_have_count(1)
    page.get_by_role("link", name="succeeded").click()
    expect(page.get_by_text("No task matches")).to_be_visible()
    page.get_by_label("Filter tasks").fill("state:nonsense")
    expect(page.get_by_text('"nonsense" is not a state')).to_be_visible()


def test_several_tasks_are_restarted_after_a_preview(yard: Yard, sign_in: SignIn, some_tasks: list[int]) -> None:
    page = sign_in(yard)
    page.goto(f"{yard.server.url}/tasks?q=automation:hello")
    for task_id in some_tasks[:2]:
        page.get_by_label(f"Select task {task_id}").check()
    page.get_by_role("button", name="Restart…").click()
    sheet = page.get_by_role("dialog", name="Details")
    expect(sheet.get_by_role("heading", name="Restart 2 tasks")).to_be_visible()
    sheet.get_by_role("button", name="Restart 2 tasks").click()
    expect(page.get_by_text("2 tasks queued again.")).to_be_visible()
    assert page.url.endswith("/tasks?q=automation%3Ahello")
    for task_id in some_tasks[:2]:
        assert yard.settled(task_id).attempts == 2


def test_new_tasks_wait_behind_a_pill_and_known_ones_change_in_place(yard: Yard, sign_in: SignIn) -> None:
    page = sign_in(yard)
    page.goto(f"{yard.server.url}/tasks?q=automation:slow")
    waiting = yard.start("slow", main_py="import time\nprint('on', flush=True)\ntime.sleep(120)")
    page.reload()
    row = page.locator(f"#task-{waiting}")
    expect(row.get_by_text("running")).to_be_visible(timeout=15_000)
    newer = yard.start("slow")
    expect(page.locator("[data-pill]")).to_contain_text("1 new task")
    expect(page.locator(f"#task-{newer}")).to_have_count(0)
    yard.act(waiting, "cancel")
    expect(row.get_by_text("cancelled", exact=True)).to_be_visible()
    page.locator("[data-pill] a").click()
    expect(page.locator(f"#task-{newer}")).to_be_visible()
    yard.act(newer, "cancel")


def test_light_and_dark_are_remembered(yard: Yard, sign_in: SignIn) -> None:
    page = sign_in(yard)
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Light or dark").click()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark != light
    page.goto(f"{yard.server.url}/tasks")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark


def test_no_page_is_wider_than_a_telephone(yard: Yard, sign_in: SignIn, some_tasks: list[int]) -> None:
    page = sign_in(yard)
    page.set_viewport_size({"width": 400, "height": 800})
    for path in pages_of(some_tasks):
        page.goto(f"{yard.server.url}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 400, path


def test_pages_work_without_javascript(yard: Yard, sign_in: SignIn, some_tasks: list[int]) -> None:
    signed_in = sign_in(yard)
    cookies = signed_in.context.cookies()
    browser = signed_in.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(cookies)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{yard.server.url}/tasks?q=automation:hello")
    page.get_by_label(f"Select task {some_tasks[2]}").check()
    page.get_by_role("button", name="Restart…").click()
    page.get_by_role("button", name="Restart 1 task").click()
    expect(page.get_by_text("1 task queued again.")).to_be_visible()
    page.goto(f"{yard.server.url}/tasks/{some_tasks[3]}?find=invoice")
    expect(page.locator(".log .line")).to_have_count(1)
    context.close()


def test_the_browser_words_times_as_the_server_does(yard: Yard, sign_in: SignIn) -> None:
    page = sign_in(yard)
    script = page.locator("script[type=module]").first.get_attribute("src")
    assert script is not None
    values = [0, 640, 12_400, 59_999, 72_000, 3_599_999, 7_500_000, 273_600_000]
    said = page.evaluate(
        "async ([path, values]) => { const words = await import(path);"
        " return values.map((each) => [words.duration(each), words.ago(1e12 - each, 1e12)]); }",
        [script.replace("console.js", "words.js"), values],
    )
    moment = 10**15
    assert said == [[wording.duration(each * 1000), wording.ago(moment - each * 1000, moment)] for each in values]


def pages_of(some_tasks: list[int]) -> list[str]:
    """Return an address of every kind of page."""
    task = f"/tasks/{some_tasks[3]}"
    tabs = [f"{task}?tab={tab}" for tab in ("parameters", "files", "trace", "alerts", "attempts", "events")]
    rest = ["/", "/tasks", "/tasks/new", "/automations", "/automations/hello", "/runners", "/account", "/nowhere"]
    return [task, *tabs, *rest]


def test_a_page_that_is_open_when_the_session_ends_leads_to_the_sign_in(yard: Yard, sign_in: SignIn) -> None:
    page = sign_in(yard)
    page.goto(f"{yard.server.url}/tasks")
    asked = "performance.getEntriesByType('resource').some((each) => each.name.includes('/tasks/fresh'))"
    wait_until(lambda: page.evaluate(asked), what="the first live update")
    page.context.clear_cookies()
    page.get_by_label("Filter tasks").press_sequentially("state:failed")
    expect(page).to_have_url(re.compile(r"/sign-in\?next=%2Ftasks"))


def test_the_filter_offers_words_for_the_last_word_of_the_line(yard: Yard, sign_in: SignIn) -> None:
    page = sign_in(yard)
    page.goto(f"{yard.server.url}/tasks")
    page.get_by_label("Filter tasks").press_sequentially("automation:hello state:fa")
    options = page.locator("#filter-words option").evaluate_all("options => options.map((each) => each.value)")
    assert options == ["automation:hello state:failed"]
