"""Tables in Chromium: a cell edited and taken back, a file with wrong lines, GraphQL; no barrier, no weight."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from botyard.core import apps, rows, tables, workspaces
from botyard.storage import Database, Tx
from tests.console.conftest import open_yard
from tests.console.test_quality import AXE, MAX_WEIGHT
from tests.console.test_table_pages import CUSTOMERS, ORDERS
from tests.scenarios.yard import Yard
from tests.support.databases import in_own_loop

pytestmark = pytest.mark.browser

SignIn = Callable[..., Page]
ONE = "/apps/130/tables/orders"


def _fill(tx: Tx, *, now: int) -> None:
    workspace = workspaces.get(tx, label="default")
    place: dict[str, Any] = {"workspace_id": workspace.id, "app_id": 130, "actor": "user:1"}
    apps.create(tx, slug="shop", name="Shop", now=now, **place)
    for name, definition in (("customers", CUSTOMERS), ("orders", ORDERS)):
        tables.create(tx, name=name, title=name.title(), definition=definition, now=now, **place)
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
    page.goto(f"{shop.server.url}/apps/130/graphql")
    page.get_by_role("textbox", name="Query", exact=True).fill("{ app_130_orders_aggregate { aggregate { count } } }")
    page.get_by_role("textbox", name="Query", exact=True).press("Control+Enter")
    expect(page.locator(".answer-json")).to_contain_text('"count": 60')
    page.get_by_role("link", name="app_130_orders", exact=True).click()
    expect(page.get_by_role("cell", name="customer_id")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_of_tables_has_a_barrier_or_is_heavy(shop: Yard, sign_in: SignIn, theme: str, width: int) -> None:
    page = sign_in(shop)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    page.goto(f"{shop.server.url}{ONE}")
    row = page.locator("tbody a").first.get_attribute("href")
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
