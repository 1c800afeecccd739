"""A system from being asked for to its first task and its end, in Chromium and over ELMA's own addresses."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.scenarios.yard import Yard, archive_of
from tests.support.processes import wait_until

pytestmark = pytest.mark.browser

SignIn = Callable[..., Page]

BOT = """
import json, os
given = json.load(open(os.environ["BOTYARD_INPUT"]))
print("month", given["Month"])
json.dump({"Total": 12}, open(os.environ["BOTYARD_OUTPUT"], "w"))
"""


def call(yard: Yard, path: str, **body: Any) -> dict[str, Any]:
    answer: dict[str, Any] = httpx2.post(f"{yard.server.url}/v1/{path}", json=body).json()
    return answer


def leave(page: Page, yard: Yard) -> None:
    page.goto(f"{yard.server.url}/account")
    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_url(re.compile("/sign-in"))


def test_a_developer_asks_an_administrator_allows_and_the_system_starts_a_task(yard: Yard, sign_in: SignIn) -> None:
    yard.deploy("invoices", archive_of(main_py=BOT))
    page = sign_in(yard, "developer")
    page.goto(f"{yard.server.url}/systems")
    expect(page.get_by_text("No system starts anything from outside.")).to_be_visible()
    page.get_by_role("link", name="Ask for a system").click()
    page.get_by_label("Name", exact=True).fill("Billing ERP")
    page.get_by_label("It may start").select_option("no")
    page.get_by_label("invoices").check()
    page.get_by_label("Networks, one a line").fill("127.0.0.0/8")
    page.get_by_role("button", name="Ask for it").click()
    expect(page.get_by_role("heading", name="The token of Billing ERP")).to_be_visible()
    token = page.get_by_role("button", name="Copy the token").get_attribute("data-copy")
    process = page.get_by_role("button", name="Copy the process id of invoices").get_attribute("data-copy")
    expect(page.get_by_role("button", name="Allow")).to_have_count(0)
    task = {"process": process, "version": 0, "ctx": '{"Month": "2026-10"}'}
    assert call(yard, "orchestra/task/create", auth_tkn=token, task=task)["status"] == 403
    leave(page, yard)

    page = sign_in(yard)
    page.get_by_role("link", name="The system Billing ERP waits to be allowed.").click()
    expect(page.locator("h1")).to_contain_text("requested")
    assert str(token) not in page.content()
    page.get_by_role("button", name="Allow").click()
    expect(page.locator("h1")).to_contain_text("allowed")
    expect(page.get_by_text("Its calls are answered from now on.")).to_be_visible()

    made = call(yard, "orchestra/task/create", auth_tkn=token, task=task)
    assert made["status"] == 201
    number = made["task"]["id"]
    yard.settled(number)
    wait_until(lambda: call(yard, "orchestra/task/status", auth_tkn=token, id=number)["status"] == 200, what="the end")
    page.reload()
    expect(page.get_by_role("link", name=str(number), exact=True)).to_be_visible()

    page.get_by_role("button", name="Lock").click()
    expect(page.locator("h1")).to_contain_text("locked")
    assert call(yard, "orchestra/task/create", auth_tkn=token, task=task)["status"] == 403
    page.goto(f"{yard.server.url}/systems?state=locked")
    row = page.get_by_role("row", name=re.compile("Billing ERP"))
    row.get_by_role("button", name="Allow").click()
    expect(page.get_by_text("No system matches")).to_be_visible()
    assert call(yard, "orchestra/task/create", auth_tkn=token, task=task)["status"] == 201


def test_another_token_is_made_and_the_earlier_one_ends(yard: Yard, sign_in: SignIn) -> None:
    page = sign_in(yard)
    page.goto(f"{yard.server.url}/new/system")
    page.get_by_label("Name", exact=True).fill("BPM")
    page.get_by_label("Allow it at once").check()
    page.get_by_role("button", name="Make the system").click()
    copy = page.get_by_role("button", name="Copy the token")
    first = copy.get_attribute("data-copy")
    assert call(yard, "repository/actual", auth_tkn=first, page=0, limit=0)["status"] == 200
    page.get_by_role("button", name="Make another token").click()
    expect(copy).not_to_have_attribute("data-copy", first or "")
    second = copy.get_attribute("data-copy")
    assert call(yard, "repository/actual", auth_tkn=second, page=0, limit=0)["status"] == 200
    assert call(yard, "repository/actual", auth_tkn=first, page=0, limit=0)["status"] == 401
    page.goto(f"{yard.server.url}/settings/audit")
    expect(page.get_by_text("systems.rotate")).to_be_visible()
