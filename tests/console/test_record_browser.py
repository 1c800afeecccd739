"""Pages of queues, schedules, credentials, errors and the rest in Chromium: what people do there, in every size."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from botyard.core import workspaces
from botyard.core.vault import RootKeys
from botyard.storage import Blobs, Database
from tests.console.conftest import open_yard
from tests.console.test_hostile import CORPUS
from tests.console.test_quality import AXE, MAX_FIRST_PAINT, MAX_WEIGHT
from tests.scenarios.yard import Yard
from tests.support.databases import in_own_loop
from tests.support.records import Filled, fill

pytestmark = pytest.mark.browser

SignIn = Callable[..., Page]


def picture() -> bytes:
    """Return a grey PNG."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = b"".join(b"\0" + bytes([n % 256] * 320) for n in range(180))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 320, 180, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


async def _fill(data: Path, text: str, kept: list[Filled]) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield picture()

    blob = await Blobs.open(None, data=data).put(chunks(), limit=1_000_000)
    database = await Database.open(None, data=data)
    workspace = await database.read(workspaces.get, label="default")
    made = await database.write(
        fill,
        workspace=workspace,
        root_keys=RootKeys(data / "root.key"),
        now=database.now(),
        text=text,
        picture=(blob.digest, blob.size),
    )
    await database.close()
    kept.append(made)


def running(request: pytest.FixtureRequest, folder: Path, text: str = "") -> Iterator[tuple[Yard, Filled]]:
    with open_yard(request, folder, "sqlite") as yard:
        kept: list[Filled] = []
        in_own_loop(lambda: _fill(yard.server.data, text, kept))
        yield yard, kept[0]


@pytest.fixture(scope="module")
def stocked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Yard, Filled]]:
    """Yield a running yard with something of everything in it."""
    for yard, made in running(request, tmp_path_factory.mktemp("stocked")):
        yard.server.start_ready()
        yield yard, made


def pages_of(made: Filled) -> list[str]:
    """Return an address of every kind of page."""
    paths = [
        *("/", "/queues", "/queues/{queue}", "/items/{failed_item}", "/items/{pending_item}", "/queues/{queue}/push"),
        *("/queues/{queue}/rules", "/queues/{queue}/bulk?action=retry", "/new/queue", "/schedules", "/schedules/new"),
        *("/schedules/{schedule_id}", "/schedules/{schedule_id}/edit", "/credentials", "/credentials/accounting"),
        *("/errors", "/errors/{error_id}", "/alerts", "/files", "/messages", "/messages/{message_id}", "/new/group"),
        *("/logs", "/logs/invoices", "/settings", "/settings/keys", "/settings/audit", "/menu"),
        *("/assets", "/assets?folder=Finance", "/assets/{secret_id}", "/assets/{value_id}", "/new/asset", "/folders"),
        *(
            "/systems",
            "/systems/{system_id}",
            "/new/system",
            "/automations/invoices/alerts",
            "/automations/invoices/rules",
        ),
        *("/tasks/{task_id}?tab=items", "/tasks/{task_id}?tab=errors"),
    ]
    return [path.format(**made._asdict()) for path in paths]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_no_page_has_a_barrier_or_is_too_wide(
    stocked: tuple[Yard, Filled], sign_in: SignIn, theme: str, width: int
) -> None:
    yard, made = stocked
    page = sign_in(yard)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    found = []
    for path in pages_of(made):
        page.goto(f"{yard.server.url}{path}")
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{path} is too wide")
        page.evaluate(AXE)
        for violation in page.evaluate("axe.run().then((report) => report.violations)"):
            nodes = "; ".join(node["html"][:160] for node in violation["nodes"][:3])
            found.append(f"{path}: {violation['id']}: {nodes}")
    assert found == []


def test_pages_are_light_and_paint_at_once(stocked: tuple[Yard, Filled], sign_in: SignIn) -> None:
    yard, made = stocked
    page = sign_in(yard)
    for path in (f"/queues/{made.queue}", f"/schedules/{made.schedule_id}/edit", "/errors"):
        paints = []
        for _ in range(5):
            page.goto(f"{yard.server.url}{path}")
            paints.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"))
        loaded = page.evaluate(
            "performance.getEntriesByType('resource').filter((each) => each.initiatorType !== 'fetch')"
            ".reduce((sum, each) => sum + each.decodedBodySize, 0)"
            " + performance.getEntriesByType('navigation')[0].decodedBodySize"
        )
        assert loaded < MAX_WEIGHT, f"{path}: {loaded}"
        assert min(paints) < MAX_FIRST_PAINT, f"{path}: {paints}"


