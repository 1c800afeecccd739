"""`make images`: take the screenshots of the README from a fresh Botyard that ran the example a few times."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.browser import OPTIONS, chromium
from tests.support.processes import PASSWORD, Server, make_server

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
EXAMPLE = ROOT / "examples" / "invoices"

#: file name → path of the page (`{task}` is the latest task), width, colour scheme
SHOTS = {
    "operations.png": ("/", 1280, "light"),
    "tasks.png": ("/tasks", 1280, "light"),
    "task.png": ("/tasks/{task}", 1280, "light"),
    "task-dark.png": ("/tasks/{task}", 1280, "dark"),
    "task-narrow.png": ("/tasks/{task}", 400, "light"),
    "automations.png": ("/automations", 1280, "light"),
    "runners.png": ("/runners", 1280, "light"),
}


def main() -> int:
    """Start, run the example, take every picture, stop."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="botyard-images-") as folder:
        server = make_server(Path(folder), Path(folder) / "data", None)
        try:
            server.start_ready()
            task = run_example(server)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium(), args=OPTIONS)
                for name in SHOTS:
                    take(browser, server, name, task)
                browser.close()
        finally:
            server.stop()
    return 0


def run_example(server: Server) -> str:
    """Deploy the example and run it three times, once so that it fails; return the id of the last task."""
    server.cli("deploy", str(EXAMPLE), "--automation", "invoices")
    task = ""
    for parameters in (["strict=true"], [], []):
        options = [text for parameter in parameters for text in ("--param", parameter)]
        task = str(json.loads(server.cli("task", "run", "invoices", *options, "--wait", "--json").stdout)["id"])
    return task


def take(browser: Browser, server: Server, name: str, task: str) -> None:
    """Take one picture at twice the density of pixels."""
    path, width, scheme = SHOTS[name]
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
        device_scale_factor=2,
        locale="en-GB",
        timezone_id="UTC",
    )
    page = context.new_page()
    sign_in(page, server)
    page.goto(server.url + path.format(task=task))
    page.wait_for_load_state("load")
    page.screenshot(path=IMAGES / name)
    context.close()
    print(f"docs/images/{name}")


def sign_in(page: Page, server: Server) -> None:
    """Sign in as the administrator."""
    page.goto(f"{server.url}/sign-in")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


if __name__ == "__main__":
    sys.exit(main())
