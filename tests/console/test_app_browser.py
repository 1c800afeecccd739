"""Apps, integrations and plugins in Chromium: accounts connected and tried, code edited, deployed and run; barriers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from botyard.sdk import calls
from botyard.wire import integrations as wire
from tests.console.test_quality import AXE, MAX_FIRST_PAINT, MAX_WEIGHT
from tests.scenarios.yard import Yard
from tests.support import provider as providers
from tests.support.otherapi import OtherApi, running

pytestmark = pytest.mark.browser

SignIn = Callable[..., Page]

KEY = "canary-key-123456"
FIRST = "RESULT = {'month': USER_INPUT.get('month')}\nprint('first', USER_INPUT)\n"


@pytest.fixture(scope="module")
def other() -> Iterator[OtherApi]:
    """Yield an API of somebody else's."""
    with running() as api:
        yield api


@pytest.fixture(scope="module", autouse=True)
def shop(yard: Yard, other: OtherApi) -> None:
    """Have an app with an action, an integration with an account and calls, and a plugin in the yard."""
    (yard.folder / "crm.py").write_text("def list_orders(connection_ids, **payload):\n    return []\n", "utf-8")
    (yard.folder / "crm.key").write_text(KEY, "utf-8")
    (yard.folder / "crm.key").chmod(0o600)
    document = yard.folder / "shop.yaml"
    document.write_text(
        f"""workspace: default
integrations:
  - {{id: crm, name: CRM, base_url: "{other.url}", allow_private_network: true, description: Customers,
     status_check_url: /me, auth: {{kind: api_key}}, connections: [{{name: bob, key: {{file: crm.key}}}}]}}
  - {{id: erp, name: ERP, base_url: "{other.url}", allow_private_network: true, auth: {{kind: none}}}}
apps:
  - id: 130
    slug: shop
    name: Shop
    actions:
      - {{slug: sync, name: Sync orders, type: app_action,
         input_schema: {{type: object, properties: {{month: {{type: string, title: Month}}}}}}}}
plugins:
  interfaces: [{{namespace: orders, title: Orders, capabilities: [list_orders]}}]
  implementations: [{{interface: orders, integration: crm, code: crm.py}}]
""",
        "utf-8",
    )
    yard.server.cli("apply", str(document))
    yard.client.send(calls.post("/api/v1/connections/1/test", {}, wire.TestView))


def test_an_account_is_connected_tried_and_its_calls_are_looked_at(
    yard: Yard, sign_in: SignIn, other: OtherApi
) -> None:
    page = sign_in(yard, "developer")
    page.goto(f"{yard.server.url}/integrations")
    page.get_by_role("link", name="CRM").click()
    page.get_by_role("link", name="Connect an account").first.click()
    page.get_by_label("Name of the account").fill("ann")
    page.get_by_label("Key", exact=True).fill(KEY)
    page.get_by_label("Path of the test call").fill("/customers?x=1")
    page.get_by_role("button", name="Connect and test").click()
    expect(page.get_by_role("heading", name="The test call was taken")).to_be_visible()
    expect(page.locator("#trial pre")).to_contain_text("/customers")
    assert KEY not in page.content()
    page.get_by_label("Path, asked with GET").fill("/status/503")
    page.get_by_role("button", name="Make a test call").click()
    expect(page.get_by_role("heading", name="The test call was not taken")).to_be_visible()
    page.get_by_role("link", name="Its calls").click()
    # The log is written in sets, and the page asks for what is new every five seconds.
    expect(page.locator("tr[data-row]")).to_have_count(2, timeout=15_000)
    page.get_by_role("link", name=re.compile("failed")).click()
    expect(page.locator("tr[data-row]")).to_have_count(1)
    page.locator("tr[data-row] a").first.click()
    expect(page.locator("#sheet")).to_contain_text("What came back")
    expect(page.locator("#sheet")).to_contain_text("status 503")
    page.keyboard.press("Escape")
    expect(page.locator("#sheet")).not_to_be_visible()


def test_an_account_comes_from_a_sign_in_at_a_provider(yard: Yard, sign_in: SignIn) -> None:
    with providers.running() as provider:
        page = sign_in(yard)
        page.goto(f"{yard.server.url}/new/integration?kind=oauth2")
        details = provider.details()
        for label, value in (
            ("Name", "Mail"),
            ("Id", "mail"),
            ("Address of the API", f"{provider.url}/api"),
            ("Client id", str(details["client_id"])),
            ("Client secret", providers.CLIENT_SECRET),
            ("Address to sign in at", str(details["authorize_url"])),
            ("Address of tokens", str(details["access_token_url"])),
            ("Address that says who signed in", str(details.get("identity_url") or "")),
            ("Scope", str(details.get("scope") or "")),
        ):
            page.get_by_label(label, exact=True).fill(value)
        page.get_by_label("With a proof key (PKCE, S256)").check()
        page.get_by_label("The client secret travels by HTTP Basic").check()
        page.get_by_label("It may lie in a private network, also without TLS").check()
        page.get_by_role("button", name="Make the integration").click()
        page.get_by_role("link", name="Connect an account").first.click()
        page.get_by_role("button", name="Go to the provider").click()
        page.get_by_role("link", name=re.compile("^Go to 127")).click()
        expect(page.get_by_role("heading", name="Connected", exact=True)).to_be_visible()
        page.goto(f"{yard.server.url}/integrations/mail")
        expect(page.get_by_role("link", name=providers.EMAIL)).to_be_visible()