def test_a_queue_is_filtered_by_typing_and_all_that_fit_are_retried(
    stocked: tuple[Yard, Filled], sign_in: SignIn
) -> None:
    yard, made = stocked
    page = sign_in(yard, "operator")
    page.goto(f"{yard.server.url}/queues/{made.queue}")
    page.get_by_label("Filter items").press_sequentially("kind:application")
    expect(page).to_have_url(re.compile(r"q=kind(:|%3A)application"))
    expect(page.locator("#items tr[data-row]")).to_have_count(3)
    page.goto(f"{yard.server.url}/queues/{made.queue}?q=kind:business")
    page.get_by_role("button", name="Retry failed…").click()
    sheet = page.get_by_role("dialog", name="Details")
    expect(sheet.get_by_role("heading", name="Retry 3 items")).to_be_visible()
    sheet.get_by_role("button", name="Retry 3 items").click()
    expect(page.get_by_text("3 items put back into the queue.")).to_be_visible()


def test_new_items_wait_behind_a_pill_and_numbers_move(stocked: tuple[Yard, Filled], sign_in: SignIn) -> None:
    yard, _ = stocked
    page = sign_in(yard, "operator")
    page.goto(f"{yard.server.url}/queues/returns")
    other = page.context.new_page()
    other.goto(f"{yard.server.url}/queues/returns/push")
    other.get_by_label("Values, as JSON").fill('{"parcel": 7}')
    other.get_by_role("button", name="Push the item").click()
    expect(other.get_by_text("is in the queue.")).to_be_visible()
    expect(page.locator(".pill-row")).to_contain_text("1 new item", timeout=15_000)
    expect(page.locator("#queue-now .answer")).to_contain_text("2 items wait")
    page.locator(".pill-row a").click()
    expect(page.locator("#items tr[data-row]").first).to_contain_text("parcel: 7")


def test_what_the_reader_unfolds_stays_open_while_the_page_moves(stocked: tuple[Yard, Filled], sign_in: SignIn) -> None:
    yard, made = stocked
    page = sign_in(yard)
    page.goto(f"{yard.server.url}/queues/{made.queue}")
    fold = page.locator("#queue-now details.fold").first
    fold.locator("summary").click()
    with page.expect_response(lambda reply: reply.url.endswith(f"/queues/{made.queue}"), timeout=20_000):
        pass
    with page.expect_response(lambda reply: reply.url.endswith(f"/queues/{made.queue}"), timeout=20_000):
        pass
    expect(fold.get_by_role("table")).to_be_visible()
    page.get_by_label("Filter items").press_sequentially("kind:")
    expect(page.get_by_label("Filter items")).to_have_value("kind:")


def test_a_table_is_imported_from_a_file(stocked: tuple[Yard, Filled], sign_in: SignIn, tmp_path: Path) -> None:
    yard, made = stocked
    table = tmp_path / "orders.csv"
    table.write_text("order,amount,priority\nT-1,1.5,9\nT-2,2.5,9\n", "utf-8")
    page = sign_in(yard, "operator")
    page.goto(f"{yard.server.url}/queues/{made.queue}/push")
    page.locator("input[type=file]").set_input_files(table)
    page.get_by_role("button", name="Import the rows").click()
    expect(page.get_by_text("2 items came from the file.")).to_be_visible()
    expect(page.locator("#items tr[data-row]").first).to_contain_text("T-2")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert "T-2" in download.value.path().read_text("utf-8")


