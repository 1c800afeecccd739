"""Every page for everybody: accessibility by axe-core in both colours, what each role is offered, weight and speed."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources

import pytest
from playwright.sync_api import Page, expect

from tests.console.test_browser import pages_of
from tests.scenarios.yard import Yard, archive_of

pytestmark = pytest.mark.browser

SignIn = Callable[..., Page]

AXE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
MAX_WEIGHT = 150 * 1024
MAX_FIRST_PAINT = 300.0

BOT = """
import sys
print("one", flush=True)
print("\\x1b[33mtwo\\x1b[0m", file=sys.stderr, flush=True)
raise ValueError("three")
"""


@pytest.fixture(scope="module")
def some_tasks(yard: Yard) -> list[int]:
    """Have tasks that succeeded, failed and wait, so that every part of a page is there."""
    yard.deploy("hello", archive_of(main_py="print('hello')"))
    made = [yard.start("hello") for _ in range(3)] + [yard.start("broken", main_py=BOT, nested={"a": [1, None, True]})]
    for task_id in made:
        yard.settled(task_id)
    document = yard.folder / "yard.yaml"
    document.write_text("workspace: default\nautomations:\n  - label: unbuilt\n", "utf-8")
    yard.server.cli("apply", str(document))
    return [*made, yard.start("unbuilt")]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_no_page_has_a_barrier(yard: Yard, sign_in: SignIn, some_tasks: list[int], theme: str, width: int) -> None:
    page = sign_in(yard)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    found = []
    for path in [*pages_of(some_tasks), f"/tasks/{some_tasks[-1]}", "/sign-in"]:
        page.goto(f"{yard.server.url}{path}")
        page.evaluate(AXE)
        for violation in page.evaluate("axe.run().then((report) => report.violations)"):
            nodes = "; ".join(node["html"][:160] for node in violation["nodes"][:3])
            found.append(f"{path}: {violation['id']}: {nodes}")
    assert found == []


ACTIONS = ("Start a task", "Restart", "Release", "Drain")


@pytest.mark.parametrize(("login", "held"), [("viewer", 0), ("operator", 2), ("developer", 3), ("admin", 4)])
def test_each_role_is_offered_what_it_may_do(
    yard: Yard, sign_in: SignIn, some_tasks: list[int], login: str, held: int
) -> None:
    yard.deploy("hello", archive_of(main_py="print('hello again')"))
    page = sign_in(yard, login)
    expect(page.locator(".nav-who")).to_contain_text(login)
    words = page.locator("main").inner_text()
    for path in (f"/tasks/{some_tasks[0]}", "/automations/hello", "/runners"):
        page.goto(f"{yard.server.url}{path}")
        words += " ".join(page.locator("main button, main a.button").all_inner_texts())
    assert tuple(each for each in ACTIONS if each in words) == ACTIONS[:held]


def test_pages_are_light_and_paint_at_once(yard: Yard, sign_in: SignIn, some_tasks: list[int]) -> None:
    page = sign_in(yard)
    for path in ("/", "/tasks", f"/tasks/{some_tasks[3]}", "/automations/hello"):
        page.goto(f"{yard.server.url}{path}")
        paints = []
        for _ in range(5):
            page.reload()
            paints.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"))
        loaded = page.evaluate(
            "performance.getEntriesByType('resource').reduce((sum, each) => sum + each.decodedBodySize, 0)"
            " + performance.getEntriesByType('navigation')[0].decodedBodySize"
        )
        assert loaded < MAX_WEIGHT, f"{path}: {loaded}"
        assert min(paints) < MAX_FIRST_PAINT, f"{path}: {paints}"
