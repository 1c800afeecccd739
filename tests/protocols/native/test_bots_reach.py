"""What the token of a bot opens: its own task, and of others no more than it was given."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.protocols.native.routes import ROUTES
from botyard.web import OPEN
from tests.protocols.native.conftest import Api, until
from tests.protocols.native.test_records import Run
from tests.protocols.native.test_streams import follow

#: What a bot must not say about the task of another.
OF_TASK: tuple[tuple[str, str, Any], ...] = (
    ("POST", "alerts", {"level": "warn", "title": "x"}),
    ("POST", "errors", {"type": "E", "message": "m"}),
    ("POST", "spans", {"spans": [{"span_id": "s", "name": "s"}]}),
    ("POST", "logs", {"writer": "w", "messages": [[1, 1, "info", "x"]]}),
    ("POST", "progress", {"percent": 5}),
    ("POST", "finish", {"outcome": "succeeded"}),
    ("POST", "cancel", None),
    ("POST", "interrupt", None),
    ("POST", "kill", None),
    ("POST", "restart", None),
    ("POST", "rotate-token", None),
)


@pytest.fixture
async def run(api: Api) -> Run:
    """Return a task whose attempt runs."""
    await api.deploy("invoices")
    runner = await api.new_runner()
    task = (await api.ok("POST", "/tasks", {"automation": "invoices"}))["id"]
    (lease,) = await runner.lease()
    await runner.ok("POST", f"/runner/attempts/{lease['attempt']}/start")
    return Run(task, lease["attempt"], api.as_(lease["token"]), runner, api)


async def test_a_bot_writes_to_no_other_task(run: Run) -> None:
    other = (await run.api.ok("POST", "/tasks", {"automation": "invoices"}))["id"]
    for method, path, body in OF_TASK:
        problem = await run.bot.problem(method, f"/tasks/{other}/{path}", body, status=403)
        assert problem["hint"], path
    await run.bot.problem("DELETE", f"/tasks/{other}", status=403)
    error = await run.api.ok("POST", f"/tasks/{other}/errors", {"type": "E", "message": "m"})
    kept = await run.api.ok("POST", f"/tasks/{other}/artifacts", params={"name": "a"}, content=b"x")
    await run.bot.problem("POST", f"/errors/{error['id']}/files", params={"name": "a"}, content=b"x", status=403)
    await run.bot.problem("DELETE", f"/artifacts/{kept['id']}", status=403)


async def test_a_bot_leaves_alone_what_is_not_of_its_task(run: Run) -> None:
    schedule = await run.api.ok("POST", "/schedules", {"automation": "invoices", "cron": "@daily"})
    sent = await run.api.ok("POST", "/messages", {"subject": "x", "body": "y", "addresses": ["duty@example.com"]})
    await run.bot.ok("POST", f"/tasks/{run.task}/errors", {"type": "E", "message": "m"})
    (group,) = (await run.api.ok("GET", "/error-groups"))["groups"]
    paths = [f"/error-groups/{group['id']}/{step}" for step in ("resolve", "reopen")]
    paths += [f"/schedules/{schedule['id']}/{step}" for step in ("pause", "resume")]
    for path in (*paths, f"/messages/{sent['id']}/repeat"):
        assert (await run.bot.problem("POST", path, status=403))["hint"]
        await run.api.ok("POST", path)
    await run.bot.problem("POST", "/schedules/bulk/matching", {"action": "pause"}, status=403)


async def test_a_bot_that_runs_no_action_sees_no_files_of_apps(run: Run) -> None:
    await run.api.ok("POST", "/apps", {"slug": "shop"})
    await run.api.ok("POST", "/apps/shop/files", params={"path": "a.txt"}, content=b"x")
    for path in ("", "/a.txt", "/a.txt/content"):
        await run.bot.problem("GET", f"/apps/shop/files{path}", status=404)
        assert (await run.api("GET", f"/apps/shop/files{path}")).status_code == 200


async def test_a_bot_whose_lease_is_lost_opens_nothing(run: Run) -> None:
    await run.runner.ok("POST", "/runner/begin")
    for route in ROUTES.routes:
        if route.permission is not OPEN:
            reply = await run.bot(route.method, route.path.replace("{", "").replace("}", ""))
            assert reply.status_code == 401, route.operation


async def test_a_bot_that_ends_hears_no_more_of_the_workspace(run: Run) -> None:
    heard, log = follow(run.bot, "/events/stream"), follow(run.bot, f"/tasks/{run.task}/logs/stream")
    await until(lambda: heard.status == 200 and log.status == 200)
    await run.end()
    await run.api.ok("POST", "/queues", {"label": "later"})
    await until(lambda: heard.ended)
    assert "later" not in heard.text
    await log.leave()