def test_the_next_firings_follow_what_is_typed(stocked: tuple[Yard, Filled], sign_in: SignIn) -> None:
    yard, _ = stocked
    page = sign_in(yard, "developer")
    page.goto(f"{yard.server.url}/schedules/new")
    expect(page.locator("#next tbody tr")).to_have_count(10)
    page.get_by_label("Time zone").fill("America/New_York")
    page.get_by_label("Cron expression").fill("15 9 * * MON")
    expect(page.locator("#next th").first).to_have_text("America/New_York")
    expect(page.locator("#next tbody tr").first).to_contain_text(re.compile(r"Mon .* 09:15 E[SD]T"))
    expect(page.locator("#next")).to_contain_text("the clock goes back")
    page.get_by_label("Cron expression").fill("15 9 * *")
    expect(page.locator("#next")).to_contain_text("is not a cron expression")
    page.get_by_label("Cron expression").fill("15 9 * * MON")
    page.get_by_role("button", name="Make the schedule").click()
    expect(page.get_by_role("heading", name="Next firings")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused: it starts nothing until it is resumed.")).to_be_visible()


def test_a_secret_is_set_and_removed_after_a_second_look(stocked: tuple[Yard, Filled], sign_in: SignIn) -> None:
    yard, _ = stocked
    page = sign_in(yard, "developer")
    page.goto(f"{yard.server.url}/credentials/accounting")
    page.get_by_label("Key", exact=True).fill("token")
    page.get_by_label("Value", exact=True).fill("hidden-value-1")
    page.get_by_role("button", name="Set it").click()
    row = page.get_by_role("row").filter(has_text="token")
    expect(row).to_be_visible()
    assert "hidden-value-1" not in page.content()
    row.get_by_text("Delete…").click()
    expect(row.get_by_text("The value is gone for good")).to_be_visible()
    row.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("row").filter(has_text="token")).to_have_count(0)


def test_an_error_is_looked_at_and_resolved(stocked: tuple[Yard, Filled], sign_in: SignIn) -> None:
    yard, made = stocked
    page = sign_in(yard, "operator")
    page.goto(f"{yard.server.url}/errors")
    page.get_by_role("link", name="TimeoutError").click()
    assert page.locator(".picture img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 320
    expect(page.locator(".stacktrace")).to_contain_text("post.py")
    page.get_by_role("button", name="Resolve").click()
    expect(page.get_by_text("it opens again when it comes back")).to_be_visible()
    page.goto(f"{yard.server.url}/errors")
    expect(page.locator(f"#error-{made.error_id}")).to_have_count(0)


def test_a_member_is_added_and_given_another_role(stocked: tuple[Yard, Filled], sign_in: SignIn) -> None:
    yard, _ = stocked
    page = sign_in(yard)
    page.goto(f"{yard.server.url}/settings")
    page.get_by_label("Login name").fill("nina")
    page.get_by_role("button", name="Add").click()
    password = page.locator(".once code").inner_text()
    assert re.fullmatch(r"[a-z0-9]{4}(-[a-z0-9]{4}){4}", password)
    page.get_by_label("Role of nina").select_option("viewer")
    expect(page.get_by_text("nina has the role viewer now.")).to_be_visible()
    page.goto(f"{yard.server.url}/settings/audit")
    expect(page.locator("main")).to_contain_text("user:nina viewer")


def test_the_menu_and_the_keys_lead_to_what_one_may_see(stocked: tuple[Yard, Filled], sign_in: SignIn) -> None:
    yard, _ = stocked
    page = sign_in(yard, "viewer")
    expect(page.locator(".nav-main")).not_to_contain_text("Settings")
    page.keyboard.press("g")
    page.keyboard.press("q")
    expect(page.get_by_role("heading", name="Queues", exact=True)).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Orders")).to_be_visible()
    page.set_viewport_size({"width": 400, "height": 800})
    page.get_by_role("link", name="More").click()
    expect(page.get_by_role("heading", name="All pages")).to_be_visible()
    page.locator("main").get_by_role("link", name="Schedules").click()
    expect(page.get_by_role("heading", name="Schedules", exact=True)).to_be_visible()


@pytest.mark.parametrize("text", CORPUS[:3], ids=["script", "image", "svg"])
def test_nothing_that_bots_and_people_wrote_runs(
    request: pytest.FixtureRequest, tmp_path: Path, sign_in: SignIn, text: str
) -> None:
    for yard, made in running(request, tmp_path, text):
        yard.server.start_ready()
        page = sign_in(yard)
        page.add_init_script(
            "window.alerts = []; window.alert = (text) => window.alerts.push(text); window.violations = [];"
            "addEventListener('securitypolicyviolation', (event) => window.violations.push(event.violatedDirective));"
        )
        for path in pages_of(made):
            page.goto(f"{yard.server.url}{path}")
            assert page.evaluate("[...window.alerts, ...window.violations]") == [], path
            banned = "main script, main [onerror], main [onload], main [hx-trigger=load]"
            assert page.locator(banned).count() == 0, path
        page.goto(f"{yard.server.url}/errors/{made.error_id}")
        expect(page.locator(".prose")).to_have_text(text)
