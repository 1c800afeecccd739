"""Tables in Chromium: cells, links, filters, fields and files as people work with them; no barrier, no weight."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from botyard.core import actions, apps, rows, tables, workspaces
from botyard.storage import Database, Tx
from tests.console.conftest import open_yard
from tests.console.test_quality import AXE, MAX_WEIGHT
from tests.console.test_table_pages import CUSTOMERS, ORDERS
from tests.scenarios.yard import Yard
from tests.support.databases import in_own_loop

pytestmark = pytest.mark.browser

SignIn = Callable[..., Page]
ONE = "/apps/130/tables/orders"


LABELLED = {"fields": [*ORDERS["fields"], {"name": "labels", "type": "many_to_many", "to": "labels"}]}


def _fill(tx: Tx, *, now: int) -> None:
    workspace = workspaces.get(tx, label="default")
    place: dict[str, Any] = {"workspace_id": workspace.id, "app_id": 130, "actor": "user:1"}
    apps.create(tx, slug="shop", name="Shop", now=now, **place)
    actions.create(tx, slug="send", fields={"type": "table_action", "name": "Send them"}, now=now, **place)
    for name, definition in (("customers", CUSTOMERS), ("labels", CUSTOMERS), ("orders", LABELLED)):
        tables.create(tx, name=name, title=name.title(), definition=definition, now=now, **place)
    for name in ("urgent", "gift"):
        rows.insert(tx, table="labels", values={"name": name}, now=now, **place)
    rows.insert(tx, table="customers", values={"name": "Bea Ltd"}, now=now, **place)
    ann = rows.insert(tx, table="customers", values={"name": "Ann & Co"}, now=now, **place)
    for at in range(60):
        values = {"number": f"A{at:02}", "amount": at * 1.5, "customer_id": ann["id"], "extra": {"note": "x" * at}}
        rows.insert(tx, table="orders", values={**values, "state": "new"}, now=now + at, **place)


async def _prepare(yard: Yard) -> None:
    database = await Database.open(None, data=yard.folder / "data")
    await database.write(_fill, now=database.now())
    await database.close()


@pytest.fixture(scope="module")
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Yield a running server with an app that has tables."""
    with open_yard(request, tmp_path_factory.mktemp("shop"), "sqlite") as yard:
        in_own_loop(lambda: _prepare(yard))
        yard.server.start_ready()
        yield yard


def test_a_cell_is_edited_by_keyboard_refused_mended_and_taken_back(shop: Yard, sign_in: SignIn) -> None:
    page = sign_in(shop, "operator")
    page.goto(f"{shop.server.url}{ONE}?sort=number")
    page.get_by_role("button", name="1.5", exact=True).press("Enter")
    box = page.get_by_role("textbox", name="amount", exact=True)
    expect(box).to_be_focused()
    box.fill("much")
    box.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("is not a number")
    expect(box).to_have_value("much")
    box.fill("99")
    box.press("Enter")
    expect(page.get_by_role("button", name="99", exact=True)).to_be_visible()
    page.get_by_role("button", name="Undo").press("Enter")
    expect(page.get_by_role("button", name="1.5", exact=True)).to_be_visible()
    page.get_by_role("searchbox", name="Order").fill("a5")
    page.get_by_role("searchbox", name="Order").press("Enter")
    expect(page.locator("tbody tr")).to_have_count(10)


def test_a_row_is_led_to_another_by_its_name_and_linked_by_keyboard_alone(shop: Yard, sign_in: SignIn) -> None:
    page = sign_in(shop, "operator")
    page.goto(f"{shop.server.url}{ONE}?sort=number")
    first = page.locator("tbody tr").first
    first.locator("[data-c=customer_id]").press("Enter")
    box = page.get_by_role("combobox", name="customer", exact=True)
    expect(box).to_have_value("Ann & Co")
    box.press_sequentially("bea")
    expect(page.get_by_role("option", name="Bea Ltd")).to_have_attribute("aria-selected", "true")
    box.press("Enter")
    expect(box).to_have_value("Bea Ltd")
    box.press("Enter")
    expect(first.get_by_role("link", name="Bea Ltd")).to_be_visible()
    first.get_by_role("button", name="Undo").press("Enter")
    expect(first.get_by_role("link", name="Ann & Co")).to_be_visible()
    first.locator("[data-c=labels]").press("Enter")
    links = page.get_by_role("combobox", name="Link with")
    links.press("ArrowDown")
    expect(page.get_by_role("option", name="urgent")).to_be_visible()
    links.press("Escape")
    expect(page.get_by_role("option", name="urgent")).to_be_hidden()
    links.press_sequentially("gif")
    page.get_by_role("option", name="gift").click()
    links.press("Enter")
    expect(first.locator("[data-c=labels]")).to_have_text("gift")
    first.get_by_role("button", name="Undo").click()
    expect(first.locator("[data-c=labels]")).to_have_text("–")


