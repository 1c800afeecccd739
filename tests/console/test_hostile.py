"""Names, logs, parameters, files and messages written by an attacker: shown as text, run by nobody."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.scenarios.yard import Yard

pytestmark = pytest.mark.browser

SignIn = Callable[..., Page]

CORPUS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    '"><svg onload=alert(3)>',
    "'-alert(4)-'",
    "javascript:alert(5)",
    "{{7*7}}{% raw %}",
    "<a href=javascript:alert(6)>x</a>",
    "</textarea><script>alert(7)</script>",
    "<div hx-get=/account hx-trigger=load>x</div>",
    "<form action=http://elsewhere.example><button>",
    "&lt;b&gt; \u202etxt.exe \x1b]0;x\x07",
    "<template><script>alert(8)</script></template>",
)
NAME = "<b onmouseover=alert(9)>bold"

WRITES_ALL = f"""
import json, os, sys
for text in {CORPUS!r}:
    print(text)
    print(text, file=sys.stderr)
sys.exit({CORPUS[1]!r})
"""


@pytest.fixture(scope="module")
def hostile_task(yard: Yard) -> int:
    """Have a failed task whose every text is from the corpus, and return its id."""
    document = yard.folder / "yard.yaml"
    name = CORPUS[0].replace("'", "''")
    document.write_text(
        "workspace: default\nautomations:\n"
        f"  - label: '{NAME}'\n    name: '{name}'\n    description: '{name}'\n"
        f"    parameters: [{{name: '{NAME}', type: string, scope: In}}]\n",
        "utf-8",
    )
    yard.server.cli("apply", str(document))
    task_id = yard.start(
        NAME, main_py=WRITES_ALL, **{text: text for text in CORPUS}, nested=[{text: [text]} for text in CORPUS]
    )
    yard.settled(task_id)
    return task_id


def test_nothing_of_the_corpus_runs_anywhere(yard: Yard, sign_in: SignIn, hostile_task: int) -> None:
    page = sign_in(yard)
    page.add_init_script(
        "window.alerts = []; window.alert = (text) => window.alerts.push(text); window.violations = [];"
        "addEventListener('securitypolicyviolation', (event) => window.violations.push(event.violatedDirective));"
    )
    label = quote(NAME, safe="")
    task = f"/tasks/{hostile_task}"
    tabs = [f"{task}?tab={tab}" for tab in ("parameters", "files", "alerts", "attempts", "events")]
    for path in (
        *("/", "/tasks", task, *tabs, "/automations", f"/automations/{label}", "/runners"),
        f"/tasks/new?from={hostile_task}",
        *(f"/tasks?q={quote(text)}" for text in CORPUS),
        *(f"{task}?find={quote(text)}" for text in CORPUS[:3]),
    ):
        page.goto(f"{yard.server.url}{path}")
        page.wait_for_load_state("networkidle") if path == task else None
        assert page.evaluate("[...window.alerts, ...window.violations]") == [], path
        assert page.locator("main script, main [onerror], main [onload], main [hx-trigger=load]").count() == 0, path


def test_the_corpus_is_shown_as_it_was_written(yard: Yard, sign_in: SignIn, hostile_task: int) -> None:
    page = sign_in(yard)
    page.goto(f"{yard.server.url}/tasks/{hostile_task}")
    for text in CORPUS[:4]:
        expect(page.locator(".log .stdout .text").get_by_text(text, exact=True)).to_have_count(1)
    page.get_by_label("Search the log").fill("<script>")
    expect(page.locator(".log mark").first).to_have_text("<script>")
    page.keyboard.press("Control+k")
    page.keyboard.type("<b onmouse")
    expect(page.locator("#palette-list")).to_contain_text(NAME)
    assert page.locator("#palette-list b").count() == 0


def test_the_sign_in_page_keeps_what_was_typed_as_text(yard: Yard, page: Page) -> None:
    page.goto(f"{yard.server.url}/sign-in?next=//elsewhere.example")
    page.get_by_label("User").fill('"><img src=x onerror=alert(1)>')
    page.get_by_label("Password").fill("whatever it is")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.locator("main img").count() == 0
    assert page.locator("input[name=next]").get_attribute("value") == "/"
