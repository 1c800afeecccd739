"""Starting a task from typed fields in Chromium, by mouse and by keys, and watching how far a task is."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.console.test_quality import AXE
from tests.scenarios.yard import Yard, archive_of
from tests.support.processes import wait_until

pytestmark = pytest.mark.browser

SignIn = Callable[..., Page]

BOT = """
import json, os
given = json.load(open(os.environ["BOTYARD_INPUT"]))
paper = open(given.pop("Paper")).read()
json.dump({"given": given, "paper": paper}, open(os.environ["BOTYARD_OUTPUT"], "w"))
"""
WORKSPACE = """
workspace: default
automations:
  - label: invoices
    parameters:
      - {name: Month, type: string}
      - {name: Count, type: int}
      - {name: Ratio, type: double}
      - {name: Since, type: datetime}
      - {name: DryRun, type: bool}
      - {name: Names, type: string, array: true}
      - {name: Paper, type: file}
"""


@pytest.fixture(scope="module", autouse=True)
def invoices(yard: Yard) -> None:
    """Have an automation with a parameter of every type."""
    yard.deploy("invoices", archive_of(main_py=BOT))
    document = yard.folder / "yard.yaml"
    document.write_text(WORKSPACE, "utf-8")
    yard.server.cli("apply", str(document))


def number_of(page: Page) -> int:
    page.wait_for_url(re.compile(r"/tasks/\d+$"))
    return int(page.url.rpartition("/")[2])


def test_a_task_starts_from_real_fields_and_a_file_and_again_with_the_same_file(
    yard: Yard, sign_in: SignIn, tmp_path: Path
) -> None:
    paper = tmp_path / "invoice 7.txt"
    paper.write_text("eleven euros", "utf-8")
    page = sign_in(yard, "operator")
    page.goto(f"{yard.server.url}/tasks/new?automation=invoices")
    page.get_by_label("Month").fill("2026-10")
    page.get_by_label("Count").fill("12")
    page.get_by_label("Ratio").fill("0.5")
    page.get_by_label("Since").fill("2026-01-31T08:30:15")
    page.get_by_label("DryRun").select_option("true")
    page.get_by_label("Names").fill("one\ntwo words")
    page.get_by_label("File for Paper").set_input_files(paper)
    page.get_by_role("button", name="Start invoices").click()
    task = yard.settled(number_of(page))
    assert task.state == "succeeded", yard.log(task.id)
    assert task.output == {
        "given": {
            "Month": "2026-10",
            "Count": 12,
            "Ratio": 0.5,
            "Since": "2026-01-31T08:30:15Z",
            "DryRun": True,
            "Names": ["one", "two words"],
        },
        "paper": "eleven euros",
    }
    expect(page.get_by_role("heading", name="Input files")).to_be_visible()
    expect(page.get_by_role("link", name="invoice 7.txt").first).to_be_visible()

    page.get_by_role("link", name="Restart with changes").click()
    expect(page.get_by_label("Count")).to_have_value("12")
    expect(page.get_by_label("Since")).to_have_value("2026-01-31T08:30:15")
    expect(page.get_by_label("Keep invoice 7.txt")).to_be_checked()
    page.get_by_label("Count").fill("13")
    page.get_by_label("Month").press("Control+Enter")
    again = yard.settled(number_of(page))
    assert isinstance(again.output, dict)
    assert (again.output["given"]["Count"], again.output["paper"]) == (13, "eleven euros")


def test_the_browser_refuses_letters_for_a_number_and_the_server_names_each_fault(yard: Yard, sign_in: SignIn) -> None:
    page = sign_in(yard, "operator")
    page.goto(f"{yard.server.url}/tasks/new?automation=invoices")
    count = page.get_by_label("Count")
    count.fill("1.5")
    page.get_by_role("button", name="Start invoices").click()
    assert count.evaluate("input => input.validity.stepMismatch")
    assert page.url.endswith("/tasks/new?automation=invoices")
    count.fill("")
    page.get_by_label("Month").fill("kept")
    page.get_by_text("More parameters as JSON").click()
    page.get_by_label("Further parameters, as a JSON object").fill("[1]")
    page.get_by_label("Link for Paper").fill("x" * 9000)
    page.get_by_role("button", name="Start invoices").click()
    expect(page.get_by_text("2 fields are wrong.")).to_be_visible()
    expect(page.get_by_label("Link for Paper")).to_be_focused()
    expect(page.get_by_label("Month")).to_have_value("kept")
    expect(page.get_by_text("The JSON is not an object.")).to_be_visible()
    page.evaluate(AXE)
    assert page.evaluate("axe.run().then((report) => report.violations.map((each) => each.id))") == []


def test_what_a_bot_tells_of_its_progress_is_seen_at_once(yard: Yard, sign_in: SignIn) -> None:
    env = yard.server.json("connect", "automio")["env"]
    page = sign_in(yard, "viewer")
    page.goto(f"{yard.server.url}/tasks?q=state:running")
    page.locator("tr[data-runs] a.primary").first.click()

    def tell(percent: int, info: str) -> None:
        reply = httpx2.post(
            f"{env['CACHE_SERVICE_URL']}/set-progress/{env['TASK_ID']}/",
            headers={"X-Token": env["CACHE_SERVICE_TOKEN"], "Authorization": f"Bearer {env['APP_TOKEN']}"},
            json={"progress": percent, "info": info},
        )
        assert reply.status_code == 200, reply.text

    tell(40, "Row 4 of 10")
    progress = page.get_by_role("region", name="Progress")
    expect(progress).to_contain_text("40 %")
    tell(70, "Row 7 of 10")
    expect(progress).to_contain_text("Row 7 of 10")
    page.goto(f"{yard.server.url}/tasks?q=state:running")
    row = page.locator("tr[data-runs]").first
    expect(row).to_contain_text("70 %")
    tell(80, "Row 8 of 10")
    wait_until(lambda: "80 %" in row.inner_text(), what="the progress in the list")