def test_rows_are_sorted_filtered_paged_downloaded_and_chosen(shop: Yard, sign_in: SignIn) -> None:
    page = sign_in(shop, "operator")
    page.goto(f"{shop.server.url}{ONE}")
    page.get_by_role("link", name="Order", exact=True).click()
    expect(page.locator("tbody tr").first).to_contain_text("A00")
    page.get_by_role("link", name="More").click()
    expect(page.locator("tbody tr")).to_have_count(10)
    page.get_by_role("combobox", name="state", exact=True).select_option("new")
    page.get_by_role("combobox", name="How amount is compared").select_option("lt")
    page.get_by_role("searchbox", name="amount", exact=True).fill("6")
    page.get_by_role("searchbox", name="amount", exact=True).press("Enter")
    expect(page.locator("tbody tr")).to_have_count(4)
    with page.expect_download() as loading:
        page.get_by_role("link", name="CSV").click()
    assert len(loading.value.path().read_text().splitlines()) == 5
    page.get_by_label("Choose every row of this page").check()
    page.get_by_role("button", name="Send them").click()
    expect(page.get_by_label("Ids of rows")).to_have_value(re.compile(r"^([0-9a-f-]{36}\n){3}[0-9a-f-]{36}$"))


def test_a_table_is_made_changed_and_taken_back(shop: Yard, sign_in: SignIn) -> None:
    page = sign_in(shop, "developer")
    page.goto(f"{shop.server.url}/apps/130/new-table")
    page.get_by_label("Name, in letters, digits and _").fill("kinds")
    page.get_by_label("Name of new field 1").fill("mode")
    page.get_by_label("Type of new field 1").select_option("select")
    expect(page.get_by_label("Kind of number of new field 1")).to_be_hidden()
    page.get_by_label("Choices of new field 1").fill("on = On\noff")
    page.get_by_label("Default of new field 1").fill("off")
    page.locator('[name="f.0.required"]').check()
    page.get_by_label("Name of new field 2").fill("customer")
    page.get_by_label("Type of new field 2").select_option("foreign_key")
    page.get_by_label("Table that new field 2 leads to").select_option("customers")
    page.get_by_label("Unique together").fill("mode, customer")
    page.get_by_role("button", name="Make the table").click()
    page.goto(f"{shop.server.url}/apps/130/tables/kinds/schema")
    page.get_by_label("Name of new field 3").fill("labels")
    page.get_by_label("Type of new field 3").select_option("many_to_many")
    expect(page.get_by_label("Default of new field 3")).to_be_hidden()
    page.get_by_label("Table that new field 3 leads to").select_option("labels")
    page.get_by_role("button", name="Save as version 2").click()
    expect(page.get_by_text("The table is at version 2.")).to_be_visible()
    page.goto(f"{shop.server.url}/apps/130/tables/kinds/new")
    expect(page.get_by_label("mode")).to_have_value("off")
    page.get_by_role("button", name="Add the row").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.goto(f"{shop.server.url}/apps/130/tables/kinds/schema")
    page.get_by_role("button", name="Back to 1", exact=True).click()
    expect(page.locator('input[name$=".was"]:not([value=""])')).to_have_count(2)


def test_a_file_with_a_wrong_line_is_reported_and_mended(shop: Yard, sign_in: SignIn) -> None:
    page = sign_in(shop, "operator")
    page.goto(f"{shop.server.url}/apps/130/tables/customers/import")
    lines = b"Name,Since\nBob,2020\nBob,2021\nCid,2022\n"
    page.get_by_label("CSV file").set_input_files({"name": "c.csv", "mimeType": "text/csv", "buffer": lines})
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_label("Field for Name")).to_have_value("name")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("cell", name="Another row has the same name")).to_be_visible()
    expect(page.locator(".answer")).to_contain_text("0 rows of 3 would come")
    page.get_by_label("CSV file").set_input_files(
        {"name": "c.csv", "mimeType": "text/csv", "buffer": lines[:20] + b"Cid,"}
    )
    page.get_by_role("button", name="Look at it").click()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("Every line is in.")).to_be_visible()


def test_a_query_is_run_and_a_type_is_looked_up(shop: Yard, sign_in: SignIn) -> None:
    page = sign_in(shop, "viewer")
    asked = list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{shop.server.url}/apps/130/graphql")
    page.get_by_role("textbox", name="Query", exact=True).fill("{ app_130_orders_aggregate { aggregate { count } } }")
    page.get_by_role("textbox", name="Query", exact=True).press("Control+Enter")
    expect(page.locator(".answer-json")).to_contain_text('"count": 60')
    page.get_by_role("link", name="app_130_orders", exact=True).click()
    expect(page.get_by_role("cell", name="customer_id")).to_be_visible()
    assert asked
    assert [url for url in asked if not url.startswith(f"{shop.server.url}/")] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_of_tables_has_a_barrier_or_is_heavy(shop: Yard, sign_in: SignIn, theme: str, width: int) -> None:
    page = sign_in(shop)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    page.goto(f"{shop.server.url}{ONE}")
    row = f"/apps/130/tables/{page.locator('tbody a').first.get_attribute('href')}"
    found = []
    paths = ["/tables", "/apps/130/tables", ONE, row, f"{ONE}/new", f"{ONE}/changes", f"{ONE}/import", f"{ONE}/schema"]
    for path in [*paths, "/apps/130/new-table", "/apps/130/graphql?type=app_130_orders"]:
        page.goto(f"{shop.server.url}{path}")
        weight = page.evaluate(
            "performance.getEntriesByType('resource').reduce((sum, each) => sum + each.decodedBodySize, 0)"
            " + performance.getEntriesByType('navigation')[0].decodedBodySize"
        )
        if weight > MAX_WEIGHT:
            found.append(f"{path}: {weight} bytes")
        page.evaluate(AXE)
        for violation in page.evaluate("axe.run().then((report) => report.violations)"):
            nodes = "; ".join(node["html"][:160] for node in violation["nodes"][:3])
            found.append(f"{path}: {violation['id']}: {nodes}")
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{path}: wider than the window")
    assert found == []
