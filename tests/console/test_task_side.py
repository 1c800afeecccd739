"""What stands beside a task over HTTP: progress, the files it was given, and who is told of its end."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from botyard.base.clock import MINUTE
from botyard.core import actions, apps, audit, automations, callbacks, progress, tasks
from botyard.storage import Tx
from botyard.wire.execution import task_uuid
from tests.console.conftest import Desk

URL = "https://bpm.example.org/done?key=s3cret"


async def say(desk: Desk, app_id: int, task_id: int, *, percent: float, info: str, status: str = "") -> None:
    told: dict[str, Any] = {"task_key": task_uuid(task_id), "percent": percent, "info": info, "status": status}
    await desk.db.write(progress.report, workspace_id=desk.workspace.id, app_id=app_id, now=desk.db.now(), **told)


async def test_progress_is_on_the_page_of_a_task_and_in_the_list(desk: Desk) -> None:
    def run(tx: Tx) -> tuple[int, int]:
        app = apps.create(tx, workspace_id=desk.workspace.id, slug="shop", actor="user:ann", now=desk.db.now())
        return app.id, actions.develop(tx, app=app, actor="user:ann", now=desk.db.now()).task_id

    app_id, task_id = await desk.db.write(run)
    page = f"/tasks/{task_id}"
    silent = (await desk.get(page, role="viewer")).text
    assert re.search(rf'id="progress"[^>]*hx-get="{page}/progress"[^>]* hidden>', silent)
    await say(desk, app_id, task_id, percent=41.6, info="<b>Row 42</b> of 100")
    for path in (page, f"{page}/progress"):
        shown = (await desk.get(path, role="viewer")).text
        assert "42 %" in shown
        assert "&lt;b&gt;Row 42&lt;/b&gt; of 100" in shown
        assert "Said by the bot" in shown
    for path in ("/tasks", f"/tasks/fresh?ids={task_id}&newest={task_id}"):
        listed = (await desk.get(path, hx_request="true")).text
        assert "42 %" in listed
        assert "&lt;b&gt;Row 42" in listed
        versions = re.findall(r'data-version="(\d+\.\d+)"', listed)
        assert len(versions) == 1
    await say(desk, app_id, task_id, percent=1, info="lost", status="failed")
    await desk.post(f"{page}/cancel")
    ended = (await desk.get(page)).text
    assert "100 %" in ended
    assert 'class="meter t-failed"' in ended
    assert f"{page}/progress" not in ended
    assert (await desk.get("/tasks/999999/progress")).status_code == 404


async def test_the_files_of_a_task_are_shown_as_they_come(desk: Desk) -> None:
    scope: dict[str, Any] = {"workspace_id": desk.workspace.id}

    def make(tx: Tx) -> tasks.Task:
        declared = {"parameters": [{"name": "Papers", "type": "file", "array": True}]}
        now = desk.db.now()
        automations.update(tx, label="billing", fields=declared, actor="user:ann", now=now, **scope)
        links = {"Papers": ["https://files.example.org/a.pdf", "https://files.example.org/b.pdf?key=s3cret"]}
        return tasks.create(tx, automation="billing", parameters=links, actor="user:ann", now=now, **scope)

    task = await desk.db.write(make)
    page = f"/tasks/{task.id}"
    shown = (await desk.get(page, role="viewer")).text
    assert "Fetches its input files; 0 of 2 so far." in shown
    assert shown.count("being fetched") == 2

    def fail(tx: Tx) -> None:
        now = desk.db.now()
        first, second = tasks.claim_inputs(tx, holder="me", now=now, lease=MINUTE, limit=2)
        why: dict[str, Any] = {"holder": "me", "now": now}
        tasks.fail_input(tx, input_id=first.id, reason="It answered 503.", retry_at=now + 2 * MINUTE, **why)
        tasks.fail_input(tx, input_id=second.id, reason="It answered 404.", retry_at=None, **why)

    await desk.db.write(fail)
    shown = (await desk.get(page)).text
    assert "It answered 404." in shown
    assert shown.count("not fetched") >= 1
    assert '<option value="runner"' in shown


async def test_who_is_told_of_the_end_is_named_without_what_is_secret(desk: Desk) -> None:
    page = f"/tasks/{desk.task_id}"
    assert "Callback" not in (await desk.get(page)).text
    await desk.db.write(register, workspace_id=desk.workspace.id, task_id=desk.task_id, now=desk.db.now())
    shown = (await desk.get(page, role="viewer")).text
    assert "bpm.example.org" in shown
    assert "Is told when the task has ended." in shown
    assert "s3cret" not in shown
    await desk.post(f"{page}/cancel")

    def give_up(tx: Tx) -> None:
        now = desk.db.now()
        callbacks.settle(tx, ends=callbacks.settled(tx, now=now, task_ids=[desk.task_id]), now=now)
        (due,) = callbacks.claim(tx, holder="me", now=now, lease=MINUTE, limit=1)
        callbacks.report_failed(
            tx, delivery=due, holder="me", reason="It answered 500.", retry_at=now + MINUTE, now=now
        )

    await desk.db.write(give_up)
    shown = (await desk.get(page)).text
    assert re.search(r"Is being told; 1 try so far, next in \d+ s\. It answered 500\.", shown)


async def test_whoever_runs_tasks_may_send_a_callback_again(desk: Desk) -> None:
    page = f"/tasks/{desk.task_id}"
    assert "has no callback" in (await told(desk, page))
    await desk.db.write(register, workspace_id=desk.workspace.id, task_id=desk.task_id, now=desk.db.now())
    assert "Send again" not in (await desk.get(page)).text
    assert "has not ended" in (await told(desk, page))
    await desk.post(f"{page}/cancel")
    await desk.db.write(tell_in_vain, task_id=desk.task_id, now=desk.db.now())
    assert "Send again" in (await desk.get(page, role="operator")).text
    assert "Send again" not in (await desk.get(page, role="viewer")).text
    assert (await desk.post(f"{page}/callback", role="viewer")).status_code == 403
    assert "Was not told" in (await desk.get(page)).text
    sent = await desk.post(f"{page}/callback", role="operator")
    assert (sent.status_code, sent.headers["location"]) == (303, page)
    shown = (await desk.get(page)).text
    assert "Is being told." in shown
    assert "task.callback_repeated" in (await desk.get(f"{page}?tab=events")).text
    rows = await desk.db.read(audit.list_for, workspace_id=desk.workspace.id)
    assert [(row.action, row.target) for row in rows if row.action.startswith("callbacks.")] == [
        ("callbacks.repeat", str(desk.task_id))
    ]


async def told(desk: Desk, page: str) -> str:
    """Ask for the callback and return what the next page says of that."""
    answer = await desk.post(f"{page}/callback")
    return unquote(answer.headers["set-cookie"])


def register(tx: Tx, *, workspace_id: int, task_id: int, now: int) -> None:
    callbacks.register(tx, workspace_id=workspace_id, task_id=task_id, url=URL, policy=None, kind="elma", now=now)


def tell_in_vain(tx: Tx, *, task_id: int, now: int) -> None:
    callbacks.settle(tx, ends=callbacks.settled(tx, now=now, task_ids=[task_id]), now=now)
    (due,) = callbacks.claim(tx, holder="me", now=now, lease=MINUTE, limit=1)
    callbacks.report_failed(tx, delivery=due, holder="me", reason="It answered 410.", retry_at=None, now=now)