def test_code_is_edited_deployed_and_run(yard: Yard, sign_in: SignIn) -> None:
    page = sign_in(yard, "developer")
    page.goto(f"{yard.server.url}/apps/130/actions/sync?tab=code")
    area = page.get_by_role("textbox", name="Code", exact=True)
    area.fill(FIRST)
    expect(page.locator("[data-lines]")).to_have_text(re.compile(r"^1\s2\s3$"))
    page.get_by_role("button", name="Deploy").click()
    expect(page.get_by_text("is released; the next run has it.")).to_be_visible()
    area.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("if True:\n")
    page.keyboard.press("Tab")
    page.keyboard.type("a = 1\nprint('second')")
    assert area.input_value().endswith("if True:\n    a = 1\n    print('second')")
    page.keyboard.press("Shift+Tab")
    assert area.input_value().endswith("\nprint('second')")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.get_by_label("What it needs installed, one a line")).to_be_focused()
    area.focus()
    page.keyboard.press("Control+s")
    expect(page.get_by_text("is released; the next run has it.")).to_be_visible()
    page.get_by_role("link", name="Compare").first.click()
    expect(page.locator(".changes tr.new").first).to_contain_text("if True:")
    page.get_by_label("Month").fill("2026-10")
    page.get_by_role("button", name="Run Sync orders").click()
    page.wait_for_url(re.compile(r"/tasks/\d+"))
    task_id = int(page.url.rpartition("/")[2].partition("?")[0])
    assert yard.task(task_id).parameters == {"month": "2026-10"}
    page.goto(f"{yard.server.url}/apps/130/actions/sync")
    expect(page.locator(f"#run-{task_id}")).to_be_visible()


def test_a_plugin_is_written_and_a_late_change_is_shown_against_the_other(yard: Yard, sign_in: SignIn) -> None:
    page = sign_in(yard, "developer")
    page.goto(f"{yard.server.url}/plugins/orders")
    page.get_by_label("For the integration").select_option("erp")
    page.get_by_role("button", name="New plugin").click()
    late = page.context.new_page()
    late.goto(page.url)
    area = page.get_by_role("textbox", name="Code", exact=True)
    area.fill("def list_orders(connection_ids, **payload):\n    return [1]\n")
    page.get_by_role("button", name="Save the next version").click()
    expect(page.get_by_text("Version 2 is there")).to_be_visible()
    late.get_by_role("textbox", name="Code", exact=True).fill(
        "def list_orders(connection_ids, **payload):\n    return [2]\n"
    )
    late.get_by_role("button", name="Save the next version").click()
    expect(late.get_by_role("alert")).to_contain_text("was changed by somebody else")
    expect(late.locator(".changes tr.new")).to_contain_text("return [2]")
    late.get_by_role("button", name="Save the next version").click()
    expect(late.get_by_text("Version 3 is there")).to_be_visible()
    late.close()


PAGES = (
    *("/integrations", "/integrations/crm", "/integrations/crm/edit", "/integrations/crm/connect"),
    *("/integrations/crm/calls", "/integrations/crm/calls/1", "/connections/1", "/new/integration?kind=hmac"),
    *("/apps", "/apps/130", "/apps/130/actions/sync", "/apps/130/actions/sync?tab=code", "/new/app"),
    *("/plugins", "/plugins/orders", "/plugins/orders/for/crm", "/plugins/orders/for/crm?compare=1", "/new/interface"),
)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_has_a_barrier_or_is_wider_than_the_window(yard: Yard, sign_in: SignIn, theme: str, width: int) -> None:
    page = sign_in(yard)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    found = []
    for path in PAGES:
        answer = page.goto(f"{yard.server.url}{path}")
        assert answer
        assert answer.status == 200, path
        page.evaluate(AXE)
        for violation in page.evaluate("axe.run().then((report) => report.violations)"):
            nodes = "; ".join(node["html"][:160] for node in violation["nodes"][:3])
            found.append(f"{path}: {violation['id']}: {nodes}")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        found += [f"{path}: {wide} px too wide"] if wide > 0 else []
    assert found == []


def test_pages_with_code_are_light_and_paint_at_once(yard: Yard, sign_in: SignIn) -> None:
    page = sign_in(yard)
    for path in ("/integrations/crm/calls", "/apps/130/actions/sync?tab=code", "/plugins/orders/for/crm"):
        paints = []
        for _ in range(3):
            page.goto(f"{yard.server.url}{path}")
            paints.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"))
        loaded = page.evaluate(
            "performance.getEntriesByType('resource').reduce((sum, each) => sum + each.decodedBodySize, 0)"
            " + performance.getEntriesByType('navigation')[0].decodedBodySize"
        )
        assert loaded < MAX_WEIGHT, f"{path}: {loaded}"
        assert min(paints) < MAX_FIRST_PAINT, f"{path}: {paints}"
