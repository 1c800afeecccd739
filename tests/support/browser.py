"""A headless Chromium for tests of the console: the distribution's own, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

VARIABLE = "BOTYARD_TEST_CHROMIUM"

#: Chromium otherwise looks for updates and Google hosts at every start; root needs `--no-sandbox`.
OPTIONS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
]


def chromium() -> str:
    """Return the path of the browser; without one, raise and say what to install."""
    candidates = [os.environ.get(VARIABLE), *map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))]
    for candidate in candidates:
        if candidate:
            return candidate
    raise RuntimeError(
        "The console tests need Chromium and found none. Install it (Debian: apt-get install chromium), "
        f"or set {VARIABLE} to the browser's path."
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Yield one browser for the tests of a module.

    Playwright's synchronous calls keep an event loop running in this thread until it is stopped, so asynchronous
    tests cannot be in the same module, and would fail in every later one if the browser lived on.
    """
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=OPTIONS, headless=True)
        yield started
        started.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Yield a fresh profile, 1280 px wide, that fails the test when a request leaves for anything but 127.0.0.1."""
    strangers: list[str] = []
    fresh = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB", timezone_id="UTC")
    fresh.set_default_timeout(10_000)
    fresh.on("request", lambda request: strangers.append(request.url) if _is_strange(request.url) else None)
    yield fresh
    fresh.close()
    assert not strangers, f"the console asked a third party: {strangers}"


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Yield an empty page that fails the test on a script error or a violated content policy."""
    errors: list[str] = []
    fresh = context.new_page()
    fresh.on("pageerror", lambda error: errors.append(str(error)))
    fresh.on(
        "console",
        lambda message: errors.append(message.text) if "Content Security Policy" in message.text else None,
    )
    yield fresh
    assert not errors, f"the page reported errors: {errors}"


def _is_strange(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1:", "http://localhost:", "data:", "blob:", "about:"))
