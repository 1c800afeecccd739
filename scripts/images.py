"""`make images`: take the screenshots of the README from a fresh Botyard that ran the example a few times."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import cast

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.browser import OPTIONS, chromium
from tests.support.processes import PASSWORD, Server, make_server

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
EXAMPLE = ROOT / "examples" / "invoices"

#: file name → path of the page (`{task}` is the finished task, `{running}` the one that runs), width, colour scheme
SHOTS = {
    "running.png": ("/tasks/{running}", 1280, "light"),
    "operations.png": ("/", 1280, "light"),
    "tasks.png": ("/tasks", 1280, "light"),
    "task-dark.png": ("/tasks/{task}", 1280, "dark"),
    "task-narrow.png": ("/tasks/{task}", 400, "light"),
}
DENSITY = 1.5
#: Seconds that the bot spends on each of its 40 invoices: slow enough to be photographed at work.
SLOWLY = "delay=0.6"


def main() -> int:
    """Start, run the example, take every picture, stop."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="botyard-images-") as folder:
        server = make_server(Path(folder), Path(folder) / "data", None)
        try:
            server.start_ready()
            tasks = run_example(server)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium(), args=[*OPTIONS, "--hide-scrollbars"])
                for name in SHOTS:
                    take(browser, server, name, tasks)
                browser.close()
        finally:
            server.stop()
    return 0


def run_example(server: Server) -> dict[str, str]:
    """Deploy the example and run it: to failure, cancelled, to its usual end, and once so that it still runs."""
    server.cli("deploy", str(EXAMPLE), "--automation", "invoices")
    run_task(server, "--wait", "--param", "strict=true")
    server.cli("task", "cancel", run_task(server, "--param", SLOWLY))
    ended = [run_task(server, "--wait") for _ in range(2)]
    return {"task": ended[-1], "running": run_task(server, "--param", SLOWLY)}


def run_task(server: Server, *options: str) -> str:
    """Start a task and return its id; its outcome does not matter here."""
    return str(json.loads(server.cli("task", "run", "invoices", *options, "--json", check=False).stdout)["id"])


def take(browser: Browser, server: Server, name: str, tasks: dict[str, str]) -> None:
    """Take one picture; that of a running task once some of its log is there."""
    path, width, scheme = SHOTS[name]
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
        device_scale_factor=DENSITY,
        locale="en-GB",
        timezone_id="UTC",
    )
    page = context.new_page()
    sign_in(page, server)
    page.goto(server.url + path.format(**tasks))
    if "{running}" in path:
        page.get_by_text("[12/40]").wait_for()
    page.screenshot(path=IMAGES / name)
    shrink(IMAGES / name)
    context.close()
    print(f"docs/images/{name}")


def shrink(path: Path) -> None:
    """Keep a picture small enough for a README: the 256 colours that most of its points have are plenty."""
    picture = Image.open(path).convert("RGB")
    colours = sorted(picture.getcolors(picture.width * picture.height) or [], reverse=True)[:256]
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for _, colour in colours for part in cast("tuple[int, ...]", colour)])
    picture.quantize(palette=palette, dither=Image.Dither.NONE).save(path, optimize=True)


def sign_in(page: Page, server: Server) -> None:
    """Sign in as the administrator."""
    page.goto(f"{server.url}/sign-in")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


if __name__ == "__main__":
    sys.exit(main())
