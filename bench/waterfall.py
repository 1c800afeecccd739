"""The trace of a task with ten thousand spans in the console: how soon it is painted, and what renewing it costs.

    python -m bench.waterfall
    python -m bench.waterfall --spans 20000 --lines 20000

A development task gets the spans and messages over HTTP. Then Chromium (BOTYARD_TEST_CHROMIUM, or the machine's own)
opens the page some times, and the server's answers are timed: whole, a part of the time, a search, and the part that a
page asks for after one more span. Prints one JSON line a figure.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import time
from typing import Any

import httpx2
from playwright.sync_api import sync_playwright

from bench.yard import Yard, yard

PASSWORD = "correct horse battery"
TIMES = 9
PAINT = """new Promise((done) => {
    const look = () => {
        const [entry] = performance.getEntriesByName("first-contentful-paint");
        entry ? done(entry.startTime) : setTimeout(look, 10);
    };
    look();
})"""


def fill(place: Yard, spans: int, lines: int) -> tuple[int, Any]:
    """Open a development task with so many spans and messages; return its number and a function that sends one more."""
    made = place.post("/api/v1/connect", {"dialect": "botvelocity"}, place.admin_token())
    robot = httpx2.Client(headers={"X-Robot-Token": made["robot_token"]}, timeout=60)
    start = time.time() - spans / 100

    def span(number: int) -> dict[str, Any]:
        at = start + number / 100
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at % 1 * 1e6):06d}Z"
        parent = {} if number % 10 == 0 else {"parent_span_id": f"span-{number - number % 10:06d}"}
        payload = {"input_payload": {"question": f"What did customer {number} pay?"}, "tags": {"model": "small"}}
        took = 9 if parent else 99
        return (
            {"span_id": f"span-{number:06d}", "name": "call", "start_time": stamp, "duration_ms": took}
            | parent
            | payload
        )

    def send(*sent: dict[str, Any]) -> None:
        path = f"{made['base_url']}/agent-traces/{made['execution_id']}/spans"
        robot.post(path, json={"spans": sent}).raise_for_status()

    for first in range(0, spans, 1000):
        send(*(span(number) for number in range(first, min(first + 1000, spans))))
    text = "\n".join(f"message {number}" for number in range(500))
    for _ in range(max(1, lines // 500)):
        path = f"{made['base_url']}/job-executions/{made['execution_id']}/logs"
        robot.post(path, json={"message": text, "level": "INFO"}).raise_for_status()
    return 1, lambda number: send(span(spans + number))


def paints(place: Yard, path: str) -> dict[str, float]:
    """Return the median first paint of a page in milliseconds, and its weight with all that it loads."""
    browser = os.environ.get("BOTYARD_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        page = chromium.new_page()
        page.goto(f"{place.url}/sign-in")
        page.get_by_label("User").fill("admin")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{place.url}/")
        found = []
        for _ in range(TIMES):
            page.goto(place.url + path)
            found.append(page.evaluate(PAINT))
        weight = page.evaluate(
            "[...performance.getEntriesByType('resource').filter((each) => each.initiatorType !== 'fetch'),"
            " performance.getEntriesByType('navigation')[0]].reduce((sum, each) => sum + each.decodedBodySize, 0)"
        )
        chromium.close()
    return {"first_paint_ms": round(statistics.median(found), 1), "page_kib": round(weight / 1024, 1)}


def answers(place: Yard, task: int, one_more: Any) -> dict[str, float]:
    """Return the median of how long each kind of answer takes, in milliseconds."""
    with httpx2.Client(base_url=place.url, timeout=60) as browser:
        entered = browser.post("/sign-in", data={"login": "admin", "password": PASSWORD}, headers={"Origin": place.url})
        browser.cookies.update(entered.cookies)
        script = {"HX-Request": "true"}
        whole, part = f"/tasks/{task}?tab=trace", f"/tasks/{task}/trace"
        kinds = {
            "whole_ms": (whole, {}),
            "part_of_the_time_ms": (f"{part}?from=3000&to=4000", script),
            "search_ms": (f"{part}?q=customer+77", script),
            "renewed_ms": (part, script),
        }
        found: dict[str, float] = {}
        for name, (path, headers) in kinds.items():
            took = []
            for number in range(TIMES):
                if name == "renewed_ms":
                    one_more(number)
                began = time.perf_counter()
                answer = browser.get(path, headers=headers)
                took.append(1000 * (time.perf_counter() - began))
                if answer.status_code != 200:
                    raise SystemExit(f"{path}: {answer.status_code}")
            found[name] = round(statistics.median(took), 1)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spans", type=int, default=10_000)
    parser.add_argument("--lines", type=int, default=2_000)
    options = parser.parse_args()
    os.environ["BOTYARD_ADMIN_PASSWORD"] = PASSWORD
    with yard(None, "--no-runner") as place:
        task, one_more = fill(place, options.spans, options.lines)
        for name, value in {**paints(place, f"/tasks/{task}?tab=trace"), **answers(place, task, one_more)}.items():
            print(json.dumps({"spans": options.spans, "lines": options.lines, name: value}))


if __name__ == "__main__":
    main()
